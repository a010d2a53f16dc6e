"""Weights between those before and after a training: what was learned without what was forgotten.

Wortsman et al., "Robust fine-tuning of zero-shot models" (arXiv:2109.01903). It works where the second training began
with the first weights.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import safetensors.torch
import torch

from handseg.models import build_model
from handseg.weights import ONNX, SAFETENSORS, Card, Weights
from training.export.agreement import ExportError
from training.export.cards import all_data, all_revisions
from training.export.folder import export


def blend(first: Weights, second: Weights, share: float, output: Path) -> Weights:
    """Write the weights folder of `share` (0..1) of `second` and the rest of `first`, that is used as `second` is.

    Raises ExportError if the two are of different networks, or under different licences.
    """
    if not 0 <= share <= 1:
        raise ExportError(f"the share is {share}; give a number from 0 to 1")
    for what in ("architecture", "mean", "std", "licence"):
        one, other = getattr(first.card, what), getattr(second.card, what)
        if one != other:
            raise ExportError(f"their {what} differs, {one} and {other}; blend weights before and after a training")
    network = build_model(second.card.architecture)
    network.load_state_dict(_between(*map(_state, (first, second)), share))
    return export(network, _card(first.card, second.card, share, output.name), output)


def _state(weights: Weights) -> dict[str, torch.Tensor]:
    return safetensors.torch.load(weights.read(SAFETENSORS))


def _between(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """Numbers that count something are the second's."""
    return {
        name: torch.lerp(first[name], value, share) if value.is_floating_point() else value
        for name, value in second.items()
    }


def _card(first: Card, second: Card, share: float, name: str) -> Card:
    return replace(
        second,
        name=name,
        training={**second.training, "blended_with": first.id, "share": share},
        training_data=all_data(second.training_data, first.training_data),
        dataset_revision=all_revisions(second.dataset_revision, first.dataset_revision),
        scores={},
        limitations="",
        serves=ONNX,
        int8={},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
