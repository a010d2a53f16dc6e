"""The photo frame and the network frame, and the windows through which a network looks at a photo."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MULTIPLE = 32
"""Networks halve their input five times."""

MAX_ASPECT = 2.0
"""Longer photos are seen through several windows, so that no hand is squeezed..."""

MOST_WINDOWS = 40
"""...but never through more than this; a photo 60 times as long as wide holds no hand."""


@dataclass(frozen=True)
class Window:
    """A rectangle of the photo frame, in pixels."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def spanning(cls, top: int, left: int, bottom: int, right: int) -> Window:
        """The window from these rows and columns up to, but without, those."""
        return cls(top, left, bottom - top, right - left)

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The first column to its right."""
        return self.left + self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index an array of the photo frame with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def area(self) -> int:
        """In pixels."""
        return self.height * self.width

    def cut(self, height: int, width: int) -> Window:
        """What of this window lies in a photo of this (height, width)."""
        return Window.spanning(max(self.top, 0), max(self.left, 0), min(self.bottom, height), min(self.right, width))

    def widened(self, rows: int, columns: int) -> Window:
        """This window with so many more rows above and below, and columns on both sides."""
        return Window.spanning(self.top - rows, self.left - columns, self.bottom + rows, self.right + columns)

    def around(self, factor: float, height: int, width: int) -> Window:
        """This window made `factor` times as large about its centre, cut at the borders of a (height, width) photo.

        >>> Window(20, 30, 10, 8).around(2, 70, 90)
        Window(top=15, left=26, height=20, width=16)
        """
        more = (round(side * (factor - 1) / 2) for side in (self.height, self.width))
        return self.widened(*more).cut(height, width)


LONGEST = 4
"""Times `side`: so long may a network frame be; only windows of photos of a few pixels' width would have more."""


def network_size(height: int, width: int, side: int) -> tuple[int, int]:
    """The (height, width) of the network frame: about side x side pixels in the photo's shape, in multiples of 32.

    Neither is longer than `LONGEST` times `side`, whatever the photo's shape.

    >>> network_size(720, 1280, side=320)
    (256, 416)
    """
    scale = side / math.sqrt(height * width)
    most = LONGEST * side // MULTIPLE
    return tuple(min(max(1, round(length * scale / MULTIPLE)), most) * MULTIPLE for length in (height, width))


def fit(photo: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The photo, (H, W, 3), in the network frame; shrinking averages."""
    height, width = network_size(*photo.shape[:2], side)
    # Halving first gives almost the same averages, several times as fast.
    while photo.shape[0] >= 2 * height and photo.shape[1] >= 2 * width:
        photo = cv2.resize(photo, (photo.shape[1] // 2, photo.shape[0] // 2), interpolation=cv2.INTER_AREA)
    shrinks = height * width < photo.shape[0] * photo.shape[1]
    return cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def unfit(logits: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Logits of the network frame, (h, w), in the photo frame, (height, width): the way back from `fit`."""
    return cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR)


def cover(height: int, width: int) -> list[Window]:
    """Windows of at most 2 : 1 that overlap by a quarter or more and cover the photo; one, for a usual photo.

    >>> cover(200, 700)
    [Window(top=0, left=0, height=200, width=400), Window(top=0, left=300, height=200, width=400)]
    """
    short, long = sorted((height, width))
    if long <= MAX_ASPECT * short:
        return [Window(0, 0, height, width)]
    length = max(round(MAX_ASPECT * short), math.ceil(long / (0.75 * MOST_WINDOWS)))
    count = math.ceil((long - length) / (0.75 * length)) + 1
    starts = np.linspace(0, long - length, count).round().astype(int).tolist()
    if width > height:
        return [Window(0, start, height, length) for start in starts]
    return [Window(start, 0, length, width) for start in starts]


def stitch(parts: list[NDArray[np.float32]], windows: list[Window], height: int, width: int) -> NDArray[np.float32]:
    """One (height, width) array from those of the windows of `cover`; each overlap is cut in its middle."""
    whole = np.empty((height, width), np.float32)
    bottom = right = 0
    for part, window in zip(parts, windows, strict=True):
        skip_y = (bottom - window.top) // 2 if window.top else 0
        skip_x = (right - window.left) // 2 if window.left else 0
        whole[window.slices][skip_y:, skip_x:] = part[skip_y:, skip_x:]
        bottom, right = window.bottom, window.right
    return whole
