"""Pushing, as the processes that people start."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handseg.readme import README
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, ONNX, choose
from tests.hub import Faults, Repository, StandInHub
from tests.pictures import drawn_mask, drawn_photo, encoded
from tests.test_weights_on_the_hub import on_the_hub
from tests.training.pushing.conftest import REPO

ROOT = Path(__file__).parents[3]


def training(hub: StandInHub, home: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    given = {**os.environ, "OMP_NUM_THREADS": "1", "HF_TOKEN": "hf_write", **on_the_hub(hub, home), **environment}
    answered = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)
    assert "Traceback" not in answered.stderr, answered.stderr
    return answered


def told(answered: subprocess.CompletedProcess[str]) -> str:
    assert answered.returncode == 0, answered.stderr
    return answered.stdout


def refused(answered: subprocess.CompletedProcess[str], code: int = 2) -> str:
    assert answered.returncode == code, answered.stdout + answered.stderr
    return answered.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of weights that ship, so that nothing happens to these."""
    return shutil.copytree(SHIPPED / "fast", tmp_path / "mine")


def test_weights_are_pushed_once_in_spite_of_failures_and_used_from_there(
    hub: StandInHub, tmp_path: Path, folder: Path
) -> None:
    hub.tokens = {"hf_write": "write"}
    kinds = ("conflict_409", "error_500_done", "hang_done", "drop", "busy_429")
    hub.faults = Faults(share=0.5, seed=2, kinds=kinds, limit=8, hold=0.1, retry_after=0)
    answered = told(training(hub, tmp_path, "push", folder, REPO, "--private", "--tag", "v1.0.0", "--message", "First"))
    assert hub.faults.injected.total() == 8
    assert f"pushed {choose(Settings(models=(str(folder),)), 'fast').card.id} to {REPO}, revision " in answered
    assert f"python -m handseg mask PHOTO --output masks --model {REPO}" in answered
    assert hub.models[REPO].private
    assert [commit.title for commit in hub.models[REPO].commits] == ["First", "initial commit"]
    assert hub.models[REPO].files("v1.0.0")[ONNX] == (folder / ONNX).read_bytes()
    assert "nothing was sent" in told(training(hub, tmp_path, "push", "fast", REPO))
    assert len(hub.models[REPO].commits) == 2

    images, masks = tmp_path / "images", tmp_path / "masks"
    for number in range(3):
        for where, content in ((images, drawn_photo(seed=number)), (masks, drawn_mask().astype("uint8") * 255)):
            where.mkdir(exist_ok=True)
            (where / f"{number}.png").write_bytes(encoded(content))
    photos = ("--images", images, "--masks", masks)
    scores = [
        json.loads(told(training(hub, tmp_path, "evaluate", "--weights", weights, *photos)))
        for weights in (f"{REPO}@v1.0.0", folder)
    ]
    assert scores[0]["pooled"] == scores[1]["pooled"]
    hub.stop()
    compared = told(training(hub, tmp_path, "compare", "fast", f"{REPO}@v1.0.0", *photos))
    assert f"{REPO}@v1.0.0 against fast on 3 photos" in compared


def test_licences_that_forbid_use_at_work_are_told(hub: StandInHub, tmp_path: Path, folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    card["training_data"].append({"source": "theirs", "licence": "CC-BY-NC-4.0", "credit": "", "photos": 3})
    (folder / CARD).write_text(json.dumps(card))
    answered = training(hub, tmp_path, "push", folder, REPO)
    told(answered)
    assert "warning: NON-COMMERCIAL: these weights learned from theirs (CC-BY-NC-4.0)" in answered.stderr
    assert b"license: other\nlicense_name: non-commercial\n" in hub.models[REPO].files()[README]


def test_what_cannot_be_pushed_is_told(hub: StandInHub, tmp_path: Path, folder: Path) -> None:
    assert "is not a repository name" in refused(training(hub, tmp_path, "push", folder, "hands of anna"))
    assert "give owner/name" in refused(training(hub, tmp_path, "push", folder, "hands"))
    assert "a weights folder needs its card" in refused(training(hub, tmp_path, "push", tmp_path, REPO))
    hub.models[REPO] = Repository()
    assert f"{REPO} is public" in refused(training(hub, tmp_path, "push", folder, REPO, "--private"))
    (folder / ONNX).write_bytes(b"half")
    assert "is not the one its card describes" in refused(training(hub, tmp_path, "push", folder, REPO))
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    assert "set HF_TOKEN" in refused(training(hub, tmp_path, "push", "fast", REPO, HF_TOKEN="hf_read"))
    assert "HF_HUB_OFFLINE is set" in refused(training(hub, tmp_path, "push", "fast", REPO, HF_HUB_OFFLINE="1"))
    assert len(hub.models[REPO].commits) == 1
