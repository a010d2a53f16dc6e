from __future__ import annotations

import pytest
import torch

from training.losses import LossWeights, cross_entropy, dice, hand_loss
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


def test_the_edge_term_teaches_at_known_pixels_near_an_edge_and_nowhere_else() -> None:
    """Within a hundredth of the diagonal, one pixel here; where the photo ends, or doubt begins, is no edge."""
    labels = torch.zeros(1, 60, 80, dtype=torch.uint8)
    labels[:, 20:40, 50:] = HAND
    labels[:, :20] = IGNORE
    logits = torch.zeros(1, 1, 60, 80, requires_grad=True)
    hand_loss(logits, labels, LossWeights(cross_entropy=0, dice=0, boundary=1)).backward()
    band = torch.zeros(60, 80, dtype=torch.bool)
    band[20:41, 49:] = True
    band[20:39, 51:] = False
    assert torch.equal(logits.grad[0, 0] != 0, band)


def test_the_weights_say_how_much_each_term_counts() -> None:
    labels, logits = labels_with_a_hand(), torch.linspace(-2, 2, 2 * 12 * 16).reshape(2, 1, 12, 16)
    alone = [hand_loss(logits, labels, LossWeights(*weights)) for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    whole = hand_loss(logits, labels, LossWeights(2, 3, 0.5))
    torch.testing.assert_close(whole, 2 * alone[0] + 3 * alone[1] + 0.5 * alone[2])


def test_the_terms_are_those_of_the_formulas() -> None:
    logits, hand = torch.tensor([[[[0.3, -1.2]]]]), torch.tensor([[[[1.0, 0.0]]]])
    known = torch.ones_like(hand)
    probability = logits.sigmoid()
    expected = -(probability[..., 0].log() + (1 - probability[..., 1]).log()).mean() / 2
    assert cross_entropy(logits, hand, known).item() == pytest.approx(expected.item())
    expected = 1 - (2 * probability[..., 0] + 1) / (probability.sum() + 2)
    assert dice(logits, hand, known).item() == pytest.approx(expected.item())
