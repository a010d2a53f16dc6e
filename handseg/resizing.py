"""Pictures in other sizes, where nothing but the size matters."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Pixel = TypeVar("Pixel", np.uint8, np.float32)


def shrunk_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """The (height, width) at which the longer side has at most `long_side` pixels; never larger than it was.

    >>> shrunk_size(3000, 4000, long_side=1024)
    (768, 1024)
    """
    scale = min(1.0, long_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrunk(pixels: NDArray[Pixel], long_side: int) -> NDArray[Pixel]:
    """(H, W) or (H, W, C) pixels, averaged where the longer side has more than `long_side`; else as they are."""
    height, width = shrunk_size(*pixels.shape[:2], long_side)
    if pixels.shape[:2] == (height, width):
        return pixels
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3) pixels in another size: averaged where they shrink, interpolated where they grow."""
    # Halving first gives almost the same averages, several times as fast.
    while pixels.shape[0] >= 4 * height and pixels.shape[1] >= 4 * width:
        pixels = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = height * width < pixels.shape[0] * pixels.shape[1]
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
