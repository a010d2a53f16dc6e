"""What light and a camera do to a photo: colour, exposure, blur, noise, compression.

Every function takes and gives (H, W, 3) uint8 RGB and leaves what it was given as it is; `rng` decides how much.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from training.augment import Augmentation

_LUMA = np.array([0.299, 0.587, 0.114])
# From RGB to brightness and two axes of colour, in which a hue is an angle: YIQ, as in FCC 73.682 (a)(20).
_TO_YIQ = np.array([_LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)
_NOISE_SIDE = 1024
_NOISE_SPREAD = 32.0


def through_a_camera(photo: Photo, rng: Generator, plan: Augmentation) -> Photo:
    """A random mixture of all effects, most of them absent most of the time."""
    photo = expose(shift_colours(photo, rng, plan), rng, plan)
    if rng.random() < plan.detail:
        photo = lose_detail(photo, rng)
    if rng.random() < plan.blur:
        photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.5, 2.0))
    if rng.random() < plan.shake:
        photo = shake(photo, rng)
    if rng.random() < plan.noise:
        photo = add_noise(photo, rng)
    if rng.random() < plan.jpeg:
        photo = compress(photo, rng)
    return photo


def shift_colours(photo: Photo, rng: Generator, plan: Augmentation) -> Photo:
    """Hue (mostly a little, rarely any), saturation, brightness and white balance, as one linear map of colours."""
    hue = rng.uniform(-180, 180) if rng.random() < plan.wide_hue else rng.normal(0, plan.hue)
    saturation = 0.0 if rng.random() < plan.gray else rng.uniform(*plan.saturation)
    gains = (
        rng.normal(1, plan.balance, 3) * rng.uniform(*plan.brightness) if saturation else rng.uniform(*plan.brightness)
    )
    return cv2.transform(photo, np.reshape(gains, (-1, 1)) * colour_matrix(hue, saturation))


def colour_matrix(hue: float, saturation: float) -> NDArray[np.float64]:
    """The (3, 3) map of RGB colours that turns hues by `hue` degrees, and keeps grays as they are.

    >>> np.round(colour_matrix(0, 0.0)[0], 3).tolist()
    [0.299, 0.587, 0.114]
    """
    turn = np.deg2rad(hue)
    in_yiq = np.eye(3)
    in_yiq[1:, 1:] = saturation * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return _FROM_YIQ @ in_yiq @ _TO_YIQ


def expose(photo: Photo, rng: Generator, plan: Augmentation) -> Photo:
    """Gamma, and more or less light in the dark, by one table."""
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, plan.gamma))
    return cv2.LUT(photo, np.rint(ramp * 255 + rng.normal(0, plan.offset)).clip(0, 255).astype(np.uint8))


def lose_detail(photo: Photo, rng: Generator) -> Photo:
    """As if the photo had been taken smaller and enlarged."""
    height, width = photo.shape[:2]
    share = rng.uniform(0.3, 0.7)
    small_wh = max(1, round(width * share)), max(1, round(height * share))
    # Soft first, so that the quick way to make it small skips nothing.
    small = cv2.resize(cv2.blur(photo, (round(1 / share),) * 2), small_wh, interpolation=cv2.INTER_LINEAR)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def shake(photo: Photo, rng: Generator) -> Photo:
    """Motion blur along a random direction."""
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(photo, -1, kernel / max(kernel.sum(), 1e-6))


def add_noise(photo: Photo, rng: Generator) -> Photo:
    """Sensor noise, the same in all channels or not."""
    height, width = photo.shape[:2]
    noise = _noise(height, width, rng)
    if rng.random() < 0.5:
        noise = cv2.cvtColor(noise[..., 0], cv2.COLOR_GRAY2RGB)
    amount = rng.uniform(2, 14) / _NOISE_SPREAD
    return cv2.addWeighted(photo, 1, noise, amount, -128 * amount)


def compress(photo: Photo, rng: Generator) -> Photo:
    """JPEG at quality 20 to 90."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))]
    _, code = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), quality)
    return cv2.imdecode(code, cv2.IMREAD_COLOR_RGB)


def _noise(height: int, width: int, rng: Generator) -> Photo:
    """A random piece of the `_noise_sheet`, which is used again and again: drawing so many numbers takes longer."""
    sheet = _noise_sheet(max(_NOISE_SIDE, height, width))
    top, left = rng.integers(len(sheet) - height + 1), rng.integers(len(sheet) - width + 1)
    return sheet[top : top + height, left : left + width]


@cache
def _noise_sheet(side: int) -> Photo:
    """(side, side, 3): the same normal noise around 128 in every process."""
    noise = np.random.default_rng(0).standard_normal((side, side, 3), dtype=np.float32)
    return (128 + _NOISE_SPREAD * noise).clip(0, 255).astype(np.uint8)
