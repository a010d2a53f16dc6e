from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handseg.engines import OnnxEngine, TorchEngine, start_engine
from handseg.errors import SettingError, WeightsError
from handseg.settings import SHIPPED
from handseg.weights import INT8, ONNX, SAFETENSORS, Card, Weights
from tests.assistants.tiny import save_tiny_hand

ROOT = Path(__file__).parent.parent
SHIPPED_MODELS = ("accurate", "fast")
CLOSE = 1e-3


def probabilities(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def photos(height: int, width: int, count: int = 1) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, 3, height, width), dtype=np.float32)


@pytest.mark.parametrize("name", SHIPPED_MODELS)
@pytest.mark.parametrize("size", [(224, 320), (416, 256), (32, 64)])
def test_both_engines_give_the_same_answers(name: str, size: tuple[int, int]) -> None:
    weights = Weights.open(SHIPPED / name)
    ours, theirs = OnnxEngine(weights), TorchEngine(weights)
    given = photos(*size)
    np.testing.assert_allclose(
        probabilities(ours.logits(given)), probabilities(theirs.logits(given)), rtol=0, atol=CLOSE
    )


@pytest.mark.gpu
@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_a_gpu_gives_the_same_answers(name: str) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    weights = Weights.open(SHIPPED / name)
    given = photos(224, 320)
    on_cpu, on_gpu = (start_engine(weights, device).logits(given) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(probabilities(on_cpu), probabilities(on_gpu), rtol=0, atol=CLOSE)


def test_an_assistant_is_no_model_that_finds_hands_by_itself(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="as it takes photos, prompts; if it is an assistant, name it by"):
        OnnxEngine(Weights.open(save_tiny_hand(tmp_path / "hand")))


@pytest.mark.parametrize("engine", [OnnxEngine, TorchEngine])
def test_every_engine_takes_several_photos_at_once(engine: type) -> None:
    given = photos(64, 96, count=2)
    logits = engine(Weights.open(SHIPPED / "fast")).logits(given)
    assert logits.shape == (2, 1, 64, 96)
    assert logits.dtype == np.float32


def test_a_gpu_that_is_not_there_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingError, match="no CUDA GPU"):
        start_engine(Weights.open(SHIPPED / "fast"), "cuda")


def test_auto_takes_onnx_runtime_where_there_is_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handseg.engines.shutil.which", lambda _: None)
    assert isinstance(start_engine(Weights.open(SHIPPED / "fast"), "auto"), OnnxEngine)


def test_weights_without_onnx_run_on_torch(tmp_path: Path) -> None:
    shipped = Weights.open(SHIPPED / "fast")
    (tmp_path / SAFETENSORS).write_bytes(shipped.read(SAFETENSORS))
    only = Card(**{**vars(shipped.card), "sha256": {SAFETENSORS: shipped.card.sha256[SAFETENSORS]}})
    assert start_engine(Weights(tmp_path, only), "cpu").logits(photos(32, 64)).shape == (1, 1, 32, 64)


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    import hashlib

    rubbish = b"this is no network"
    (tmp_path / ONNX).write_bytes(rubbish)
    shipped = Weights.open(SHIPPED / "fast").card
    card = Card(**{**vars(shipped), "sha256": {ONNX: hashlib.sha256(rubbish).hexdigest()}})
    with pytest.raises(WeightsError, match=f"cannot load {tmp_path / ONNX}"):
        OnnxEngine(Weights(tmp_path, card))


def test_weights_of_another_architecture_are_refused() -> None:
    fast = Weights.open(SHIPPED / "fast")
    mistaken = Weights(fast.folder, Card(**{**vars(fast.card), "architecture": "segformer-b0"}))
    with pytest.raises(WeightsError, match="does not fit the architecture segformer-b0"):
        TorchEngine(mistaken)


def folder_with(path: Path, **facts: object) -> Weights:
    """A folder with two files for ONNX Runtime; the one in 8 bits is another network, so as to tell them apart."""
    import hashlib

    for file, name in ((ONNX, "fast"), (INT8, "accurate")):
        (path / file).write_bytes(Weights.open(SHIPPED / name).read(ONNX))
    digests = {file: hashlib.sha256((path / file).read_bytes()).hexdigest() for file in (ONNX, INT8)}
    return Weights(path, replace(Weights.open(SHIPPED / "fast").card, **{"sha256": digests, **facts}))


@pytest.mark.parametrize(("serves", "name"), [(ONNX, "fast"), (INT8, "accurate")])
def test_the_card_says_which_file_serves_on_a_cpu(serves: str, name: str, tmp_path: Path) -> None:
    weights, given = folder_with(tmp_path, serves=serves), photos(64, 96)
    expected = OnnxEngine(Weights.open(SHIPPED / name)).logits(given)
    np.testing.assert_array_equal(start_engine(weights, "cpu").logits(given), expected)


def test_a_folder_without_the_file_that_shall_serve_serves_the_other(tmp_path: Path) -> None:
    weights, given = folder_with(tmp_path), photos(64, 96)
    for present, missing in ((ONNX, INT8), (INT8, ONNX)):
        sha256 = {present: weights.card.sha256[present]}
        partial = Weights(tmp_path, replace(weights.card, serves=missing, sha256=sha256))
        expected = OnnxEngine(weights, file=present).logits(given)
        np.testing.assert_array_equal(start_engine(partial, "cpu").logits(given), expected)


def test_8_bits_are_verified_as_every_file_is(tmp_path: Path) -> None:
    weights = folder_with(tmp_path, serves=INT8)
    (tmp_path / INT8).write_bytes((tmp_path / INT8).read_bytes()[:-1])
    with pytest.raises(WeightsError, match=f"{tmp_path / INT8} is not the one its card describes"):
        start_engine(weights, "cpu")


def test_onnx_runtime_notes_nothing_about_who_uses_it(tmp_path: Path) -> None:
    """Unless it is told not to, it keeps an id of the machine and what was run in the user's home, to be sent away."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    program = "from handseg import open_segmenter; open_segmenter()"
    given = {**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=given, check=True)
    assert not list(tmp_path.iterdir())
