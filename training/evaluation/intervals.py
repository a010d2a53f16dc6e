"""How sure a number is: the bootstrap over groups, as photos of one group are no independent evidence.

B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile intervals).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.evaluation.rulers import Sums

DRAWS = 10_000
LEVEL = 0.95
_CHUNK = 500


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The interval in which a true value lies with a probability of `LEVEL`, by its values in all drawings.

    NaN if nothing can be told.
    """
    if np.isnan(values).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def lower_bound(values: NDArray[np.float64]) -> float:
    """What a true value exceeds with a probability of `LEVEL`, by its values in all drawings; NaN as above."""
    return float("nan") if np.isnan(values).all() else float(np.nanquantile(values, 1 - LEVEL))


def resampled(sums: Sums) -> Sums:
    """The sums over as many groups as there are, drawn with replacement; (DRAWS, terms) from (groups, terms)."""
    generator, groups = np.random.default_rng(0), len(sums)
    chances = np.full(groups, 1 / groups)
    chunks = (generator.multinomial(groups, chances, size=_CHUNK) for _ in range(DRAWS // _CHUNK))
    return np.concatenate([chunk.astype(np.float64) @ sums for chunk in chunks])
