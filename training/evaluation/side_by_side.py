"""Two models at the same photos, one photo after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from handseg.segmenter import Prediction
from training.evaluation.cases import Case, Cases
from training.evaluation.scores import Predictor, Score, score


@dataclass(frozen=True)
class Pair:
    """A photo, and what the first and the second model make of it."""

    case: Case
    predictions: tuple[Prediction, Prediction]
    scores: tuple[Score, Score]


def side_by_side(first: Predictor, second: Predictor, cases: Cases) -> Iterator[Pair]:
    """Let both look at all photos, each at its own threshold."""
    for case in cases:
        one, other = first.predict(case.photo), second.predict(case.photo)
        yield Pair(case, (one, other), (score(case, one), score(case, other)))
