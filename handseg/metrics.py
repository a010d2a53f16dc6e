"""How well a mask agrees with the truth: everything from four counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask, check_mask


@dataclass(frozen=True)
class Counts:
    """Pixels, by what was predicted and what is true. Counts of several photos add up to pooled counts."""

    hit: int = 0
    false_alarm: int = 0
    miss: int = 0
    correct_rest: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hit + other.hit,
            self.false_alarm + other.false_alarm,
            self.miss + other.miss,
            self.correct_rest + other.correct_rest,
        )

    @property
    def precision(self) -> float:
        """The share of the predicted hand that is hand; 1 where nothing was predicted."""
        return _share(self.hit, self.hit + self.false_alarm)

    @property
    def recall(self) -> float:
        """The share of the hand that was found; 1 where there is no hand."""
        return _share(self.hit, self.hit + self.miss)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, or Dice; 1 where there is no hand and none predicted."""
        return _share(2 * self.hit, 2 * self.hit + self.false_alarm + self.miss)

    @property
    def iou(self) -> float:
        """Intersection over union of the hand, or Jaccard; 1 where there is no hand and none predicted."""
        return _share(self.hit, self.hit + self.false_alarm + self.miss)


def count(predicted: Mask, true: Mask, known: NDArray[np.bool_] | None = None) -> Counts:
    """The counts of one photo, over the pixels that are `known`, by default all; all arrays are bool (H, W).

    >>> count(np.array([[True, True, False]]), np.array([[True, False, False]]))
    Counts(hit=1, false_alarm=1, miss=0, correct_rest=1)
    """
    check_mask(predicted)
    check_mask(true)
    if predicted.shape != true.shape:
        raise ValueError(f"the prediction is {predicted.shape} and the truth {true.shape}; they must agree")
    if known is not None and not known.all():
        predicted, true = predicted[known], true[known]
    hit = int(np.count_nonzero(predicted & true))
    false_alarm = int(np.count_nonzero(predicted)) - hit
    miss = int(np.count_nonzero(true)) - hit
    return Counts(hit, false_alarm, miss, predicted.size - hit - false_alarm - miss)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
