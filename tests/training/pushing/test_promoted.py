"""A promotion that is pushed, too, as the process that people start."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import onnx
import pytest
from huggingface_hub import ModelCard

from handseg.places.folder import FolderPlace
from handseg.readme import README
from handseg.records.splits import split_of
from handseg.settings import Settings
from handseg.weights import CARD, ONNX, Card, choose
from tests.hub import Faults, StandInHub
from tests.records.filling import add, row_of
from tests.training.pushing.conftest import REPO
from tests.training.pushing.test_commands import refused, told, training


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Blue hands, of which there are enough to judge by."""
    films = (f"film {number}" for number in itertools.count())
    groups = itertools.islice((film for film in films if split_of(film) == "test"), 24)
    rows = []
    for number, group in enumerate(groups):
        drawn = np.random.default_rng(number)
        photo, hand = drawn.integers(0, 90, (48, 64, 3), np.uint8), np.zeros((48, 64), bool)
        y, x = drawn.integers(0, (28, 40))
        hand[y : y + 18, x : x + 22] = True
        photo[hand] = (30, 60, 230)
        rows.append(row_of(photo, hand, group_id=group))
    add(FolderPlace(tmp_path / "photos"), *rows)
    return tmp_path / "photos"


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Weights that call blue a hand, for ONNX Runtime alone."""
    folder = tmp_path / "blue"
    folder.mkdir()
    photos, logits = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["b", channels, "h", "w"])
        for name, channels in (("photos", 3), ("logits", 1))
    )
    kernel = onnx.helper.make_tensor("kernel", onnx.TensorProto.FLOAT, (1, 3, 1, 1), [0.0, 0.0, 40.0])
    bias = onnx.helper.make_tensor("bias", onnx.TensorProto.FLOAT, (1,), [-24.0])
    node = onnx.helper.make_node("Conv", ["photos", "kernel", "bias"], ["logits"])
    graph = onnx.helper.make_graph([node], "blue", [photos], [logits], [kernel, bias])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    content = model.SerializeToString()
    sha256 = {ONNX: hashlib.sha256(content).hexdigest()}
    card = Card("blue", "unet", 64, (0.0,) * 3, (1.0,) * 3, 0.5, "Apache-2.0", sha256, zoom=False)
    (folder / ONNX).write_bytes(content)
    (folder / CARD).write_text(card.to_json())
    return folder


def promote(hub: StandInHub, home: Path, candidate: object, dataset: Path, *options: str) -> CompletedProcess[str]:
    given = {"HANDSEG_DEVICE": "cpu", "HANDSEG_MODELS": ""}
    return training(hub, home, "promote", candidate, "--dataset", dataset, *options, **given)


def test_what_was_promoted_is_pushed_with_the_proof_on_its_card(
    hub: StandInHub, tmp_path: Path, dataset: Path, candidate: Path
) -> None:
    answered = told(promote(hub, tmp_path, candidate, dataset, "--push", REPO))
    assert f"pushed accurate@{Card.from_json((candidate / CARD).read_text()).sha256[ONNX][:12]} to {REPO}" in answered
    files = hub.models[REPO].files()
    assert files[ONNX] == (candidate / ONNX).read_bytes()
    result = ModelCard(files[README].decode()).data.to_dict()["model-index"][0]["results"][0]
    assert result["dataset"]["name"].startswith("photos@")
    assert result["metrics"][0]["value"] > 0.9
    assert str(tmp_path).encode() not in files[CARD]
    assert hub.models[REPO].private
    again = promote(hub, tmp_path, REPO, dataset)
    refused(again, 1)
    assert "not shown to be better" in again.stdout


def test_a_push_that_fails_leaves_the_promotion_and_says_what_to_call(
    hub: StandInHub, tmp_path: Path, dataset: Path, candidate: Path
) -> None:
    assert "not a repository name" in refused(promote(hub, tmp_path, candidate, dataset, "--push", "no name"))
    hub.tokens = {"hf_other": "write"}
    failed = promote(hub, tmp_path, candidate, dataset, "--push", REPO)
    assert "it was promoted, but not pushed" in refused(failed, 3)
    assert f"python -m training push accurate {REPO} --private" in failed.stderr
    assert "promoted: the app's accurate is now" in failed.stdout
    assert choose(Settings(home=tmp_path / "data")).card.architecture == "unet"
    hub.tokens = {}
    hub.faults = Faults(share=1, kinds=("stale_412",), limit=1)
    assert f"to {REPO}" in told(training(hub, tmp_path, "push", "accurate", REPO, HANDSEG_MODELS=""))
    assert hub.models[REPO].files()[ONNX] == (candidate / ONNX).read_bytes()
