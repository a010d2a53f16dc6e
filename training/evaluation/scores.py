"""What is known of one photo after a model has looked at it: numbers that add up, whatever is asked of them later."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask, grow
from handseg.metrics import Counts, count
from handseg.photos import Photo
from handseg.segmenter import Prediction
from training.evaluation.cases import Case, Cases
from training.sources.labels import HAND, IGNORE

BAND = 0.02
"""Of the photo's diagonal: how deep the band along the edge is that boundary IoU compares. B. Cheng et al., "Boundary
IoU" (arXiv:2103.16562), section 4."""

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))
"""Those among which a model's own is chosen."""

LEVELS = 100
"""Steps of probability that are told apart afterwards."""

# As float32, in which a prediction is compared with its threshold.
_EDGES = (np.arange(LEVELS + 1) / LEVELS).astype(np.float32)


class Predictor(Protocol):
    """What can be measured: a `Segmenter`, or a rule to compare one with."""

    def predict(self, photo: Photo) -> Prediction:
        """The prediction for a photo, (H, W, 3) uint8 RGB."""
        ...


class Timed:
    """A predictor of which is known how many seconds its answers took."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor, self.seconds = predictor, 0.0

    def predict(self, photo: Photo) -> Prediction:
        """See `Predictor.predict`."""
        begin = time.perf_counter()
        prediction = self._predictor.predict(photo)
        self.seconds += time.perf_counter() - begin
        return prediction


@dataclass(frozen=True)
class Score:
    """One photo."""

    name: str
    source: str
    group: str
    hand_share: float
    """Of the photo's known pixels, 0 to 1."""
    hand_free: bool
    """Whether there is no hand, and nothing that may be one. A photo whose only hands are not known is neither."""
    threshold: float
    """At which the two below are counted."""
    counts: Counts
    edge: Counts
    """Of the bands along the edges of both masks."""
    at_thresholds: Mapping[float, Counts]
    """Of the masks at those that were asked for: like every mask without specks, of which the levels know nothing."""
    levels: NDArray[np.int64]
    """(2, LEVELS + 1): how many pixels of background (0) and hand (1) have a probability from k / LEVELS on."""

    @property
    def has_hand(self) -> bool:
        """Whether there is a hand to be found."""
        return self.hand_share > 0

    @property
    def false_share(self) -> float:
        """The share of what is no hand that is called hand, 0 to 1."""
        return self.counts.false_alarm / max(self.counts.false_alarm + self.counts.correct_rest, 1)

    def at(self, threshold: float) -> Counts:
        """The counts at another threshold, one of those that were asked for."""
        return self.at_thresholds[threshold]

    def moved_to(self, threshold: float) -> Score:
        """The score at another threshold, where nothing is known of the bands along the edges."""
        return replace(self, threshold=threshold, counts=self.at(threshold), edge=Counts())


def scores(
    predictor: Predictor, cases: Cases, threshold: float | None = None, others: Collection[float] = ()
) -> Iterator[Score]:
    """Look at all photos, one after the other, at the model's own `threshold` by default, and at `others`, too."""
    for case in cases:
        yield score(case, predictor.predict(case.photo), threshold, others)


def score(case: Case, prediction: Prediction, threshold: float | None = None, others: Collection[float] = ()) -> Score:
    """Compare a prediction with the truth, over the pixels where that is known."""
    known, hand, mask = case.label != IGNORE, case.label == HAND, prediction.mask(threshold)
    return Score(
        name=case.name,
        source=case.source,
        group=case.group,
        hand_share=float(hand.sum() / max(known.sum(), 1)),
        hand_free=bool(known.all() and not hand.any()),
        threshold=prediction.threshold if threshold is None else threshold,
        counts=count(mask, hand, known),
        edge=count(_edge_band(mask), _edge_band(hand), known),
        at_thresholds={each: count(prediction.mask(each), hand, known) for each in others},
        levels=_levels(prediction.probability, hand, known),
    )


def _levels(probability: NDArray[np.float32], hand: Mask, known: Mask) -> NDArray[np.int64]:
    level = np.searchsorted(_EDGES, probability[known], side="right") - 1
    return np.bincount(level + (LEVELS + 1) * hand[known], minlength=2 * (LEVELS + 1)).reshape(2, LEVELS + 1)


def _edge_band(mask: Mask) -> Mask:
    """The pixels of the mask that are near its edge; the photo's own edge is none."""
    depth = max(1, round(BAND * float(np.hypot(*mask.shape))))
    return mask & ~grow(mask, -depth) if mask.any() else mask
