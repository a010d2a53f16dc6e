"""Wrong masks, as models and annotators make them: what the assistant shall learn to correct.

All masks are bool (H, W); lengths are shares of the square root of the hand's area, so that small hands go wrong like
large ones.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from handseg.masks import Mask, grow

MOST_CHANGES = 3


def corrupted(hand: Mask, rng: Generator) -> Mask:
    """A mask of the hand with one to three things wrong; of no hand, one with something that is none."""
    if not hand.any():
        return with_blobs(hand, rng)
    chosen = rng.choice(len(WAYS), size=rng.integers(1, MOST_CHANGES + 1), replace=False)
    wrong = hand
    for way in chosen:
        wrong = WAYS[way](wrong, rng)
    return wrong


def resized(mask: Mask, rng: Generator) -> Mask:
    """Too wide, or too narrow."""
    return grow(mask, round(rng.uniform(-0.12, 0.15) * size(mask)))


def shifted(mask: Mask, rng: Generator) -> Mask:
    """Beside where it should be."""
    matrix = np.column_stack([np.eye(2), rng.normal(0, 0.08, 2) * size(mask)])
    return cv2.warpAffine(mask.view(np.uint8), matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST).view(bool)


def with_bites(mask: Mask, rng: Generator) -> Mask:
    """Without some places, large as a finger or half of the hand."""
    return mask & ~_ellipses(mask, mask, rng, rng.integers(1, 4), 0.6) if mask.any() else mask


def with_blobs(mask: Mask, rng: Generator) -> Mask:
    """With places that are no hand: beside it, or anywhere, and then as large as a face."""
    if mask.any() and rng.random() < 0.5:
        near = grow(mask, max(1, round(0.2 * size(mask))))
        return mask | _ellipses(mask, near, rng, rng.integers(1, 3), 0.5)
    return mask | _ellipses(mask, np.ones_like(mask), rng, 1, 1.0)


def without_a_part(mask: Mask, rng: Generator) -> Mask:
    """Without one of the hands, if there are several; else with bites."""
    count, parts = cv2.connectedComponents(mask.view(np.uint8))
    if count < 3:
        return with_bites(mask, rng)
    return mask & (parts != rng.integers(1, count))


def wobbly(mask: Mask, rng: Generator) -> Mask:
    """With an edge like a drunkard's."""
    height, width = mask.shape
    cells = rng.integers(6, 24)
    noise = cv2.resize(rng.normal(0, 0.25, (cells, cells)), (width, height), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), max(1.0, 0.08 * size(mask)))
    return soft + noise * (soft > 0.02) > 0.5


WAYS: tuple[Callable[[Mask, Generator], Mask], ...] = (
    resized,
    shifted,
    with_bites,
    with_blobs,
    without_a_part,
    wobbly,
)


def size(mask: Mask) -> float:
    """The side of a square with the hand's area; of no hand, a third of the photo's."""
    area = int(mask.sum())
    return float(np.sqrt(area)) if area else max(mask.shape) / 3


def _ellipses(mask: Mask, centres: Mask, rng: Generator, count: int, largest: float) -> Mask:
    """Some ellipses with centres in `centres`, their radii up to a share of the hand's size."""
    drawn = np.zeros(mask.shape, np.uint8)
    rows, columns = np.nonzero(centres)
    for _ in range(count):
        at = rng.integers(len(rows))
        radii = np.maximum(1, rng.uniform(0.15, largest, 2) * size(mask) / np.sqrt(2)).round().astype(int).tolist()
        cv2.ellipse(drawn, (int(columns[at]), int(rows[at])), radii, float(rng.uniform(0, 180)), 0, 360, 1, cv2.FILLED)
    return drawn.view(bool)
