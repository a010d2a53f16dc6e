"""One labelled photo, as every source yields it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg import masks, photos

BACKGROUND, IGNORE, HAND = 0, 127, 255


@dataclass(frozen=True)
class Example:
    """A photo and its label.

    photo: (H, W, 3) uint8 RGB. label: (H, W) uint8, 0 background, 127 ignore, 255 hand.
    skin: (H, W) bool, the hand with the bare arm, as far as it is known; what a cut-out takes along.
    """

    name: str
    source: str
    photo: NDArray[np.uint8]
    label: NDArray[np.uint8]
    skin: NDArray[np.bool_]


def read_photo(path: Path, long_side: int) -> NDArray[np.uint8]:
    """The photo at `path`, shrunk until its long side is at most `long_side` pixels; (H, W, 3) uint8 RGB.

    Raises PhotoError, naming the file, if it cannot be read.
    """
    photo = photos.read(path)
    scale = long_side / max(photo.shape[:2])
    if scale >= 1:
        return photo
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def read_mask(path: Path, height: int, width: int) -> NDArray[np.bool_]:
    """The mask at `path`, True = hand, resized to (`height`, `width`)."""
    mask = masks.from_png(path.read_bytes()).astype(np.uint8)
    return cv2.resize(255 * mask, (width, height), interpolation=cv2.INTER_AREA) > 127


def is_held_back(name: str, share: float = 0.08) -> bool:
    """Whether the example called `name` is kept for validation: a hash decides, so it never changes sides."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < share
