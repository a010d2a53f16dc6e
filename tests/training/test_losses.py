from __future__ import annotations

import pytest
import torch

from training.losses import cross_entropy, dice, hand_loss
from training.sources.labels import HAND, IGNORE


def labels_with_a_hand() -> torch.Tensor:
    labels = torch.zeros(2, 12, 16, dtype=torch.uint8)
    labels[:, 3:8, 4:10] = HAND
    return labels


def logits_for(labels: torch.Tensor, sureness: float = 12.0) -> torch.Tensor:
    return ((labels == HAND).float() * 2 - 1).unsqueeze(1) * sureness


def test_the_truth_costs_almost_nothing_and_its_opposite_much() -> None:
    labels = labels_with_a_hand()
    assert hand_loss(logits_for(labels), labels) < 0.02
    assert hand_loss(-logits_for(labels), labels) > 5


def test_ignored_pixels_have_no_gradient() -> None:
    labels = labels_with_a_hand()
    labels[:, :, 12:] = IGNORE
    logits = torch.zeros(2, 1, 12, 16, requires_grad=True)
    hand_loss(logits, labels).backward()
    assert (logits.grad[..., 12:] == 0).all()
    assert (logits.grad[..., :12] != 0).all()


def test_a_batch_without_hands_still_teaches() -> None:
    logits = torch.zeros(2, 1, 12, 16, requires_grad=True)
    hand_loss(logits, torch.zeros(2, 12, 16, dtype=torch.uint8)).backward()
    assert (logits.grad > 0).all()


def test_a_batch_that_is_ignored_throughout_is_finite() -> None:
    labels = torch.full((2, 12, 16), IGNORE, dtype=torch.uint8)
    assert torch.isfinite(hand_loss(torch.zeros(2, 1, 12, 16), labels))


def test_the_terms_are_those_of_the_formulas() -> None:
    logits, hand = torch.tensor([[[[0.3, -1.2]]]]), torch.tensor([[[[1.0, 0.0]]]])
    known = torch.ones_like(hand)
    probability = logits.sigmoid()
    expected = -(probability[..., 0].log() + (1 - probability[..., 1]).log()).mean() / 2
    assert cross_entropy(logits, hand, known).item() == pytest.approx(expected.item())
    expected = 1 - (2 * probability[..., 0] + 1) / (probability.sum() + 2)
    assert dice(logits, hand, known).item() == pytest.approx(expected.item())
