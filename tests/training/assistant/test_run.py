from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import typer

from handseg.assistants import open_assistant
from handseg.assistants.prompts import Point, Prompt
from handseg.models import build_model
from handseg.places.folder import FolderPlace
from handseg.settings import Settings
from handseg.weights import CARD, ONNX, Weights
from tests.models.checkpoints import our_folder
from tests.records.filling import add, row_of
from tests.training.assistant import tiny
from tests.training.assistant.drawing import scene
from tests.training.assistant.tiny import TinyNetwork
from training.assistant import ARCHITECTURE
from training.assistant.export import INPUTS, check_agreement, write
from training.assistant.network import WITHOUT_PROMPTS, start
from training.assistant.ruler import Chosen
from training.commands.packaging import export
from training.evaluation.cases import Case
from training.export import ExportError
from training.running import checkpoints
from training.running.folder import BEST, SCORES, Asked, begin
from training.running.learned import learned_by
from training.running.recipes import Recipe
from training.running.run import card_in_progress
from training.sources.labels import of_mask

ROOT = Path(__file__).parents[3]


def program(module: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HANDSEG_MODELS": ""}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def done(process: subprocess.Popen[str]) -> str:
    said, complained = process.communicate(timeout=250)
    assert process.returncode == 0, complained
    return said


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    tiny.main(str(folder))
    return folder


def test_a_run_learns_to_need_few_clicks(whole: Path) -> None:
    scores = json.loads((whole / BEST / SCORES).read_text())
    assert scores["eval_iou"] > 0.6
    assert scores["eval_iou@5"] >= scores["eval_iou@1"]
    assert scores["eval_noc@80"] < 8
    assert (whole / "examples" / "0000060.png").stat().st_size > 100


def test_a_killed_run_ends_with_the_same_bits(whole: Path, tmp_path: Path) -> None:
    process = program("tests.training.assistant.tiny", tmp_path)
    end = time.monotonic() + 120
    while not any(checkpoints.step_of(path) >= 25 for path in tmp_path.glob("checkpoint-*")):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done(program("tests.training.assistant.tiny", tmp_path))
    expected, found = (torch.load(folder / "final.pt", weights_only=True) for folder in (whole, tmp_path))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_what_is_written_answers_as_torch_does_and_small(tmp_path: Path) -> None:
    torch.manual_seed(0)
    card = card_in_progress("hand", Recipe(side=64))
    weights = write(TinyNetwork(), card, tmp_path / "weights")
    assert {path.name for path in weights.folder.iterdir()} == {CARD, ONNX}
    torch.manual_seed(1)
    with pytest.raises(ExportError, match="ONNX Runtime and torch differ"):
        check_agreement(TinyNetwork().eval(), weights)
    hand = open_assistant(str(weights.folder), Settings())
    photo, _ = scene(1)
    proposals = hand.propose(hand.encode(photo), Prompt((Point(60, 40, 1),)), np.zeros(photo.shape[:2], bool))
    assert proposals[0][40, 60]
    assert INPUTS == ("photos", "prompts")


def test_a_network_without_prompts_is_a_start_to_which_prompts_make_no_difference(tmp_path: Path) -> None:
    torch.manual_seed(0)
    base = build_model(WITHOUT_PROMPTS).eval()
    our_folder(tmp_path, base, WITHOUT_PROMPTS)
    network, origin = start(str(tmp_path))
    photos, prompts = torch.randn(1, 3, 64, 96), torch.rand(1, 4, 64, 96)
    with torch.inference_mode():
        torch.testing.assert_close(network.eval()(photos, prompts), base(photos))
    assert origin
    assert origin.source == str(tmp_path)


def test_a_run_is_packaged_anew_to_see_another_side(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.assistant.export.PromptedUNet", lambda _: TinyNetwork())
    run = shutil.copytree(whole, tmp_path / "run")
    learned = [{"training_data": [], "dataset_revision": "drawn@1", "row_hash": "0123"}]
    begin(run, Asked.of(ARCHITECTURE, tiny.RECIPE, learned, "scenes", 0, {}), resume=False)
    export(run, tmp_path / "shipped", side=64)
    card = Weights.open(tmp_path / "shipped").card
    assert (card.name, card.sides) == ("shipped", (64,))
    assert open_assistant(str(tmp_path / "shipped"), Settings())
    with pytest.raises(typer.BadParameter, match="packaged with --name and --side alone"):
        export(run, tmp_path / "shipped", zoom=True)


class Rarely:
    """Photos of which each seventh has a hand; see `training.evaluation.cases.Cases`."""

    name = "rarely"

    def __len__(self) -> int:
        return 60

    def __iter__(self):
        for number in range(60):
            photo, hand = scene(4 * number + (number % 7 == 0))
            yield Case(f"{number}", "drawn", f"{number}", photo, of_mask(hand))


def test_of_many_validation_photos_those_with_hands_are_chosen_from_all_of_their_length() -> None:
    assert [case.name for case in Chosen(Rarely(), most=4)] == ["0", "21", "42"]
    assert [case.name for case in Chosen(Rarely(), most=5)] == ["0", "14", "28", "42", "56"]
    assert len(Chosen(Rarely(), most=100)) == 9


def test_the_command_trains_packages_and_is_measured(tmp_path: Path) -> None:
    rows = [row_of(*scene(number), group_id=f"film {number}") for number in range(1, 41)]
    add(FolderPlace(tmp_path / "dataset"), *rows)
    run = tmp_path / "run"
    wishes = ["--samples", 8, "--side", 32, "--batch", 4, "--workers", 0, "--cpu"]
    said = done(program("training", "assistant", "--dataset", tmp_path / "dataset", "--output", run, *wishes))
    assert f"clicks --assistant {run / 'weights'}" in said
    card = Weights.open(run / "weights").card
    assert (card.name, card.side, card.licence) == ("hand", 32, "Apache-2.0")
    assert card.training_data[0]["source"] == "drawn"
    assert len(learned_by(Weights.open(run / "weights")).hashes) == card.training_data[0]["photos"]
    assert sum(path.stat().st_size for path in (run / "weights").iterdir()) < 25_000_000
    file = tmp_path / "clicks.json"
    where = ["--dataset", tmp_path / "dataset", "--split", "validation", "--limit", 2, "--noise", 0]
    table = done(program("training", "clicks", "--assistant", run / "weights", *where, "--json", file))
    told = json.loads(file.read_text())
    assert told["assistant"].startswith("hand@")
    assert told["noc@85"] > 0
    assert told["grabcut"]["noc@85"] > 0
    assert "grabcut" in table
