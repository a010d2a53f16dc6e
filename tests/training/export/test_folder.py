from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from handseg.engines import OnnxEngine, ProgramEngine, TorchEngine, start_engine
from handseg.errors import OutputError, WeightsError
from handseg.segmenter import Segmenter
from handseg.weights import CARD, ONNX, PROGRAM, SAFETENSORS, Weights
from tests.models.tiny import TINY
from tests.pictures import drawn_photo
from tests.training.export.conftest import Exported, NotFinite, Reddish, card
from training.export import ExportError, export
from training.export.agreement import LARGEST_DIFFERENCE, difference
from training.export.folder import write_whole_folder
from training.export.programs import trace, write_onnx

FAMILIES = [family for family in TINY if family != "lraspp"]
"""A fresh LR-ASPP answers nearly the same everywhere; see below."""


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_becomes_files_that_agree_on_photos_of_any_size(family: str, exported: Exported) -> None:
    weights = exported(family)
    assert set(weights.card.sha256) == {ONNX, PROGRAM, SAFETENSORS}
    exact, onnx, program = TorchEngine(weights), OnnxEngine(weights, 1), ProgramEngine(weights)
    for size in ((32, 32), (64, 160), (288, 96)):
        photos = np.random.default_rng(1).standard_normal((3, 3, *size), dtype=np.float32)
        probabilities = [1 / (1 + np.exp(-engine.logits(photos))) for engine in (exact, onnx, program)]
        variation = float(probabilities[0].std())
        assert variation > 0.005
        for other in probabilities[1:]:
            closeness = min(LARGEST_DIFFERENCE, variation / 50)
            np.testing.assert_allclose(other, probabilities[0], rtol=0, atol=closeness)


def test_lr_aspp_becomes_files_that_the_export_finds_to_agree(tmp_path: Path) -> None:
    weights = export(TINY["lraspp"](), card("lraspp"), tmp_path / "weights")
    assert set(weights.card.sha256) == {ONNX, SAFETENSORS}


def test_the_same_segmenter_takes_each_engine(exported: Exported) -> None:
    weights = exported("unet")
    first, *others = (
        Segmenter(weights.card, engine).predict(drawn_photo()).probability
        for engine in (TorchEngine(weights), OnnxEngine(weights), ProgramEngine(weights))
    )
    for other in others:
        np.testing.assert_allclose(other, first, rtol=0, atol=LARGEST_DIFFERENCE)


def test_a_program_holds_no_pickle(exported: Exported) -> None:
    with zipfile.ZipFile(exported("vit").folder / PROGRAM) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    told = {name: content for name, content in members.items() if "/weight_" not in name}
    assert not any(content.startswith((b"PK", b"\x80")) for content in told.values())
    assert b'"use_pickle": true' not in b"".join(told.values())


def test_a_program_is_code_and_is_not_taken_from_a_folder_unasked(exported: Exported) -> None:
    weights = exported("sure")
    only = replace(weights.card, sha256={PROGRAM: weights.card.sha256[PROGRAM]})
    with pytest.raises(WeightsError, match=f"lists no {SAFETENSORS}"):
        start_engine(Weights(weights.folder, only), "cpu")


def test_a_damaged_program_is_named(tmp_path: Path) -> None:
    (tmp_path / PROGRAM).write_bytes(b"rubbish")
    sha256 = {PROGRAM: hashlib.sha256(b"rubbish").hexdigest()}
    with pytest.raises(WeightsError, match=f"cannot load {tmp_path / PROGRAM}"):
        ProgramEngine(Weights(tmp_path, replace(card("vit"), sha256=sha256)))


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    export(Reddish(20), card("sure"), folder, program=True)
    first = (folder / SAFETENSORS).read_bytes()
    export(Reddish(20), card("sure"), folder)
    assert {path.name for path in folder.iterdir()} == {CARD, ONNX, SAFETENSORS}
    assert (folder / SAFETENSORS).read_bytes() != first
    assert list(tmp_path.iterdir()) == [folder]


def write(folder: Path, content: bytes) -> None:
    """Weights that are one file, which nobody checks."""
    write_whole_folder(card("sure"), folder, lambda partial: (partial / ONNX).write_bytes(content), lambda _: None)


def refuse(_: Weights) -> None:
    raise ExportError("they disagree")


def break_renaming(monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int, failures: int) -> None:
    """Renaming works `after` times, and then fails `failures` times."""
    rename, count = os.replace, 0

    def replace_or_fail(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if after < count <= after + failures:
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace_or_fail)


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize(
    ("error", "told"), [(OSError("no room"), OutputError), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_what_stops_the_replacing_leaves_the_old_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, told: type[BaseException], after: int
) -> None:
    folder = tmp_path / "weights"
    write(folder, b"old")
    break_renaming(monkeypatch, error, after, failures=1)
    with pytest.raises(told):
        write(folder, b"new")
    assert Weights.open(folder).read(ONNX) == b"old"
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_process_left_that_was_killed_between_old_and_new_weights_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "weights"
    write(folder, b"old")
    with monkeypatch.context() as patched:
        break_renaming(patched, KeyboardInterrupt(), after=1, failures=9)  # nor can it tidy up
        with pytest.raises(KeyboardInterrupt):
            write(folder, b"new")
    assert not folder.exists()
    with pytest.raises(ExportError, match="disagree"):
        write_whole_folder(card("sure"), folder, lambda _: None, refuse)
    assert Weights.open(folder).read(ONNX) == b"old"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_link_to_weights_stays_and_leads_to_the_new_ones(tmp_path: Path) -> None:
    write(tmp_path / "weights", b"old")
    (tmp_path / "link").symlink_to(tmp_path / "weights")
    write(tmp_path / "link", b"new")
    assert Weights.open(tmp_path / "weights").read(ONNX) == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "weights"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(ExportError, match="holds no weights; name a new folder"):
        export(Reddish(1), card("sure"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_engines_that_disagree_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    """What is traced here is not what the card's architecture computes."""
    with pytest.raises(ExportError, match=r"OnnxEngine and torch differ by 0\.\d+ on weights"):
        export(Reddish(1), card("unsure"), tmp_path / "weights")
    assert not list(tmp_path.iterdir())


def test_a_network_whose_answers_are_no_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="differ by nan on weights"):
        export(NotFinite(), card("not-finite"), tmp_path / "weights")


def test_the_difference_is_that_of_probabilities() -> None:
    class Constant:
        device = "cpu"

        def __init__(self, logit: float) -> None:
            self.logit = logit

        def logits(self, photos: np.ndarray) -> np.ndarray:
            return np.full((len(photos), 1, *photos.shape[2:]), self.logit, np.float32)

    expected = abs(F.sigmoid(torch.tensor(2.0)) - F.sigmoid(torch.tensor(-1.0))).item()
    assert difference(Constant(2), Constant(-1)) == pytest.approx(expected)
    assert np.isnan(difference(Constant(2), Constant(float("nan"))))


def test_no_file_tells_the_folders_of_whoever_exported_it(tmp_path: Path) -> None:
    write_onnx(trace(TINY["unet"]().eval()), tmp_path / ONNX)
    assert str(Path(__file__).parents[3]).encode() not in (tmp_path / ONNX).read_bytes()
