"""What models are called that `export` packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file
from typer.testing import CliRunner

from handseg.weights import Weights
from tests.models.tiny import TINY
from training.__main__ import app
from training.running.averaging import AVERAGE
from training.running.folder import BEST, SCORES, Asked, begin
from training.running.recipes import RECIPES

DATA = {"training_data": [], "dataset_revision": "hands@1", "row_hash": "0" * 64}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was measured once."""
    run = tmp_path / "seventh"
    begin(run, Asked.of("hgrnet", RECIPES["quick"], [DATA], "hands/validation", 0, {}), resume=False)
    (run / BEST).mkdir()
    scores = {"step": 4, "eval_threshold": 0.5}
    save_file(TINY["hgrnet"]().state_dict(), run / BEST / AVERAGE, metadata={SCORES: json.dumps(scores)})
    return run


@pytest.mark.parametrize(
    ("folder", "options", "name"),
    [("seventh/weights", [], "seventh"), ("better", [], "better"), ("seventh/weights", ["--name", "mine"], "mine")],
)
def test_a_model_is_called_by_its_folder_or_by_its_run(run: Path, folder: str, options: list[str], name: str) -> None:
    output = run.parent / folder
    ended = CliRunner().invoke(app, ["export", str(run), str(output), *options])
    assert ended.exit_code == 0, ended.output
    assert Weights.open(output).card.name == name
