"""What training minimises: binary cross-entropy, plus Dice; ignored pixels count in neither.

Shapes: logits float32 (B, 1, H, W); labels uint8 (B, H, W), 0 background, 127 ignore, 255 hand.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from training.sources.examples import HAND, IGNORE


def hand_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """The sum of both terms, a scalar. Cross-entropy gives hand-free photos a gradient, where Dice has almost none."""
    known = (labels != IGNORE).unsqueeze(1).float()
    hand = (labels == HAND).unsqueeze(1).float()
    return cross_entropy(logits, hand, known) + dice(logits, hand, known)


def cross_entropy(logits: Tensor, hand: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy over the known pixels."""
    each = F.binary_cross_entropy_with_logits(logits, hand, reduction="none")
    return (each * known).sum() / known.sum().clamp(min=1)


def dice(logits: Tensor, hand: Tensor, known: Tensor, smooth: float = 1.0) -> Tensor:
    """One minus soft Dice pooled over the batch, after Milletari et al. (arXiv:1606.04797)."""
    probability = logits.sigmoid() * known
    overlap = (probability * hand).sum()
    return 1 - (2 * overlap + smooth) / (probability.sum() + (hand * known).sum() + smooth)
