"""How much is learned by asking about a photo: where the model is unsure, or contradicts another view, ask first.

Three signs, each from 0 to 1, and the worst counts, since each sees what the others miss: a model can be sure and wrong
where another model disagrees; two models that learned from the same photos can agree on a mistake that the mirror image
gives away; and where all agree, the edge may still be vague.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask, distance_to
from handseg.metrics import count
from handseg.segmenter import Prediction

LONG_SIDE = 512
"""Doubt is measured on copies of this length; more pixels change it little."""

BAND = 0.015
"""The edge is looked at from this far, as a part of the diagonal."""


@dataclass(frozen=True)
class Doubt:
    """How much a photo is worth asking about, 0 to 1, and a short sentence for the annotator that says why."""

    value: float
    reason: str


def doubt(prediction: Prediction, other: Prediction | None = None, mirrored: Prediction | None = None) -> Doubt:
    """The doubt about a photo from the model's `prediction`, another model's, and the model's for the mirror image.

    All are of the photo's size; `mirrored` has been turned back.
    """
    small = prediction.shrunk(LONG_SIDE)
    mask = small.mask()
    signs = [Doubt(edge_entropy(small.probability, mask), "the edge is unsure")]
    if mirrored is not None:
        iou = count(mask, mirrored.shrunk(LONG_SIDE).mask()).iou
        signs.append(Doubt(1 - iou, f"the mirror image gives another mask (IoU {iou:.2f})"))
    if other is not None:
        iou = count(mask, other.shrunk(LONG_SIDE).mask()).iou
        signs.append(Doubt(1 - iou, f"two models disagree (IoU {iou:.2f})"))
    return max(signs, key=lambda sign: sign.value)


def edge_entropy(probability: NDArray[np.float32], mask: Mask) -> float:
    """The mean binary entropy, in bits, of a (H, W) probability near the mask's edge; 0 for a mask without an edge.

    >>> mask = np.arange(60).reshape(6, 10) % 10 < 5
    >>> edge_entropy(np.full((6, 10), 0.5, np.float32), mask), edge_entropy(mask.astype(np.float32), mask)
    (1.0, 0.0)
    """
    if mask.all() or not mask.any():
        return 0.0
    band = np.maximum(distance_to(mask), distance_to(~mask)) <= max(1.0, BAND * np.hypot(*mask.shape))
    p = probability[band].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.nan_to_num(-p * np.log2(p)) + np.nan_to_num(-(1 - p) * np.log2(1 - p))
    return float(np.clip(entropy.mean(), 0, 1))
