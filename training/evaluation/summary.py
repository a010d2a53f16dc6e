"""All that is told of one model on one set of photos, as numbers for a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from training.evaluation.calibration import brier_score, calibration_error
from training.evaluation.intervals import interval, resampled
from training.evaluation.rulers import OTHERS, POOLED, RULERS, Ruler, Sums, sums_by_group
from training.evaluation.scores import Score
from training.evaluation.slices import slices

DIGITS = 4


def summary(scores: Sequence[Score], threshold: float) -> dict[str, Any]:
    """Every ruler with its interval, by slice, too; `threshold` is the one the scores were counted at."""
    empty = [score.false_share for score in scores if score.hand_free]
    return {
        "threshold": threshold,
        "photos": len(scores),
        "groups": len({score.group for score in scores}),
        **rulers(scores),
        "intervals": intervals(scores),
        "calibration_error": _rounded(calibration_error(scores)),
        "brier_score": _rounded(brier_score(scores)),
        "median_false_area_without_hands": _rounded(median(empty)) if empty else None,
        "slices": {name: {"photos": len(part), **rulers(part)} for name, part in slices(scores).items()},
    }


def rulers(scores: Sequence[Score]) -> dict[str, Any]:
    """The value of every ruler: the pooled ones under "pooled", the others beside it."""
    whole = sums_by_group(scores).sum(axis=0)
    return {"pooled": _values(POOLED, whole), **_values(OTHERS, whole)}


def intervals(scores: Sequence[Score]) -> dict[str, list[float | None]]:
    """The 95 % interval of every ruler, from the bootstrap over groups."""
    drawn = resampled(sums_by_group(scores))
    return {name: [_rounded(bound) for bound in interval(ruler.of(drawn))] for name, ruler in RULERS.items()}


def _values(chosen: dict[str, Ruler], sums: Sums) -> dict[str, float | None]:
    return {name: _rounded(float(ruler.of(sums))) for name, ruler in chosen.items()}


def _rounded(value: float) -> float | None:
    """JSON knows no NaN: what cannot be told is null."""
    return None if math.isnan(value) else round(value, DIGITS)
