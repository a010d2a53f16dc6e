"""A Hub to push to, and weights that take no time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handseg.hub.place import HubPlace
from handseg.weights import CARD, ONNX, SAFETENSORS, Card, Weights
from tests.hub import StandInHub, stand_in_hub

REPO = "anna/hands"
SCORES = {
    "validation": {
        "photos": 20,
        "pooled": {"iou": 0.5, "f1": 0.6667, "precision": 0.6, "recall": 0.75},
        "mean_iou": 0.6,
        "false_area_without_hands": None,
        "intervals": {"iou": [0.4, 0.61], "f1": [0.5714, 0.7578], "mean_iou": [None, None]},
    },
    "command": "python -m training calibrate WEIGHTS --validation validation",
}
LEARNED = [
    {"source": "grocery", "licence": "MIT", "credit": "Marcus | Klasson", "photos": 111},
    {"source": "fingers", "licence": "CC BY-SA 4.0", "credit": "EPSRC", "photos": 38},
]
Made = Callable[..., Weights]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


@pytest.fixture
def place(hub: StandInHub) -> HubPlace:
    return HubPlace(REPO, hub.url, sleep=lambda _: None, kind="model", private=False)


@pytest.fixture
def weights(tmp_path: Path) -> Made:
    """Makes a weights folder of files of noise; `facts` go onto its card."""

    def make(seed: int = 0, files: tuple[str, ...] = (ONNX, SAFETENSORS), **facts: object) -> Weights:
        folder = tmp_path / f"weights-{seed}-{len(files)}"
        folder.mkdir(exist_ok=True)
        contents = {file: np.random.default_rng([seed, len(file)]).bytes(5000) for file in files}
        for file, content in contents.items():
            (folder / file).write_bytes(content)
        sha256 = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
        (folder / CARD).write_text(replace(card(), sha256=sha256, **facts).to_json())
        return Weights.open(folder)

    return make


def card() -> Card:
    return Card(
        name="mine",
        architecture="unet-mobilenetv3",
        side=352,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        threshold=0.45,
        licence="Apache-2.0",
        sha256={},
        training_data=json.loads(json.dumps(LEARNED)),
        dataset_revision="/srv/ann/hands@3f9ac04be1d277aa + bob/more@77aa (rows 0123456789ab)",
        scores=SCORES,
        limitations="Forearms are taken along.",
    )
