"""From a run's checkpoint to a weights folder: averaged weights, ONNX, and the card with what is known."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import nn

from handseg.engines import OnnxEngine, TorchEngine
from handseg.models import build_model
from handseg.weights import CARD, ONNX, SAFETENSORS, Card, Weights
from training.train import MEAN, STD

LARGEST_DIFFERENCE = 1e-3
"""Between the probabilities of the two engines; a wider gap refuses the export."""


def averaged_network(run: Path) -> tuple[nn.Module, dict]:
    """The network of the run's moving average, in evaluation mode, and what the run knows of itself."""
    config = json.loads((run / "config.json").read_text())
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = build_model(config["architecture"])
    averaged = {key.removeprefix("module."): value for key, value in state["average"].items() if key != "n_averaged"}
    network.load_state_dict(averaged)
    return network.eval(), {**config, "images_seen": state["seen"]}


def export(network: nn.Module, card: Card, folder: Path) -> Weights:
    """Write the weights folder of `network`; `card` needs no sha256 yet. Replaces `folder` as a whole.

    Raises ValueError if the two engines disagree about the written files, or if `folder` holds something else.
    """
    if folder.exists() and not (folder / CARD).is_file():
        raise ValueError(f"{folder} exists and holds no weights; name a new folder, or one with a {CARD}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        partial = Path(temporary) / folder.name
        partial.mkdir()
        safetensors.torch.save_file({k: v.contiguous() for k, v in network.state_dict().items()}, partial / SAFETENSORS)
        _write_onnx(network, partial / ONNX)
        digests = {name: hashlib.sha256((partial / name).read_bytes()).hexdigest() for name in (ONNX, SAFETENSORS)}
        written = Weights(partial, replace(card, sha256=digests))
        (partial / CARD).write_text(written.card.to_json(), encoding="utf-8")
        _check_agreement(written)
        if folder.exists():
            os.replace(folder, Path(temporary) / "replaced")
        os.replace(partial, folder)
    return Weights.open(folder)


def new_card(name: str, about: dict, side: int, threshold: float = 0.5, **facts: object) -> Card:
    """A card for a network that was just trained; `about` comes from `averaged_network`."""
    return Card(
        name=name,
        architecture=about["architecture"],
        side=side,
        mean=MEAN,
        std=STD,
        threshold=threshold,
        licence="Apache-2.0",
        sha256={},
        training=about,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    )


def rewrite_card(weights: Weights, **changes: object) -> Weights:
    """Replace some of what the card in a folder says; the weights stay."""
    changed = Weights(weights.folder, replace(weights.card, **changes))
    partial = weights.folder / f"{CARD}.partial"
    partial.write_text(changed.card.to_json(), encoding="utf-8")
    os.replace(partial, weights.folder / CARD)
    return changed


def _write_onnx(network: nn.Module, path: Path) -> None:
    batch, height, width = (torch.export.Dim(name, min=1, max=64) for name in ("batch", "height", "width"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 3, 256, 320),),
            input_names=["photos"],
            output_names=["logits"],
            dynamic_shapes=({0: batch, 2: 32 * height, 3: 32 * width},),
            dynamo=True,
            verbose=False,
        )
    program.save(path)


def _check_agreement(weights: Weights) -> None:
    photos = np.random.default_rng(0).standard_normal((1, 3, 224, 416), dtype=np.float32)
    answers = [engine.logits(photos) for engine in (OnnxEngine(weights), TorchEngine(weights))]
    first, second = (1 / (1 + np.exp(-answer)) for answer in answers)
    gap = float(np.abs(first - second).max())
    if gap > LARGEST_DIFFERENCE:
        raise ValueError(
            f"ONNX Runtime and torch differ by {gap:.2g} on {weights.folder}; at most {LARGEST_DIFFERENCE}"
        )
