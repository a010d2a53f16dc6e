"""Graph cuts in a small frame: what is hand, given colours, the current mask, and what an annotator says.

C. Rother, V. Kolmogorov, A. Blake, "GrabCut": interactive foreground extraction using iterated graph cuts, 2004.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.assistants.prompts import Box, Point
from handseg.masks import Mask, part_at
from handseg.photos import Photo

Colours = NDArray[np.uint8]
"""(h, w, 3) in Lab of OpenCV, each 0 to 255."""

Labels = NDArray[np.uint8]
"""(h, w): GC_BGD, GC_FGD, GC_PR_BGD or GC_PR_FGD of OpenCV."""

LIGHTNESS = 0.35
"""How much lightness counts beside colour: shadows change the one more than the other."""

SMALL = 0.15
"""A mask that covers less than this share of a box around a hand has missed the hand."""

SEED = 0.015
"""The radius of what a point is sure about, as a share of the frame's longer side."""


def colours(pixels: Photo) -> Colours:
    """RGB pixels in Lab, where a distance is what the eye sees."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)


def labels_near(seen: Colours, mask: Mask, point: Point, reach: float, tolerance: float) -> Labels:
    """The mask is sure farther than `reach` pixels from the point; nearer, what is like the point starts on its side.

    Like the point is what hangs together with it in colours that differ by at most `tolerance` from its own.
    """
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    near = np.hypot(rows - point.y, columns - point.x) < reach
    labels = np.where(mask, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    labels[near] += cv2.GC_PR_BGD  # and GC_FGD + GC_PR_BGD is GC_PR_FGD
    like = part_at(near & (_differences(seen, point) <= tolerance), point.x, point.y)
    labels[like] = cv2.GC_PR_FGD if point.label else cv2.GC_PR_BGD
    return labels


def labels_in_box(mask: Mask, box: Box) -> Labels:
    """Nothing is sure inside the box: it starts as the mask, or as hand if that is small; outside it holds."""
    labels = np.where(mask, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    inside = slice(box.top, box.bottom), slice(box.left, box.right)
    start = mask[inside] if mask[inside].mean() > SMALL else True
    labels[inside] = np.where(start, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    return labels


def stamp(labels: Labels, points: list[Point]) -> None:
    """Make the places of the points sure, in place; where they touch, a later point wins."""
    radius = max(1, round(SEED * max(labels.shape)))
    for point in points:
        cv2.circle(labels, (point.x, point.y), radius, cv2.GC_FGD if point.label else cv2.GC_BGD, cv2.FILLED)


def cut(seen: Colours, labels: Labels, rounds: int) -> Mask:
    """The hand after some rounds of GrabCut; what the labels say, where there is nothing to learn colours from."""
    hand = (labels & 1).astype(bool)
    if min(labels.shape) < 3 or hand.all() or not hand.any():
        return hand
    labels, models = labels.copy(), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.setRNGSeed(0)  # its first clusters are drawn by chance
    try:
        cv2.grabCut(seen, labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # colours that no mixture can be fitted to
        return hand
    return (labels & 1).astype(bool)


def _differences(seen: Colours, point: Point) -> NDArray[np.float32]:
    smooth = cv2.GaussianBlur(seen, (0, 0), 1.5)
    away = (seen - smooth[point.y, point.x].astype(np.float32)) * np.array([LIGHTNESS, 1, 1], np.float32)
    return np.sqrt(np.square(away).sum(axis=2))
