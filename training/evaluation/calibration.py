"""Whether probabilities mean what they say, and which threshold makes the best masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.scores import LEVELS, THRESHOLDS, Score

NEAR_BEST = 0.005
"""In mean IoU: half a point."""
_BINS = 10
_CENTRES = (np.arange(LEVELS + 1) + 0.5).clip(max=LEVELS) / LEVELS
"""The probability that each level stands for."""


def best_threshold(collections: Sequence[Sequence[Score]]) -> float:
    """The threshold for the card; choose it on validation photos only.

    It is in the middle of those whose mean IoU over photos, each collection weighing the same, comes within `NEAR_BEST`
    of the best: as far as can be from where hands are missed, and from where all kinds of things are called hands.
    """
    curves = [[np.mean([score.at(each).iou for score in scores]) for each in THRESHOLDS] for scores in collections]
    means = np.mean(curves, axis=0)
    near = [each for each, mean in zip(THRESHOLDS, means, strict=True) if mean >= means.max() - NEAR_BEST]
    return near[(len(near) - 1) // 2]


def calibration_error(scores: Sequence[Score]) -> float:
    """The expected calibration error over all pixels, in ten bins: how far the share of hand among pixels of one
    probability is from that probability, on average. C. Guo et al. (arXiv:1706.04599), section 2."""
    pixels = _levels(scores)
    edges = np.arange(0, LEVELS, LEVELS // _BINS)
    per_bin, hands = (np.add.reduceat(each, edges) for each in (pixels.sum(axis=0), pixels[1]))
    confidence = np.add.reduceat(pixels.sum(axis=0) * _CENTRES, edges)
    return float(np.abs(hands - confidence).sum() / max(per_bin.sum(), 1))


def brier_score(scores: Sequence[Score]) -> float:
    """The mean squared difference of probability and truth over all pixels; 0 is perfect, 0.25 says nothing."""
    pixels = _levels(scores)
    squared = pixels[0] @ _CENTRES**2 + pixels[1] @ (1 - _CENTRES) ** 2
    return float(squared / max(pixels.sum(), 1))


def precision_and_recall(scores: Sequence[Score]) -> NDArray[np.float64]:
    """The pooled precision and recall at each level of probability, (LEVELS, 2), for a curve.

    Where nothing is called a hand, there is no precision: it is NaN.
    """
    found = np.cumsum(_levels(scores)[:, ::-1], axis=1)[:, ::-1]
    background, hand = found[:, 1:]
    with np.errstate(invalid="ignore"):
        precision = hand / (hand + background)
    return np.stack([precision, hand / max(found[1, 0], 1)], axis=1)


def _levels(scores: Sequence[Score]) -> NDArray[np.int64]:
    return np.sum([score.levels for score in scores], axis=0)
