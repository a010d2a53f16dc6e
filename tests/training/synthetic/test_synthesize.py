from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.synthetic.fakes import FakeSetup
from training.sources.protocol import Wishes
from training.sources.renders import find
from training.synthetic.dataset import FolderWriter
from training.synthetic.plan import job
from training.synthetic.sheet import sheet
from training.synthetic.synthesize import SynthesisError, missing, synthesize


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}


def asked(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()]


def test_every_picture_has_a_mask_and_a_line_in_the_manifest(tmp_path: Path) -> None:
    made = synthesize(FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set"), seed=1, count=5)
    assert made == 5
    lines = [json.loads(line) for line in (tmp_path / "set" / "manifest.jsonl").read_text().splitlines()]
    assert [line["stem"] for line in lines] == [f"1-00000{number}" for number in range(5)]
    assert all(line["credits"] == ["Nobody (CC0)"] and line["kind"] for line in lines)
    for line in lines:
        mask = np.asarray(Image.open(tmp_path / "set" / "masks" / f"{line['stem']}.png"))
        assert mask.shape == (48, 64)
        assert set(np.unique(mask)) == {0, 255}


def test_training_reads_what_was_written_and_puts_something_behind_what_has_no_surroundings(tmp_path: Path) -> None:
    synthesize(FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set"), seed=1, count=4)
    first, second, *others = find(str(tmp_path / "set"), Wishes()).entries
    assert len(others) == 2
    assert first.read().photo.shape == (48, 64, 3)
    assert second.read().photo.shape == (48, 64, 3)


def test_finished_pictures_are_not_made_again(tmp_path: Path) -> None:
    setup, writer = FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set")
    synthesize(setup, writer, seed=1, count=3)
    before = contents(tmp_path)
    assert synthesize(setup, writer, seed=1, count=6) == 3
    assert asked(setup.log) == [0, 1, 2, 3, 4, 5]
    assert before.items() <= contents(tmp_path).items()


def test_a_line_torn_by_a_crash_is_removed_and_its_picture_made_again(tmp_path: Path) -> None:
    setup, writer = FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set")
    synthesize(setup, writer, seed=1, count=3)
    whole = contents(tmp_path)
    with writer.manifest.open("r+") as file:
        file.truncate(len(writer.manifest.read_text()) - 9)
    assert [each.number for each in missing(writer, 1, 3)] == [2]
    assert synthesize(setup, writer, seed=1, count=3) == 1
    assert contents(tmp_path) == whole
    assert len(writer.finished()) == 3


def test_files_without_a_line_are_written_anew_and_equal(tmp_path: Path) -> None:
    setup, writer = FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set")
    writer.store(job(1, 0), setup(job(1, 0)))
    before = contents(tmp_path)
    assert synthesize(setup, writer, seed=1, count=1) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_changes_no_bit(tmp_path: Path, workers: int) -> None:
    synthesize(FakeSetup(tmp_path / "log"), FolderWriter(tmp_path / "set"), seed=9, count=6, workers=workers)
    alone = {}
    for number in range(6):
        each = job(9, number)
        FolderWriter(tmp_path / "alone").store(each, FakeSetup(tmp_path / "other")(each))
    alone = contents(tmp_path / "alone")
    assert contents(tmp_path / "set") == alone


def test_a_picture_that_fails_is_told_in_the_manifest_and_stops_no_other(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "set")
    with pytest.raises(SynthesisError):
        synthesize(FakeSetup(tmp_path / "log", failing=(1,)), writer, seed=1, count=3)
    lines = [json.loads(line) for line in writer.manifest.read_text().splitlines()]
    assert lines[1]["failed"] == "ArithmeticError: no view is good"
    assert len(list((tmp_path / "set" / "images").iterdir())) == 2
    assert len(find(str(tmp_path / "set"), Wishes()).entries) == 2


def test_a_picture_that_failed_is_tried_again(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "set")
    with pytest.raises(
        SynthesisError, match="1 pictures failed, 1-000001 for one: ArithmeticError: no view is good; call"
    ):
        synthesize(FakeSetup(tmp_path / "log", failing=(1,)), writer, seed=1, count=3)
    assert synthesize(FakeSetup(tmp_path / "log"), writer, seed=1, count=3) == 1
    assert len(writer.finished()) == 3


def test_workers_are_replaced_before_they_have_kept_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.synthetic.synthesize.PICTURES_PER_PROCESS", 3)
    setup = FakeSetup(tmp_path / "log")
    assert synthesize(setup, FolderWriter(tmp_path / "set"), seed=1, count=7, workers=1) == 7
    assert sorted(asked(setup.log)) == list(range(7))


def test_progress_is_told_picture_by_picture(tmp_path: Path) -> None:
    seen: list[int] = []
    writer = FolderWriter(tmp_path / "set")
    synthesize(FakeSetup(tmp_path / "log"), writer, seed=1, count=4, on_picture=lambda: seen.append(1))
    assert len(seen) == 4


def test_a_sheet_shows_samples_of_any_number(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "set")
    with pytest.raises(SynthesisError):
        synthesize(FakeSetup(tmp_path / "log", failing=(0,)), writer, seed=1, count=10)
    page = tmp_path / "page.jpg"
    page.write_bytes(sheet(tmp_path / "set", side=32))
    assert Image.open(page).size == (8 * 32, 2 * 32)
