"""What covers the hand: for each mode a function that makes the colours, (h, w, 3) uint8, of a window."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.geometry import Window
from handseg.inpainters import Inpainter
from handseg.masks import Mask, nearest_values
from handseg.photos import Photo

GREY = 128
"""Where the hand is all there is, nothing else suggests a colour."""

_BLUR, _SHARPEST = 1 / 5, 4.0
_CELL, _SMALLEST = 1 / 6, 4
_CONTEXT = 2
_BLEED = 2


def backdrop(photo: Photo, weight: NDArray[np.float32]) -> Photo:
    """The background's colours beneath a transparent hand; both arguments are those of its window.

    Near the edge, where they shine through, each pixel has the colour of the nearest one that is no hand, so that no
    skin shows. Deeper inside they have one colour, which hides the hand from programs that drop alpha, and packs well.
    """
    outside = weight == 0
    if not outside.any():
        return np.full_like(photo, GREY)
    colors = np.empty_like(photo)
    colors[:] = np.rint(photo[outside].mean(axis=0))
    # A little more than the ramp: programs that scale colours and alpha apart let colours beneath alpha 0 bleed out.
    core = cv2.erode((weight == 1).astype(np.uint8), np.ones((2 * _BLEED + 1, 2 * _BLEED + 1)))
    edge = (core == 0) & ~outside
    colors[edge] = nearest_values(photo, outside, edge)
    return colors


def solid(color: tuple[int, int, int], window: Window) -> Photo:
    """One colour."""
    return np.full((window.height, window.width, 3), color, np.uint8)


def blurred(photo: Photo, window: Window) -> Photo:
    """The photo's blurred colours. The blur's sigma is a fifth of the short side of the hand's window, at least 4 px.

    It is computed on a photo so small that sigma is 4 pixels there: fast, and what it drops nobody can restore.
    """
    sigma = max(_SHARPEST, _BLUR * min(window.height, window.width))
    reach = round(3 * sigma)
    around = window.widened(reach, reach).cut(*photo.shape[:2])
    size_wh = [max(1, round(side * _SHARPEST / sigma)) for side in (around.width, around.height)]
    small = cv2.resize(photo[around.slices], size_wh, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), _SHARPEST, borderType=cv2.BORDER_REPLICATE)
    large = cv2.resize(small, (around.width, around.height), interpolation=cv2.INTER_LINEAR)
    return _part(large, around, window)


def mosaic(photo: Photo, window: Window) -> Photo:
    """The photo's mean colours in square cells, a sixth of the short side of the hand's window, at least 4 pixels.

    The grid starts at the photo's top left corner; cells that the photo's border cuts are means of what they have.
    """
    cell = max(_SMALLEST, round(_CELL * min(window.height, window.width)))
    grid = _on_grid(window, cell, *photo.shape[:2])
    rows, columns = np.arange(0, grid.height, cell), np.arange(0, grid.width, cell)
    sums = np.add.reduceat(photo[grid.slices], rows, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, columns, axis=1)
    tall, wide = np.diff(rows, append=grid.height), np.diff(columns, append=grid.width)
    means = np.rint(sums / (tall[:, None, None] * wide[:, None])).astype(np.uint8)
    return _part(means.repeat(tall, axis=0).repeat(wide, axis=1), grid, window)


def inpainted(photo: Photo, grown: Mask, window: Window, inpainter: Inpainter) -> Photo:
    """What may be behind the hand. The inpainter sees a square around it, twice as large, as far as the photo goes."""
    if grown.all():
        return np.full((window.height, window.width, 3), GREY, np.uint8)
    context = _square(window, _CONTEXT * max(window.height, window.width), *grown.shape)
    return _part(inpainter.fill(photo[context.slices], grown[context.slices]), context, window)


def _part(colors: Photo, frame: Window, window: Window) -> Photo:
    """The part in `window` of `colors` that fill `frame`."""
    top, left = window.top - frame.top, window.left - frame.left
    return colors[top : top + window.height, left : left + window.width]


def _on_grid(window: Window, cell: int, height: int, width: int) -> Window:
    """The window widened to whole cells, cut where the photo ends."""
    top, left = window.top // cell * cell, window.left // cell * cell
    bottom, right = -(-window.bottom // cell) * cell, -(-window.right // cell) * cell
    return Window.spanning(top, left, bottom, right).cut(height, width)


def _square(window: Window, side: int, height: int, width: int) -> Window:
    """A square with the window in its middle, cut where the photo ends."""
    top = max(window.top - (side - window.height) // 2, 0)
    left = max(window.left - (side - window.width) // 2, 0)
    return Window(top, left, min(top + side, height) - top, min(left + side, width) - left)
