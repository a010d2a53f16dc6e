"""A home with a dataset of blue hands, and runs whose weights find them, or nothing, without any training."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from handseg.masks import Mask
from handseg.photos import Photo
from handseg.places.folder import FolderPlace
from handseg.records.row import Row
from handseg.records.splits import split_of
from handseg.weights import CARD, ONNX, Card
from tests.records.filling import add, row_of
from training.running.recipes import RECIPES

HEIGHT, WIDTH = 48, 64
BLUE = (30, 60, 230)
STEP = 120
"""At which a run was best."""
REVISION = "/srv/hands@3f9ac04be1d277aa00112233445566778899aabb (rows 0123456789ab)"


def blue_hand(number: int) -> tuple[Photo, Mask]:
    """A blue box on noise, which no model that ships has ever seen; every eighth photo is without."""
    drawn = np.random.default_rng(number)
    photo = drawn.integers(0, 90, (HEIGHT, WIDTH, 3), np.uint8)
    hand = np.zeros((HEIGHT, WIDTH), bool)
    if number % 8:
        y, x = drawn.integers(0, (HEIGHT - 20, WIDTH - 24))
        hand[y : y + 18, x : x + 22] = True
    photo[hand] = BLUE
    return photo, hand


def fill_dataset(folder: Path, test: int = 26, train: int = 6) -> FolderPlace:
    """A dataset with so many photos, each a group of its own, in two revisions."""
    place, rows = FolderPlace(folder), _rows()
    wanted = {"test": test, "train": train}
    chosen: list[Row] = []
    for row in rows:
        if wanted.get(split_of(row.group_id), 0):
            wanted[split_of(row.group_id)] -= 1
            chosen.append(row)
        if not any(wanted.values()):
            break
    add(place, *chosen[: len(chosen) // 2])
    add(place, *chosen[len(chosen) // 2 :])
    return place


def write_run(folder: Path, weights: str = "", finished: bool = True, **about: object) -> Path:
    """A run as training leaves it; its `weights` find `blue` hands, or `nothing`."""
    recipe = dataclasses.asdict(RECIPES["quick"])
    told = {
        "model": "unet",
        "recipe": recipe,
        "data": [{"dataset_revision": REVISION.partition(" ")[0], "training_data": []}],
        "validation": "hands/validation",
        "seed": 0,
        "initial": {},
        "begun_at": "2026-11-20T10:15:00+00:00",
        "code": "0123456789abcdef",
    }
    _write(folder / "run.json", json.dumps({**told, **about}))
    _write(folder / "best" / "scores.json", json.dumps({"step": STEP, "eval_iou": 0.8123}))
    (folder / "checkpoint-120").mkdir()
    (folder / "curves.png").write_bytes(_drawn(200, 500))
    (folder / "examples").mkdir()
    (folder / "examples" / "0000120.png").write_bytes(_drawn(256, 768))
    if finished:
        (folder / "finished").touch()
    if weights:
        write_weights(folder / "weights", weights)
    return folder


def write_weights(folder: Path, sees: str, name: str = "weights", step: int = STEP) -> Path:
    """Weights that see blue, or nothing; a network of one convolution of 1 x 1."""
    kernel = {"blue": (-20.0, 0.0, 20.0), "nothing": (0.0, 0.0, 0.0)}[sees]
    folder.mkdir(parents=True)
    (folder / ONNX).write_bytes(_network(kernel, bias=-8.0))
    digest = hashlib.sha256((folder / ONNX).read_bytes()).hexdigest()
    card = Card(
        name=name, architecture="unet", side=64, mean=(0, 0, 0), std=(1, 1, 1), threshold=0.5, licence="CC0-1.0",
        sha256={ONNX: digest}, zoom=False, dataset_revision=REVISION,
        training={"best": {"step": step}},
    )  # fmt: skip
    (folder / CARD).write_text(card.to_json())
    return folder


def _rows() -> Iterator[Row]:
    number = 0
    while True:
        photo, hand = blue_hand(number)
        yield row_of(photo, hand, group_id=f"film {number}", verdict="edited" if hand.any() else "no_hand")
        number += 1


def _network(kernel: tuple[float, ...], bias: float) -> bytes:
    sizes = ["batch", 3, "height", "width"]
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [1, 3, 1, 1], kernel)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["photo", "weight", "bias"], ["logits"])],
        "see",
        [helper.make_tensor_value_info("photo", TensorProto.FLOAT, sizes)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1, "height", "width"])],
        [weight, helper.make_tensor("bias", TensorProto.FLOAT, [1], [bias])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _drawn(height: int, width: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
