"""Two models on the same photos."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from handseg.errors import HandsegError
from training.evaluation.intervals import interval, lower_bound, resampled
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


def gains(first: Sequence[Score], second: Sequence[Score], names: Iterable[str] = RULERS) -> dict[str, Gain]:
    """What the second gains over the first, by those of the named `RULERS` that say something.

    Raises ComparisonError if they were measured on different photos.
    """
    if [(each.name, each.group) for each in first] != [(each.name, each.group) for each in second]:
        raise ComparisonError("the two models were not measured on the same photos; measure both anew on the same ones")
    one, other = sums_by_group(first), sums_by_group(second)
    # The same groups are drawn for both, so that what makes some photos hard for any model does not blur the gain.
    drawn_one, drawn_other = np.hsplit(resampled(np.hstack([one, other])), 2)
    found = {}
    for name in names:
        ruler = RULERS[name]
        values = float(ruler.of(one.sum(axis=0))), float(ruler.of(other.sum(axis=0)))
        if not any(map(math.isnan, values)):
            drawn = ruler.of(drawn_other) - ruler.of(drawn_one)
            found[name] = Gain(*values, *interval(drawn), lower_bound(drawn))
    return found
