"""A photo with a hole at one size: where its patches can be copied from, where they are wanted, and how they vote.

A patch is 5 x 5 pixels, named by the place of its centre. Places are (2, N) arrays, rows and columns, so that
`array[*places]` is what lies there.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask, distance_to, nearest_values
from handseg.photos import Photo

Places = NDArray[np.int64]
Floats = NDArray[np.float32]

RADIUS = 2
SIZE = 2 * RADIUS + 1

_FINEST, _COARSEST = 48_000, 2_000  # pixels
_TRUST = 1.3
_WORST = 30.0


class Level:
    """A photo at one size, (h, w), whose hole is filled in place."""

    colors: Floats
    """(h, w, 3), 0 to 1."""
    hole: Mask
    """(h, w): every pixel that saw any of the photo's hole."""
    targets: Places
    """Where a patch sees the hole."""
    usable: Mask
    """(h, w): where a patch lies within the frame and does not see the hole."""

    def __init__(self, photo: Photo, hole: Mask, height: int, width: int) -> None:
        size_wh = width, height
        self.colors = cv2.resize(photo, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        self.hole = cv2.resize(hole.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA) > 0
        sees_hole = cv2.dilate(self.hole.astype(np.uint8), np.ones((SIZE, SIZE))) > 0
        self.targets = np.array(np.nonzero(sees_hole))
        inner = np.s_[RADIUS : height - RADIUS, RADIUS : width - RADIUS]
        self.usable = np.zeros_like(self.hole)
        self.usable[inner] = ~sees_hole[inner]

    def fill_with_nearest(self) -> None:
        """Fill each pixel of the hole with the nearest one outside it."""
        self.colors[self.hole] = nearest_values(self.colors, ~self.hole, self.hole)

    def vote(self, places: Places, costs: Floats) -> None:
        """Fill the hole with the weighted mean of what the patches at `places`, one per target, say about each pixel.

        A patch counts more the less it differs from its target, `costs`, and the nearer its target is to what is
        known: section 3.2 of Wexler et al., with sigma squared the 75th percentile of the costs.
        """
        height, width = self.hole.shape
        trust = self._certainty() * _likeness(costs)
        votes = np.zeros((height + 2 * RADIUS, width + 2 * RADIUS, 4))
        for shift in np.ndindex(SIZE, SIZE):
            down_right = np.array(shift)[:, None]
            seen = self.colors[*(places + down_right - RADIUS)]
            votes[*(self.targets + down_right)] += trust[:, None] * np.insert(seen, 3, 1, axis=1)
        elected = votes[RADIUS : RADIUS + height, RADIUS : RADIUS + width][self.hole]
        self.colors[self.hole] = elected[:, :3] / elected[:, 3:]

    def _certainty(self) -> Floats:
        """1 for targets outside the hole, and less with every pixel inside."""
        depth = distance_to(~self.hole).astype(np.float64)
        return _TRUST ** -depth[*self.targets]


def clip(places: Places, shape: tuple[int, int]) -> Places:
    """The places, those outside a frame of this (height, width) moved to its border."""
    return np.clip(places, 0, np.array(shape)[:, None] - 1)


def patches(pixels: Floats) -> Floats:
    """The 5 x 5 surroundings of each pixel of (h, w, C) or (h, w): (h, w, C * 25). The frame mirrors what is inside."""
    framed = cv2.copyMakeBorder(pixels, RADIUS, RADIUS, RADIUS, RADIUS, cv2.BORDER_REFLECT_101)
    views = np.lib.stride_tricks.sliding_window_view(framed, (SIZE, SIZE), axis=(0, 1))
    return views.reshape(*pixels.shape[:2], -1)


def pyramid(photo: Photo, hole: Mask) -> list[Level]:
    """The photo at up to 48,000 pixels, and ever half as tall and wide, coarsest first; none too small to copy from."""
    height, width = hole.shape
    scale = min(1.0, math.sqrt(_FINEST / (height * width)))
    levels: list[Level] = []
    while not levels or levels[0].hole.size > _COARSEST:
        level = Level(photo, hole, max(1, round(height * scale)), max(1, round(width * scale)))
        if not level.usable.any():
            break
        levels.insert(0, level)
        scale /= 2
    return levels


def _likeness(costs: Floats) -> NDArray[np.float64]:
    variance = np.percentile(costs, 75) + 1e-6
    # Where all votes for a pixel are bad, they still must add up to more than 0.
    return np.exp(-np.minimum(costs / (2 * variance), _WORST))
