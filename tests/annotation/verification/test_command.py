"""The command as people call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from annotation.commands.verify import verify
from annotation.verification.measures import TILE, Measures
from annotation.verification.sight import look
from handseg.errors import HandsegError, OutputError
from handseg.masks import grow, to_png
from handseg.places.folder import FolderPlace
from tests.annotation.verification.planting import again, changed, clean, plain
from tests.pictures import drawn_mask, drawn_photo
from tests.records.filling import add, filled, row_of, rows

ROOT = Path(__file__).parents[3]
app = typer.Typer()
app.command()(verify)


def called(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)


def test_a_clean_dataset_passes(tmp_path: Path) -> None:
    place = filled(tmp_path)
    answer = called(tmp_path)
    assert answer.exit_code == 0
    assert answer.output == f"{tmp_path} at {place.resolve()[:12]}: 30 rows in 3 shards, 0 errors, 0 warnings\n"


def test_a_bad_dataset_fails_in_a_process_of_its_own_and_says_what_is_bad_without_a_traceback(tmp_path: Path) -> None:
    there = clean()
    changed(1, phash="0" * 16)(there)
    for number in range(6):
        there["train"][number]["image_sha256"] = f"{number:064x}"
    plain(tmp_path, there)
    program = "import typer; from annotation.commands.verify import verify; typer.run(verify)"
    arguments = [sys.executable, "-c", program, str(tmp_path), "--examples", "2"]
    answer = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == ""
    lines = answer.stdout.splitlines()
    assert lines[0] == "error: hash (6)"
    assert lines[1].startswith(
        f"    data/train/20261121T101500Z-5f2c9a1e.parquet row {there['train'][0]['id']}: the sha"
    )
    assert lines[3:5] == ["    and 4 more", "error: phash (1)"]
    assert lines[-1].endswith("18 rows in 3 shards, 7 errors, 0 warnings")


def test_warnings_alone_do_not_fail(tmp_path: Path) -> None:
    full = np.ones((12, 16), bool)
    filled(tmp_path, 3)
    photo = drawn_photo(12, 16)
    add(FolderPlace(tmp_path), row_of(photo, full, group_id="another film"))
    answer = called(tmp_path)
    assert answer.exit_code == 0
    assert answer.output.startswith("warning: full mask (1)\n")


def test_findings_can_be_had_as_json(tmp_path: Path) -> None:
    there = clean()
    again("train")(there)
    plain(tmp_path / "hands", there)
    assert called(tmp_path / "hands", "--json", tmp_path / "found.json").exit_code == 1
    told = json.loads((tmp_path / "found.json").read_text())
    assert (told["rows"], told["shards"], told["errors"], told["warnings"]) == (19, 3, 1, 0)
    assert told["kinds"] == [{"level": "error", "what": "duplicate photo", "count": 1}]
    assert told["findings"][0]["row"] == "0" * 32


def test_a_report_has_findings_a_plot_and_a_sheet_of_suspects(tmp_path: Path) -> None:
    filled(tmp_path / "hands", height=48, width=64)
    answer = called(tmp_path / "hands", "--report", tmp_path / "report")
    assert answer.exit_code == 0
    assert f"see {tmp_path}/report/masks.png" in answer.output
    assert json.loads((tmp_path / "report" / "findings.json").read_text())["errors"] == 0
    assert Image.open(tmp_path / "report" / "masks.png").size == (1200, 700)
    assert Image.open(tmp_path / "report" / "suspects.jpg").width == 5 * TILE


def test_a_report_of_nothing_suspicious_has_no_sheet(tmp_path: Path) -> None:
    filled(tmp_path / "hands", 3, group_id="a film", verdict="no_hand", mask=empty(), iou_model_human=0.0)
    answer = called(tmp_path / "hands", "--report", tmp_path / "report")
    assert answer.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["findings.json", "masks.png"]


def test_a_report_that_cannot_be_written_is_refused_before_the_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "hands", 3)
    (tmp_path / "file").touch()

    def never(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr("annotation.commands.verify.verified_from", never)
    for option, place in (("--report", "file"), ("--report", "file/report"), ("--json", "file/found.json")):
        answer = called(tmp_path / "hands", option, tmp_path / place)
        assert isinstance(answer.exception, OutputError)
        assert f"cannot write {tmp_path / place}" in str(answer.exception)


def empty() -> bytes:
    return to_png(np.zeros((12, 16), bool))


def test_the_worst_suspects_are_told_with_the_reason() -> None:
    measures, usual = Measures(), drawn_mask(96, 128)
    masks = {"small": np.zeros_like(usual), "large": np.ones_like(usual), "specked": usual.copy(), "unlike": usual}
    masks["small"][40:43, 50:53] = masks["specked"][2, 2] = masks["specked"][90, 5] = True
    masks["large"][:5] = False
    shown = dict.fromkeys(masks, usual) | {"unlike": np.roll(usual, 64, axis=1)}
    photo = drawn_photo(96, 128)
    found = {}
    for name, mask in masks.items():
        row = row_of(photo, mask, shown[name], id=name.encode().hex().ljust(32, "0"))
        found[row.id] = name
        measures.add(look("a", vars(row)), "train")
    for number in range(20):
        other = grow(usual, number - 10)
        measures.add(look("a", vars(row_of(photo, other, id=f"{number:032x}"))), "train")
    reasons = {found[suspect.row]: suspect.words for suspect in measures.suspects if suspect.row in found}
    assert reasons == {
        "small": "mask covers only 0.07%",
        "large": "mask covers 95%",
        "specked": "2 tiny islands",
        "unlike": "IoU 0.00 with the first mask",
    }
    assert all(suspect.row in found for suspect in measures.suspects)
    assert max(measures.suspects[0].photo.shape) == TILE


@pytest.mark.parametrize(("address", "words"), [("nowhere", "no dataset nowhere"), ("", "has a name")])
def test_what_is_no_dataset_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, words: str) -> None:
    monkeypatch.chdir(tmp_path)
    answer = called(address)
    assert isinstance(answer.exception, HandsegError)
    assert words in str(answer.exception)


def test_an_unknown_revision_is_told(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    assert "no revision 'v9'" in str(called(f"{tmp_path}@v9").exception)


def test_a_revision_is_verified_as_it_was(tmp_path: Path) -> None:
    place = filled(tmp_path, 6)
    place.tag("v1.0.0", "main")
    add(place, *rows(6, seed=1))
    assert ": 6 rows in " in called(f"{tmp_path}@v1.0.0").output
