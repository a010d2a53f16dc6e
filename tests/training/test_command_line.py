"""The maintainer's command line as a whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from handseg.errors import HandsegError
from handseg.settings import SHIPPED
from handseg.weights import CARD
from tests.training.evaluation.drawing import Bright, Drawn, write_cases
from training.__main__ import app
from training.evaluation.report import Worst

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (f"calibrate {SHIPPED}/fast --validation a/photos --validation b/photos", "these are photos, photos"),
        (f"calibrate {SHIPPED}/fast --validation validation", "none of them validation"),
        ("synthesize --count 0 --output renders --sheet page.jpg", "a page of 0 pictures cannot be made"),
        ("export {assistant} weights --zoom", "trained an assistant"),
        ("export {assistant} weights --also 64 --also 96 --also 128", "3 sides are the most"),
        ("export {assistant} weights --validation photos", "give --int8, too, or neither"),
        ("export {assistant} weights --side 16", "'--side'"),
        ("blend accurate fast weights --int8 photos", "give --validation, too"),
        ("clicks --assistant hand --dataset d --images a --masks a --images b --masks b", "either --dataset, or"),
        ("evaluate --weights fast --images photos --threshold 5", "the threshold is 5"),
        ("evaluate --weights fast --images photos --json run.json/found.json", "cannot write run.json/found.json"),
        ("evaluate --weights fast --images photos --report run.json", "cannot write run.json/report.md"),
        ("evaluate --weights fast --images photos --json .", "cannot write .: Is a directory; choose another place"),
        ("clicks --assistant hand --dataset d --json run.json/found.json", "cannot write run.json/found.json"),
        ("preview --dataset d --output run.json/page.png", "cannot write run.json/page.png"),
        ("synthesize --output renders --sheet run.json/page.jpg", "cannot write run.json/page.jpg"),
        ("evaluate --weights fast --dataset d --masks m", "--masks belongs to --images"),
        ("train --dataset d --model unet --output run --side 100", "the side is 100 pixels"),
        ("train --dataset d --model unet --output run --seed -1", "'--seed'"),
        ("preview --dataset d --output page.png --side 0", "'--side'"),
        ("assistant --dataset d --output run --samples 2", "2 samples in steps of 8 do not make one step"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"model": "prompted-unet-efficientnet-lite2"}))
    ended = CliRunner().invoke(app, asked.format(assistant=tmp_path).split())
    words = str(ended.exception) if isinstance(ended.exception, HandsegError) else ended.stderr
    assert ended.exit_code
    assert told in " ".join(words.split())


def test_a_threshold_is_not_chosen_on_photos_without_hands(tmp_path: Path) -> None:
    weights = Path(shutil.copytree(SHIPPED / "fast", tmp_path / "weights"))
    write_cases(tmp_path / "desk", Drawn(0, empty=2))
    ended = CliRunner().invoke(app, ["calibrate", str(weights), "--validation", str(tmp_path / "desk")])
    assert f"no photo of {tmp_path / 'desk' / 'images'} shows a hand" in str(ended.exception)
    assert (weights / CARD).read_text() == (SHIPPED / "fast" / CARD).read_text()


def test_the_time_to_measure_a_model_is_not_told_as_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_cases(tmp_path / "desk", Drawn(1))
    monkeypatch.setattr("training.commands.measuring._predictor", lambda _: Bright())
    monkeypatch.setattr(Worst, "look", lambda *_: time.sleep(0.5))
    folders = ["--images", str(tmp_path / "desk/images"), "--masks", str(tmp_path / "desk/masks")]
    ended = CliRunner().invoke(app, ["evaluate", "--weights", "bright", *folders])
    assert 0 <= json.loads(ended.stdout)["seconds_per_photo"] < 0.5


def test_a_photo_of_too_many_pixels_is_refused_in_one_line(tmp_path: Path) -> None:
    Image.new("1", (10_000, 9_500)).save(tmp_path / "poster.png")  # more than Pillow takes without a warning
    command = [sys.executable, "-m", "training", "evaluate", "--weights", "fast", "--images", str(tmp_path)]
    [refused] = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr.splitlines()
    assert "10000 x 9500 is 95.0 megapixels" in refused
