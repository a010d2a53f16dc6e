"""From a photo to a prediction, both in the photo's frame.

Most networks look twice: once at the whole photo, then closer at each place where they suspect a hand that is small in
the photo. `tests/benchmarks/zoom.py` measures what the second look brings and costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.engines import Engine, start_engine
from handseg.geometry import Window, cover, fit, stitch, unfit
from handseg.masks import Mask, without_specks
from handseg.photos import Photo
from handseg.resizing import shrunk
from handseg.settings import Settings
from handseg.weights import Card, Weights, choose

SUSPICION = 0.3
"""A place is worth a second look from this probability."""

CLOSER = 2.0
"""A second window is this many times as wide and high as what is suspected in it..."""

WORTHWHILE = 0.35
"""...and is looked at if it covers less than this share of the photo; otherwise the first look was close enough."""

MOST_WINDOWS = 2

SPECK = 1e-4
"""Of the photo: a smaller part of a mask is no hand, but would leave a hole in whatever is there."""


@dataclass(frozen=True)
class Prediction:
    """Where a model sees a hand, in the photo's frame."""

    probability: NDArray[np.float32]
    """(H, W), in [0, 1]."""
    threshold: float
    """The model's own, from its card."""
    model: str
    speck: float = 0.0
    """Parts of a mask that are a smaller share of the photo than this are left away."""

    def mask(self, threshold: float | None = None) -> Mask:
        """The pixels whose probability reaches `threshold`, by default the model's own, without specks."""
        mask = self.probability >= (self.threshold if threshold is None else threshold)
        return without_specks(mask, round(self.speck * mask.size))

    def shrunk(self, long_side: int) -> Prediction:
        """The same for the photo as `handseg.resizing.shrunk` makes it."""
        return replace(self, probability=shrunk(self.probability, long_side))


class Segmenter:
    """A model that is ready to look at photos; safe to use from several threads."""

    def __init__(self, card: Card, engine: Engine) -> None:
        self.card, self.engine = card, engine
        self._scale = np.float32(1 / 255) / np.array(card.std, np.float32)
        self._shift = np.array(card.mean, np.float32) / np.array(card.std, np.float32)

    def predict(self, photo: Photo) -> Prediction:
        """The prediction for `photo`, (H, W, 3) uint8 RGB of any size."""
        height, width = photo.shape[:2]
        windows = cover(height, width)
        logits = stitch([self._first_look(photo, window) for window in windows], windows, height, width)
        for window in suspicious_windows(logits) if self.card.zoom else ():
            logits[window.slices] = (logits[window.slices] + self._look(self.card.side, photo, window)) / 2
        return Prediction(_sigmoid(logits), self.card.threshold, self.card.name, SPECK)

    def _first_look(self, photo: Photo, window: Window) -> NDArray[np.float32]:
        """The mean of the logits at all sides; at all but the first the mirror image is seen."""
        logits = self._look(self.card.side, photo, window)
        for side in self.card.also:
            logits += self._look(side, photo, window, mirrored=True)
        return logits / len(self.card.sides) if self.card.also else logits

    def _look(self, side: int, photo: Photo, window: Window, mirrored: bool = False) -> NDArray[np.float32]:
        """The logits of one window, (window.height, window.width), seen with about side x side pixels."""
        across = slice(None, None, -1 if mirrored else 1)
        seen = fit(photo[window.slices], side)[:, across]
        tensor = np.empty((1, 3, *seen.shape[:2]), np.float32)
        for channel, plane in enumerate(tensor[0]):
            np.multiply(seen[..., channel], self._scale[channel], out=plane)
            plane -= self._shift[channel]
        return unfit(self.engine.logits(tensor)[0, 0][:, across], window.height, window.width)


def open_segmenter(settings: Settings | None = None, model: str | None = None) -> Segmenter:
    """The installed model called `model`, by default the settings' own, ready on the settings' device.

    It may be owner/name or owner/name@revision on the Hub, too: never let a stranger choose.

    Raises UnknownNameError, WeightsError, HubError or SettingError, each with what to do about it.
    """
    settings = settings or Settings.from_environment()
    settings = replace(settings, model=model or settings.model)
    return segmenter_of(choose(settings), settings)


def segmenter_of(weights: Weights, settings: Settings) -> Segmenter:
    """These weights, ready on the settings' device; raises WeightsError or SettingError."""
    return Segmenter(weights.card, start_engine(weights, settings.device, settings.threads))


def suspicious_windows(logits: NDArray[np.float32]) -> list[Window]:
    """The windows, largest suspicion first, that a second look at a photo with these logits is worth."""
    height, width = logits.shape
    shrink = max(1.0, max(height, width) / 256)
    small = cv2.resize(logits, (max(1, round(width / shrink)), max(1, round(height / shrink))))
    suspected = (small >= np.log(SUSPICION / (1 - SUSPICION))).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(suspected)
    windows = []
    for left, top, box_width, box_height, area in sorted(boxes[1:], key=lambda box: -box[cv2.CC_STAT_AREA]):
        if area >= 12:
            box = Window(*(round(float(length) * shrink) for length in (top, left, box_height, box_width)))
            windows.append(box.around(CLOSER, height, width))
    return [window for window in windows if window.area < WORTHWHILE * height * width][:MOST_WINDOWS]


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """In place: a large photo's logits need not exist twice."""
    np.clip(logits, -30, 30, out=logits)
    np.negative(logits, out=logits)
    np.exp(logits, out=logits)
    logits += 1
    return np.reciprocal(logits, out=logits)
