"""Two models on the same photos."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from handseg.errors import HandsegError
from training.evaluation.intervals import lower_bound, paired_interval
from training.evaluation.rulers import RULERS, sums_by_group
from training.evaluation.scores import Score


class ComparisonError(HandsegError):
    """Two models were not measured on the same photos."""


@dataclass(frozen=True)
class Gain:
    """What the second model gains over the first by one ruler."""

    first: float
    second: float
    low: float
    high: float
    """The 95 % interval of the difference..."""
    at_least: float
    """...and what it exceeds with a probability of 95 %."""

    @property
    def difference(self) -> float:
        """The second's value minus the first's."""
        return self.second - self.first


def gains(first: Sequence[Score], second: Sequence[Score]) -> dict[str, Gain]:
    """What the second gains over the first, by every ruler that says something.

    Raises ComparisonError if they were measured on different photos.
    """
    if [(each.name, each.group) for each in first] != [(each.name, each.group) for each in second]:
        raise ComparisonError("the two models were not measured on the same photos; measure both anew on the same ones")
    one, other = sums_by_group(first), sums_by_group(second)
    found = {}
    for name, ruler in RULERS.items():
        values = float(ruler.of(one.sum(axis=0))), float(ruler.of(other.sum(axis=0)))
        if not any(map(math.isnan, values)):
            found[name] = Gain(*values, *paired_interval(ruler, one, other), lower_bound(ruler, one, other))
    return found
