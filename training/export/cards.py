"""The card of weights that were just trained."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import nn

from handseg.models import build_model
from handseg.models.initial import Origin
from handseg.outputs import write_whole
from handseg.weights import CARD, Card, Weights
from training.running.objective import MEAN, STD

OURS = "Apache-2.0"


def averaged_network(run: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The network of the run's moving average, in evaluation mode, and what the run knows of itself."""
    config = json.loads((run / "config.json").read_text())
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = build_model(config["architecture"])
    averaged = {key.removeprefix("module."): value for key, value in state["average"].items() if key != "n_averaged"}
    network.load_state_dict(averaged)
    return network.eval(), {**config, "images_seen": state["seen"]}


def new_card(
    name: str, about: dict[str, Any], side: int, threshold: float = 0.5, origin: Origin | None = None, **facts: Any
) -> Card:
    """A card for a network that was just trained; `about` has its `architecture`, `origin` its initial weights.

    What began with weights whose licence may not allow use at work is under that licence, and the card says so.
    """
    return Card(
        name=name,
        architecture=about["architecture"],
        side=side,
        mean=MEAN,
        std=STD,
        threshold=threshold,
        licence=_licence(origin),
        sha256={},
        training=about,
        initial=origin.to_card() if origin else {},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    )


def rewrite_card(weights: Weights, **changes: Any) -> Weights:
    """Replace some of what the card in a folder says; the weights stay."""
    changed = Weights(weights.folder, replace(weights.card, **changes))
    write_whole(weights.folder / CARD, changed.card.to_json().encode())
    return changed


def _licence(origin: Origin | None) -> str:
    return f"{origin.licence} (that of {origin.source})" if origin and origin.warning else OURS
