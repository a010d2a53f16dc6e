"""What light and a camera do to a photo: colour, exposure, blur, noise, compression.

Every function takes and gives (H, W, 3) uint8 RGB; `rng` decides how much.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from handseg.photos import Photo


def through_a_camera(photo: Photo, rng: Generator) -> Photo:
    """A random mixture of all effects, most of them absent most of the time."""
    photo = shift_colours(photo, rng)
    photo = expose(photo, rng)
    if rng.random() < 0.07:
        photo = desaturate(photo)
    if rng.random() < 0.12:
        photo = lose_detail(photo, rng)
    if rng.random() < 0.15:
        photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.5, 2.0))
    if rng.random() < 0.10:
        photo = shake(photo, rng)
    if rng.random() < 0.30:
        photo = add_noise(photo, rng)
    if rng.random() < 0.30:
        photo = compress(photo, rng)
    return photo


def shift_colours(photo: Photo, rng: Generator) -> Photo:
    """Hue (mostly a little, rarely any), saturation and brightness in HSV."""
    hue = rng.uniform(-90, 90) if rng.random() < 0.05 else rng.normal(0, 4)
    hsv = cv2.cvtColor(photo, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + hue) % 180
    hsv[..., 1] *= rng.uniform(0.4, 1.5)
    hsv[..., 2] *= rng.uniform(0.7, 1.25)
    return cv2.cvtColor(hsv.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)


def expose(photo: Photo, rng: Generator) -> Photo:
    """Gamma, contrast and the white balance of each channel, by one table per channel."""
    gains = rng.normal(1, 0.07, 3) * rng.uniform(0.85, 1.15)
    ramp = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.2))
    tables = (ramp[:, None] * gains * 255 + rng.normal(0, 8)).clip(0, 255).astype(np.uint8)
    return cv2.LUT(photo, tables[None])


def desaturate(photo: Photo) -> Photo:
    """Black and white."""
    return cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def lose_detail(photo: Photo, rng: Generator) -> Photo:
    """As if the photo had been taken smaller and enlarged."""
    height, width = photo.shape[:2]
    share = rng.uniform(0.3, 0.7)
    small = cv2.resize(photo, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
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
    channels = 3 if rng.random() < 0.5 else 1
    noise = rng.standard_normal((*photo.shape[:2], channels), dtype=np.float32) * rng.uniform(2, 14)
    return (photo + noise).clip(0, 255).astype(np.uint8)


def compress(photo: Photo, rng: Generator) -> Photo:
    """JPEG at quality 20 to 90."""
    _, code = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))])
    return np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1])
