"""Comparisons in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from handseg.settings import SHIPPED, Settings
from handseg.weights import Weights
from tests.training.pages.filling import fill_dataset, write_weights
from training.trials.carrying_out import carry_out
from training.trials.folder import BROKEN_OFF, CANCELLED, FAILED, JUDGED, RUNNING, VIEWS, Trial, TrialError, trials_of
from training.trials.starting import ROOT, start

INCUMBENT = SHIPPED / "fast"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(fill_dataset(tmp_path_factory.mktemp("hands") / "dataset").folder)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run with weights."""
    write_weights(tmp_path / "run" / "weights", "blue")
    return tmp_path / "run"


def begun(run: Path, dataset: str) -> Trial:
    return Trial.begin(run, run / "weights", Weights.open(INCUMBENT), "fast", dataset, "Ann")


def settle(trial: Trial, seconds: float = 60) -> str:
    """How it stands when it does not run any more."""
    end = time.monotonic() + seconds
    while trial.standing == RUNNING:
        assert time.monotonic() < end, (trial.folder / "log.txt").read_text()
        time.sleep(0.1)
    return trial.standing


def test_a_process_of_its_own_judges_and_keeps_numbers_and_pictures(run: Path, dataset: str) -> None:
    trial = begun(run, dataset)
    start(trial)
    assert trial.standing == RUNNING
    assert settle(trial) == JUDGED, trial.outcome
    found = Trial(trial.folder).outcome
    assert found["better"]
    assert found["told"]["gains"]["iou"]["second"] > 0.9
    assert found["photos"] == found["groups"] == 26
    assert (trial.asked.by, trials_of(run)[0].id) == ("Ann", trial.id)
    sizes = {Image.open(trial.picture(0, view)).size for view in VIEWS}
    assert sizes == {(64, 48)}
    shares = [each["share"] for each in found["differing"]]
    assert shares == sorted(shares, reverse=True)
    assert not trial.picture(len(shares), "photo").exists()


def test_the_app_never_needs_torch_for_it(run: Path, dataset: str) -> None:
    trial = begun(run, dataset)
    program = f"""
import sys
from pathlib import Path
from handseg.settings import Settings
from training.trials.carrying_out import carry_out
from training.trials.folder import Trial
carry_out(Trial(Path({str(trial.folder)!r})), Settings(device="cpu"))
print(*sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "datasets"} & set(said.stdout.split())


def test_a_cancelled_comparison_stops_and_says_so(run: Path, dataset: str) -> None:
    trial = begun(run, dataset)
    trial.cancel()
    carry_out(trial, Settings(device="cpu"))
    assert trial.standing == CANCELLED
    assert trial.cancelled


def test_errors_are_kept_in_words(run: Path, tmp_path: Path) -> None:
    trial = begun(run, str(tmp_path / "nothing"))
    carry_out(trial, Settings(device="cpu"))
    assert trial.standing == FAILED
    assert "there is no dataset" in trial.outcome["error"]
    few = begun(run, str(fill_dataset(tmp_path / "few", test=8).folder))
    carry_out(few, Settings(device="cpu"))
    assert "20 are needed to tell better from lucky" in few.outcome["error"]


def test_a_killed_process_leaves_a_comparison_that_broke_off(run: Path, dataset: str) -> None:
    trial = begun(run, dataset)
    program = "import sys, time; from pathlib import Path; from training.trials.folder import Trial\n"
    program += "with Trial(Path(sys.argv[1])).held(): print('held', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", program, str(trial.folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    asked = json.loads((trial.folder / "asked.json").read_text())
    trial.write("asked.json", {**asked, "begun_at": "2026-01-01T00:00:00+00:00"})
    assert trial.standing == RUNNING
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert trial.standing == BROKEN_OFF


def test_a_damaged_trial_hides_no_other(run: Path, dataset: str) -> None:
    whole, asked, outcome = (begun(run, dataset) for _ in range(3))
    (asked.folder / "asked.json").write_text('{"unheard": 1}')
    (outcome.folder / "outcome.json").write_text("{")
    assert [trial.id for trial in trials_of(run)] == [whole.id]


def test_what_is_no_trial_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="begin a new one"):
        _ = Trial(tmp_path).asked
    (tmp_path / "outcome.json").write_text("{")
    with pytest.raises(TrialError, match="cannot read"):
        _ = Trial(tmp_path).outcome
