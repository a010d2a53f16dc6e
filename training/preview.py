"""Sheets of samples, to see with one's own eyes what a network is taught."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg import sheets
from handseg.photos import Photo, encode_png
from training.augmented import AugmentedSamples
from training.sources.labels import HAND, IGNORE, Label

GREEN, VIOLET, GRAY = (0, 255, 0), (190, 60, 190), 128
COLUMNS = 10


def before_after(samples: AugmentedSamples, rows: int, seed: int) -> bytes:
    """A PNG of photos, one in each row: as it is with its mask outlined, and then varied."""
    tiles = []
    for row in range(rows):
        example = samples.mixed[row]
        tiles.append(outlined(*_whole(example.photo, example.label, samples.side)))
        varied = (samples.vary(example, np.random.default_rng([seed, row, column])) for column in range(1, COLUMNS))
        tiles += [outlined(*sample) for sample in varied]
    return encode_png(sheets.in_rows(tiles, COLUMNS))


def outlined(photo: Photo, label: NDArray[np.uint8]) -> Photo:
    """The photo with the label's outline and its ignored pixels."""
    shown = np.where((label == IGNORE)[..., None], np.uint8(VIOLET), photo)
    return sheets.outlined(shown, label == HAND, GREEN)


def _whole(photo: Photo, label: Label, side: int) -> tuple[Photo, Label]:
    """All of a photo and its label in the middle of a gray square."""
    height, width = label.shape
    scale = side / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(photo, size_wh, interpolation=kind)
    small_label = cv2.resize(label, size_wh, interpolation=cv2.INTER_NEAREST)
    shown, shown_label = np.full((side, side, 3), GRAY, np.uint8), np.zeros((side, side), np.uint8)
    top, left = (side - size_wh[1]) // 2, (side - size_wh[0]) // 2
    window = slice(top, top + size_wh[1]), slice(left, left + size_wh[0])
    shown[window], shown_label[window] = small, small_label
    return shown, shown_label
