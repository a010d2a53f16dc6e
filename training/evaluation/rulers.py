"""The rulers of the field. Each is a ratio of sums over photos, so that sums of resampled groups give its interval.

Published numbers are not comparable without saying which one it is: over all pixels (pooled) or over photos, of the
hand alone or averaged with the background, and some call the pixel accuracy F.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handseg.metrics import Counts
from training.evaluation.scores import Score

Sums = NDArray[np.float64]
"""(..., number of `TERMS`)."""

TERMS = (
    "hit",
    "false_alarm",
    "miss",
    "correct_rest",
    "edge_hit",
    "edge_union",
    "photos",
    "hand_photos",
    "iou",
    "both_iou",
    "empty_photos",
    "empty_false_share",
)


@dataclass(frozen=True)
class Ruler:
    """A ratio of two weighted sums of terms."""

    over: dict[str, float]
    under: dict[str, float]

    def of(self, sums: Sums) -> NDArray[np.float64]:
        """The values for sums of any leading shape; where there is nothing to measure, NaN."""
        above, below = sums @ _weights(self.over), sums @ _weights(self.under)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(below > 0, above / below, np.nan)


POOLED = {
    "precision": Ruler({"hit": 1}, {"hit": 1, "false_alarm": 1}),
    "recall": Ruler({"hit": 1}, {"hit": 1, "miss": 1}),
    "f1": Ruler({"hit": 2}, {"hit": 2, "false_alarm": 1, "miss": 1}),
    "iou": Ruler({"hit": 1}, {"hit": 1, "false_alarm": 1, "miss": 1}),
}
"""Over all pixels of all photos."""

OTHERS = {
    "mean_iou": Ruler({"iou": 1}, {"hand_photos": 1}),
    "mean_iou_with_background": Ruler({"both_iou": 1}, {"photos": 1}),
    "pixel_accuracy": Ruler({"hit": 1, "correct_rest": 1}, {"hit": 1, "false_alarm": 1, "miss": 1, "correct_rest": 1}),
    "boundary_iou": Ruler({"edge_hit": 1}, {"edge_union": 1}),
    "false_area_without_hands": Ruler({"empty_false_share": 1}, {"empty_photos": 1}),
}
"""The mean over photos with hands of the hand's IoU; over all photos of the mean of hand's and background's; the share
of right pixels; the IoU of the bands along the edges, pooled; and the mean share of a handless photo that is called
hand."""

RULERS = POOLED | OTHERS


def sums_by_group(scores: Sequence[Score]) -> Sums:
    """The terms of each group's photos, (groups, terms), groups in the order of their names."""
    groups = sorted({score.group for score in scores})
    sums = np.zeros((len(groups), len(TERMS)))
    index = {group: row for row, group in enumerate(groups)}
    for score in scores:
        sums[index[score.group]] += terms(score)
    return sums


def terms(score: Score) -> NDArray[np.float64]:
    """What one photo adds to the sums."""
    pixels, edge = score.counts, score.edge
    rest = Counts(pixels.correct_rest, pixels.miss, pixels.false_alarm, pixels.hit)
    known = score.has_hand or score.hand_free
    return np.array(
        [
            pixels.hit,
            pixels.false_alarm,
            pixels.miss,
            pixels.correct_rest,
            edge.hit,
            edge.hit + edge.false_alarm + edge.miss,
            known,
            score.has_hand,
            score.has_hand * pixels.iou,
            known * (pixels.iou + rest.iou) / 2,
            score.hand_free,
            score.hand_free * score.false_share,
        ],
        np.float64,
    )


def _weights(of_terms: dict[str, float]) -> NDArray[np.float64]:
    return np.array([of_terms.get(term, 0.0) for term in TERMS])
