"""Masks as polygons, a line of text each, in the layout of https://docs.ultralytics.com/datasets/segment."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask

Points = NDArray[np.int32]
"""(N, 2): x, y of pixels."""

LEAST_POINTS = 3
"""A line of fewer is read as a box, or refused."""


def to_text(mask: Mask) -> str:
    """A line for each connected part of a (H, W) mask: class 0, then x and y of its points, as shares of the sides.

    Points are the middles of the pixels along the edge. A hole is joined to the edge by a cut of no width.
    """
    size_wh = mask.shape[::-1]
    lines = [" ".join(["0", *(f"{share:.6f}" for share in ((ring + 0.5) / size_wh).ravel())]) for ring in _rings(mask)]
    return "".join(f"{line}\n" for line in lines)


def from_text(text: str, height: int, width: int) -> Mask:
    """The (height, width) mask that such lines mean, drawn as Ultralytics draws it: by OpenCV, places rounded down."""
    drawn = np.zeros((height, width), np.uint8)
    for line in text.splitlines():
        shares = np.array(line.split()[1:], float).reshape(-1, 2)
        cv2.fillPoly(drawn, [(shares * (width, height)).astype(np.int32)], 1)
    return drawn > 0


def _rings(mask: Mask) -> list[Points]:
    """The edge of each connected part, with its holes."""
    pixels = mask.astype(np.uint8)
    contours, hierarchy = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    edges = [contour[:, 0] for contour in contours]
    parents = hierarchy[0, :, 3] if len(edges) else []
    holes: dict[int, list[Points]] = {number: [] for number, parent in enumerate(parents) if parent < 0}
    for number, parent in enumerate(parents):
        if parent >= 0:
            holes[parent].append(edges[number])
    return [_thinned(_joined(edges[number], inside, mask)) for number, inside in holes.items()]


def _joined(edge: Points, holes: list[Points], mask: Mask) -> Points:
    """One ring around a part and its holes; each cut runs through hand, from a hole to what is left of it.

    From left to right, what is left of a hole's leftmost pixel is the edge, or a hole that is joined already.
    """
    for hole in sorted(holes, key=lambda each: each[:, 0].min()):
        start = hole[:, 0].argmin()
        x, y = hole[start]
        end = x - _run_to_left(mask[y, : x + 1])
        place = np.abs(edge - (end, y)).sum(axis=1).argmin()
        around = np.roll(hole, -start, axis=0)
        edge = np.concatenate([edge[: place + 1], around, around[:1], edge[place:]])
    return edge


def _run_to_left(row: NDArray[np.bool_]) -> int:
    """How many pixels of hand are left of the last one, up to the first that is none."""
    background = np.flatnonzero(~row)
    return len(row) - 1 - (background[-1] + 1 if len(background) else 0)


def _thinned(ring: Points) -> Points:
    """The ring without points on straight lines, and with at least `LEAST_POINTS`."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    corners = ring[(before != after).any(axis=1)]
    ring = corners if len(corners) else ring
    return np.resize(ring, (max(len(ring), LEAST_POINTS), 2))
