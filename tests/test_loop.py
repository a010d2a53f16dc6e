"""The whole loop in small: a corrected photo becomes a row, rows a model, and the model the app's, if it is better."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file

from annotation.publishing.publisher import Publisher
from annotation.store import Store
from handseg.intake import take_in
from handseg.masks import Mask
from handseg.photos import Photo, encode_png
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, Weights, choose
from tests.annotation.hurry import without_syncing
from tests.annotation.publishing.filling import add, answer
from tests.browser.running import RunningApp

ROOT = Path(__file__).parents[1]
HEIGHT, WIDTH = 96, 128
PHOTOS = 320


def scene(number: int) -> tuple[Photo, Mask]:
    """Blue hands on noise, which no model that ships has ever seen."""
    drawn = np.random.default_rng(number)
    photo = drawn.integers(0, 90, (HEIGHT, WIDTH, 3), np.uint8)
    hand = np.zeros((HEIGHT, WIDTH), bool)
    if number % 8:
        y, x = drawn.integers(0, (HEIGHT - 40, WIDTH - 44))
        hand[y : y + 38, x : x + 42] = True
    photo[hand] = (30, 60, 230)
    return photo, hand


def training(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HANDSEG_HOME": str(home), "HANDSEG_MODELS": "", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def done(answered: subprocess.CompletedProcess[str]) -> str:
    assert answered.returncode == 0, answered.stdout + answered.stderr
    return answered.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose annotators have corrected many photos, which are published."""
    folder = tmp_path_factory.mktemp("loop") / "home"
    store = Store.open(Settings(home=folder))
    with without_syncing():
        for number in range(PHOTOS):
            photo, hand = scene(number)
            key = add(store, take_in(encode_png(photo)), f"film {number}")
            answer(store, key, hand, verdict="edited" if hand.any() else "no_hand")
        Publisher(store, FolderPlace(folder / "dataset")).publish()
    store.close()
    return folder


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_corrected_photos_become_a_better_model_in_the_running_app(home: Path, tmp_path: Path) -> None:
    dataset, run, weights = home / "dataset", tmp_path / "run", tmp_path / "weights"
    done(
        training(
            home, "train", "--dataset", dataset, "--model", "segformer-b0", "--output", run, "--recipe", "quick",
            "--samples", 1280, "--side", 96, "--batch", 16, "--workers", 0, "--cpu",
        )
    )  # fmt: skip
    done(training(home, "export", run, weights))
    card = json.loads((weights / CARD).read_text())
    assert Snapshot(FolderPlace(dataset)).revision in card["dataset_revision"]
    assert card["training_data"][0]["source"] == "drawn"
    scores = tmp_path / "scores.json"
    done(training(home, "evaluate", "--weights", weights, "--dataset", dataset, "--split", "test", "--json", scores))
    assert set(json.loads(scores.read_text())["pooled"]) == {"precision", "recall", "f1", "iou"}

    photo, hand = scene(10_001)
    (tmp_path / "photo.png").write_bytes(encode_png(photo))
    app = RunningApp(home)
    try:
        assert iou_of(app, tmp_path / "photo.png", hand) < 0.3
        assert "promoted" in done(training(home, "promote", weights, "--dataset", dataset))
        assert iou_of(app, tmp_path / "photo.png", hand) > 0.6
        refused = training(home, "promote", weights, "--dataset", dataset)
        assert refused.returncode == 1
        assert "not shown to be better" in refused.stdout
        done(training(home, "rollback"))
        assert iou_of(app, tmp_path / "photo.png", hand) < 0.3
    finally:
        app.stop()
    assert choose(Settings(home=home)).card == Weights.open(SHIPPED / "accurate").card


def test_two_processes_share_a_run(home: Path, tmp_path: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone", "-m", "training"]
    wishes = ["--recipe", "quick", "--samples", "32", "--side", "64", "--batch", "8", "--workers", "0", "--cpu"]
    wishes += ["--augmentation", "light"]
    what = ["--dataset", home / "dataset", "--model", "segformer-b0", "--output", tmp_path]
    command = [*launcher, "train", *what, *wishes]
    environment = {**os.environ, "HANDSEG_HOME": str(home), "OMP_NUM_THREADS": "1"}
    done(subprocess.run(list(map(str, command)), cwd=ROOT, env=environment, capture_output=True, text=True))
    assert (tmp_path / "best" / "average.safetensors").exists()
    assert json.loads((tmp_path / "run.json").read_text())["recipe"]["augmentation"] == "light"


def iou_of(app: RunningApp, photo: Path, hand: Mask) -> float:
    """How well the app finds the hand in a photo."""
    from PIL import Image

    from handseg.metrics import count

    mask, _ = Client(app.url, verbose=False).predict(handle_file(photo), api_name="/predict")
    path = mask["path"] if isinstance(mask, dict) else mask
    return count(np.asarray(Image.open(path).convert("L")) > 127, hand).iou
