"""How sure a number is: the bootstrap over groups, as photos of one group are no independent evidence.

B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile intervals).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.evaluation.rulers import Ruler, Sums

DRAWS = 10_000
LEVEL = 0.95
_CHUNK = 500


def interval(ruler: Ruler, sums: Sums) -> tuple[float, float]:
    """The interval in which the ruler's true value lies with a probability of `LEVEL`; NaN if nothing can be told."""
    return _bounds(ruler.of(resampled(sums)))


def paired_interval(ruler: Ruler, first: Sums, second: Sums) -> tuple[float, float]:
    """The interval of the second's value minus the first's, both measured on the same groups in the same order."""
    return _bounds(_gains(ruler, first, second))


def lower_bound(ruler: Ruler, first: Sums, second: Sums) -> float:
    """What the second's gain over the first exceeds with a probability of `LEVEL`; NaN if that cannot be told."""
    gains = _gains(ruler, first, second)
    return float("nan") if np.isnan(gains).all() else float(np.nanquantile(gains, 1 - LEVEL))


def resampled(sums: Sums, seed: int = 0) -> Sums:
    """The terms summed over as many groups as there are, drawn with replacement; (DRAWS, terms) from (groups, terms).

    For equal numbers of groups the same ones are drawn, which pairs the drawings of two models.
    """
    generator, groups = np.random.default_rng(seed), len(sums)
    chances = np.full(groups, 1 / groups)
    chunks = (generator.multinomial(groups, chances, size=_CHUNK) for _ in range(DRAWS // _CHUNK))
    return np.concatenate([chunk.astype(np.float64) @ sums for chunk in chunks])


def _gains(ruler: Ruler, first: Sums, second: Sums) -> NDArray[np.float64]:
    """What the second gains in each drawing. What makes some photos hard for any model does not blur it."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} groups were measured; a comparison needs the same ones")
    return ruler.of(resampled(second)) - ruler.of(resampled(first))


def _bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    if np.isnan(values).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
