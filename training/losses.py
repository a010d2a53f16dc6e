"""What training minimises: binary cross-entropy, Dice, and a stress on edges; ignored pixels count in none.

Shapes: logits float32 (B, 1, H, W); labels uint8 (B, H, W), 0 background, 127 ignore, 255 hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from training.sources.labels import HAND, IGNORE

EDGE = 0.01
"""Of the diagonal: how far from an edge of the label a pixel still counts for the edge term."""


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts."""

    cross_entropy: float = 1.0
    dice: float = 1.0
    boundary: float = 0.0


def hand_loss(logits: Tensor, labels: Tensor, weights: LossWeights | None = None) -> Tensor:
    """The weighted sum of the terms, a scalar.

    Cross-entropy gives hand-free photos a gradient, where Dice has almost none.
    """
    weights = weights or LossWeights()
    known = (labels != IGNORE).unsqueeze(1).float()
    hand = (labels == HAND).unsqueeze(1).float()
    loss = weights.cross_entropy * cross_entropy(logits, hand, known)
    if weights.dice:
        loss = loss + weights.dice * dice(logits, hand, known)
    if weights.boundary:
        loss = loss + weights.boundary * cross_entropy(logits, hand, known * edges(hand, known))
    return loss


def cross_entropy(logits: Tensor, hand: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy over the known pixels."""
    each = F.binary_cross_entropy_with_logits(logits, hand, reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1)


def dice(logits: Tensor, hand: Tensor, known: Tensor, smooth: float = 1.0) -> Tensor:
    """One minus soft Dice pooled over the batch, after Milletari et al. (arXiv:1606.04797)."""
    probability = logits.sigmoid() * known
    overlap = (probability * hand).sum()
    return 1 - (2 * overlap + smooth) / (probability.sum() + (hand * known).sum() + smooth)


def edges(hand: Tensor, known: Tensor) -> Tensor:
    """The band of pixels near both known hand and known background, float (B, 1, H, W), 1 in it."""
    height, width = hand.shape[-2:]
    reach = max(1, round(EDGE * float(height**2 + width**2) ** 0.5))
    near_hand, near_background = (
        F.max_pool2d(each, 2 * reach + 1, stride=1, padding=reach) for each in (hand, known * (1 - hand))
    )
    return near_hand * near_background
