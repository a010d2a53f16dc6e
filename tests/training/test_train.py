from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from handseg.segmenter import Prediction
from handseg.settings import Settings
from handseg.weights import installed
from tests.pictures import drawn_mask, drawn_photo, encoded
from training.evaluate import collection as read_collection
from training.evaluate import measure
from training.samples import Material
from training.skin_rule import SkinRule
from training.train import Recipe, Run

ROOT = Path(__file__).parent.parent.parent
RECIPE = Recipe("lraspp-mobilenetv3", images=48, side=64, batch=8, warmup=16)


def advance(run: Run, material: Material) -> Run:
    run.advance(material, workers=0, report_every=2)
    return run


def weights_of(run: Run) -> torch.Tensor:
    return torch.cat([value.detach().flatten().float() for value in run.average.state_dict().values()])


def training(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(material: Material, tmp_path: Path) -> None:
    whole = advance(Run(RECIPE, tmp_path / "whole"), material)
    first = Run(RECIPE, tmp_path / "parts")

    def stop_after_half(_: int) -> None:
        if first.seen == RECIPE.images // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.advance(material, workers=0, save_every=1, on_step=stop_after_half)
    second = Run(RECIPE, tmp_path / "parts")
    second.resume()
    assert 0 < second.seen < RECIPE.images
    assert torch.equal(weights_of(advance(second, material)), weights_of(whole))


def test_a_run_s_folder_says_what_was_asked_and_what_happened(material: Material, tmp_path: Path) -> None:
    advance(Run(RECIPE, tmp_path), material)
    assert json.loads((tmp_path / "config.json").read_text())["architecture"] == RECIPE.architecture
    lines = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert [line["images"] for line in lines] == [16, 32, 48]
    assert all(np.isfinite(line["loss"]) for line in lines)


def test_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    recipe = Recipe("lraspp-mobilenetv3", images=10_000, warmup=1_000, cooldown=0.4)
    rates = [recipe.rate(seen) for seen in range(0, 10_001, 500)]
    assert rates[0] < rates[1] < rates[2] == recipe.learning_rate
    assert rates[11] == recipe.learning_rate
    assert all(later < earlier for earlier, later in pairwise(rates[12:]))
    assert rates[-1] == pytest.approx(0)


def test_a_killed_process_leaves_a_state_to_resume_from(collection: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "train", "--photos", collection, "--model", "lraspp-mobilenetv3"]
    command += ["--output", tmp_path / "run", "--images", "100000", "--side", "64", "--batch", "2", "--workers", "1"]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 200
    while not (tmp_path / "run" / "checkpoint.pt").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    run = Run(Recipe("lraspp-mobilenetv3", images=100_000, side=64, batch=2), tmp_path / "run")
    run.resume()
    assert run.seen > 0


def test_a_run_is_not_resumed_with_another_recipe(material: Material, tmp_path: Path) -> None:
    advance(Run(RECIPE, tmp_path), material)
    with pytest.raises(ValueError, match="trained with batch 8, not 16"):
        Run(replace(RECIPE, batch=16), tmp_path).resume()


def test_a_run_is_not_started_over_by_mistake(material: Material, collection: Path, tmp_path: Path) -> None:
    advance(Run(RECIPE, tmp_path), material)
    answer = training("train", "--photos", collection, "--model", "lraspp-mobilenetv3", "--output", tmp_path)
    assert answer.returncode != 0
    assert "--resume" in answer.stderr


def test_a_run_becomes_weights_that_the_app_can_serve(collection: Path, tmp_path: Path) -> None:
    """Train, export, calibrate, evaluate: the commands a maintainer types, on a small stand-in."""
    command = ["train", "--photos", collection, "--model", RECIPE.architecture, "--output", tmp_path / "run"]
    assert training(*command, "--images", 32, "--side", 64, "--batch", 8, "--workers", 0).returncode == 0
    assert training("export", tmp_path / "run", tmp_path / "weights" / "mine", "--side", 64).returncode == 0
    for folder, content in (("images", drawn_photo()), ("masks", drawn_mask().astype(np.uint8) * 255)):
        (tmp_path / "validation" / folder).mkdir(parents=True)
        (tmp_path / "validation" / folder / "one.png").write_bytes(encoded(content))
    answer = training("calibrate", tmp_path / "weights" / "mine", "--validation", tmp_path / "validation")
    assert answer.returncode == 0, answer.stderr
    weights = installed(Settings(models=(tmp_path / "weights",)))["mine"]
    assert weights.card.scores["validation"]["photos"] == 1
    assert {"source", "licence", "credit", "photos"} == set(weights.card.training_data[0])
    assert str(tmp_path) not in weights.card.to_json()
    evaluated = training(
        *("evaluate", "--weights", tmp_path / "weights" / "mine", "--images", tmp_path / "validation" / "images"),
        *("--masks", tmp_path / "validation" / "masks", "--json", tmp_path / "scores.json"),
    )
    assert evaluated.returncode == 0, evaluated.stderr
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["pooled"] == weights.card.scores["validation"]["pooled"]
    assert set(scores["pooled"]) == {"precision", "recall", "f1", "iou"}


def test_measuring_compares_the_prediction_with_the_masks(tmp_path: Path) -> None:
    """The truth as its own prediction scores one; half of it, a half."""

    class Truth:
        def predict(self, photo: np.ndarray) -> Prediction:
            return Prediction((photo[..., 0] > 127).astype(np.float32), threshold=0.5, model="truth")

    for name, mask in (("one", drawn_mask()), ("two", drawn_mask())):
        predicted = mask.copy()
        if name == "two":
            predicted[:, : np.flatnonzero(mask.any(axis=0))[mask.any(axis=0).sum() // 2]] = False
        for folder, content in (("images", predicted), ("masks", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            shown = np.repeat(content[..., None], 3, axis=2) if folder == "images" else content
            (tmp_path / folder / f"{name}.png").write_bytes(encoded(shown.astype(np.uint8) * 255))
    scores = measure(Truth(), read_collection(tmp_path))
    assert scores["pooled"]["precision"] == 1
    assert 0.7 < scores["pooled"]["recall"] < 0.8
    assert scores["mean_iou"] == pytest.approx((1 + 0.5) / 2, abs=0.05)


def test_the_skin_rule_finds_skin_and_not_the_sky() -> None:
    photo = np.zeros((48, 64, 3), np.uint8)
    photo[:, :32], photo[:, 32:] = (210, 150, 120), (110, 160, 230)
    np.testing.assert_array_equal(SkinRule().predict(photo).mask(), photo[..., 0] == 210)
