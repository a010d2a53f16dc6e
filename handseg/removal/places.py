"""Where to work, and how strongly: one window per hand, and the weight with which a hand is covered."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.geometry import Window
from handseg.masks import Mask, distance_to, window_of

_GRIDS = (32, 16, 8, 4)
"""Hands are told apart on a grid with so many cells along the photo's longer side."""

_MOST = 8


def hand_windows(hands: Mask) -> list[Window]:
    """One window for each hand of a mask that is not empty; hands close to each other share one.

    Each True pixel is in exactly one window. A window is one pixel wider than its hands, except where the photo ends:
    of the pixels outside, the nearest to any inside are then in the window, too.
    """
    height, width = hands.shape
    for cells in _GRIDS:
        side = -(-max(height, width) // cells)
        boxes = _boxes_apart(_any_in_cells(hands, side))
        if len(boxes) <= _MOST:
            break  # a mask of many specks is not worth that many windows: try larger cells
    return [_tight(hands, box, side).widened(1, 1).cut(height, width) for box in boxes]


def ramp(hand: Mask, grown: Mask, feather: int) -> NDArray[np.float32]:
    """The weight, 0 to 1, with which each pixel is covered: 0 outside `grown`, 1 on `hand`.

    It rises from 0 at the border of `grown` to 1 at `feather` pixels inside. Borders of the photo are no edge: a hand
    that the frame cuts is covered up to the frame.
    """
    if feather == 0:
        return grown.astype(np.float32)
    depth = distance_to(~grown)
    depth -= 0.5  # from the centre of a pixel to the border between it and the next
    depth /= feather
    np.clip(depth, 0, 1, out=depth)
    depth[hand] = 1
    return depth


def _any_in_cells(hands: Mask, side: int) -> Mask:
    rows, columns = (np.arange(0, length, side) for length in hands.shape)
    return np.logical_or.reduceat(np.logical_or.reduceat(hands, rows, axis=0), columns, axis=1)


def _boxes_apart(cells: Mask) -> list[Window]:
    """Boxes around all that is True, so that no two of them touch; `cells` is filled up to them."""
    boxes: list[Window] = []
    while len(parts := _boxes(cells)) != len(boxes):
        boxes = parts
        for box in boxes:
            cells[box.slices] = True
    return boxes


def _boxes(cells: Mask) -> list[Window]:
    """The bounding boxes of what hangs together."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    return [Window(top, left, height, width) for left, top, width, height, _ in stats[1:].tolist()]


def _tight(hands: Mask, box: Window, side: int) -> Window:
    """The bounding box, in pixels, of what is True within the `box` of cells."""
    top, left = box.top * side, box.left * side
    found = window_of(hands[top : box.bottom * side, left : box.right * side])
    return Window(top + found.top, left + found.left, found.height, found.width)
