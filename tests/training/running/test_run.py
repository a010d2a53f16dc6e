from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import TrainerControl, TrainerState

from handseg import held
from handseg.errors import OutputError
from tests.training.running import tiny
from training.export import averaged_network
from training.running import averaging, checkpoints
from training.running.averaging import AVERAGE
from training.running.folder import BEST, FINISHED, SCORES, Asked, RunError, begin, read
from training.running.patience import Patience
from training.running.recipes import RECIPES, RecipeError, recipe_called
from training.running.ruler import MaskRuler
from training.running.run import Machine, begin_once
from training.running.trainer import METRIC

ROOT = Path(__file__).parents[3]
TINY = "tests.training.running.tiny"


def start(*arguments: object, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *launcher, *(["-m"] if launcher else []), TINY, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> None:
    _, told = process.communicate(timeout=200)
    assert process.returncode == 0, told


def final(folder: Path) -> dict[str, Tensor]:
    return torch.load(folder / "final.pt", weights_only=True)


def wait_for_checkpoint(folder: Path, step: int) -> None:
    end = time.monotonic() + 120
    while not any(checkpoints.step_of(path) >= step for path in folder.glob("checkpoint-*")):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    tiny.main(str(folder))
    return folder


def test_a_run_learns_and_leaves_all_that_tells_about_it(whole: Path) -> None:
    scores = json.loads((whole / BEST / SCORES).read_text())
    assert scores["eval_iou"] > 0.8
    for name in ("curves.png", "best/average.safetensors", "examples/0000040.png"):
        assert (whole / name).stat().st_size > 100
    assert list(whole.glob("runs/*/events*")), "no curves for TensorBoard"


def test_a_run_is_trained_by_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "_PATIENCE", 0.0)
    process = start(tmp_path)
    wait_for_checkpoint(tmp_path, 2)
    with pytest.raises(RunError, match=r"another process trains the run in .*; wait for it, or stop it first"):
        tiny.train(tmp_path)
    process.kill()
    process.communicate()


def test_a_killed_run_ends_with_the_same_bits(whole: Path, tmp_path: Path) -> None:
    for step in (5, 23):
        process = start(tmp_path)
        wait_for_checkpoint(tmp_path, step)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(start(tmp_path))
    expected, found = final(whole), final(tmp_path)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_ctrl_c_saves_the_state_and_the_run_goes_on_from_there(whole: Path, tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for_checkpoint(tmp_path, 5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert checkpoints.newest(tmp_path)
    finish(start(tmp_path))
    assert all(torch.equal(value, final(tmp_path)[name]) for name, value in final(whole).items())


def test_two_processes_learn_what_one_learns_in_two_parts(tmp_path: Path) -> None:
    launcher = ("torch.distributed.run", "--nproc_per_node=2", "--standalone")
    both = [start(tmp_path / "one", 2, "plain"), start(tmp_path / "two", 1, "plain", launcher=launcher)]
    for process in both:
        finish(process)
    one, two = final(tmp_path / "one"), final(tmp_path / "two")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-6)


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_samples(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the loss is nan at step 21, samples 160 to 167"):
        tiny.train(tmp_path, spoiled=163)
    checkpoint = checkpoints.newest(tmp_path)
    assert checkpoint
    assert checkpoints.step_of(checkpoint) == 20


@pytest.mark.parametrize("step", [9, 25])
def test_a_full_disk_is_told_and_the_state_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(checkpoints, "finish", _full_at(tmp_path, step))
    with pytest.raises(RunError, match="No space left"):
        tiny.train(tmp_path)
    checkpoint = checkpoints.newest(tmp_path)
    assert checkpoint
    assert checkpoints.step_of(checkpoint) == step - 1


def _full_at(folder: Path, step: int) -> object:
    genuine = checkpoints.finish

    def finish_unless_full(checkpoint: Path) -> None:
        if checkpoint == checkpoints.at_step(folder, step):
            raise OSError(28, "No space left on device")
        genuine(checkpoint)

    return finish_unless_full


@pytest.mark.parametrize("place", ["checkpoint-1", BEST])
def test_a_disk_that_is_full_when_the_average_is_saved_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    genuine = averaging.write_whole

    def write_unless_full(path: Path, content: bytes) -> None:
        if path.parent.name == place:
            raise OutputError(f"cannot write {path}: No space left on device; nothing was left there")
        genuine(path, content)

    monkeypatch.setattr(averaging, "write_whole", write_unless_full)
    with pytest.raises(RunError, match=r"cannot be saved \(.*No space left.*\); make room, then --resume"):
        tiny.train(tmp_path)


def test_a_batch_that_cannot_be_shared_is_refused_and_leaves_no_run_behind(tmp_path: Path) -> None:
    asked = Asked.of("tiny", tiny.RECIPE, [], "squares", 0, {})
    with pytest.raises(RunError, match="a batch of 8 cannot be shared by 3"):
        begin_once(tmp_path, asked, resume=False, machine=Machine(parts=3, cpu=True))
    with pytest.raises(RunError, match="a batch of 8 cannot be shared by 3"):
        tiny.train(tmp_path, parts=3)
    assert not list(tmp_path.iterdir())


def test_a_run_is_resumed_only_with_what_it_was_begun_with(tmp_path: Path) -> None:
    asked = Asked.of("unet", RECIPES["quick"], [{"dataset": "a", "revision": "1"}], "a/validation", 0, {})
    begin(tmp_path, asked, resume=False)
    begin(tmp_path, asked, resume=True)
    assert read(tmp_path)["recipe"]["samples"] == RECIPES["quick"].samples
    assert read(tmp_path)["packages"]["torch"]
    with pytest.raises(RunError, match="--resume"):
        begin(tmp_path, asked, resume=False)
    with pytest.raises(RunError, match="begun with seed 0"):
        begin(tmp_path, Asked.of("unet", RECIPES["quick"], asked.data, asked.validation, 1, {}), resume=True)
    with pytest.raises(RunError, match="no run"):
        read(tmp_path / "nowhere")


def test_a_single_pixel_at_once_is_refused_and_leaves_no_run_behind(tmp_path: Path) -> None:
    asked = Asked.of("unet-mobilenetv3", tiny.RECIPE, [], "squares", 0, {})
    with pytest.raises(RunError, match="give a --side of 64, or a larger --batch"):
        begin_once(tmp_path, asked, resume=False, machine=Machine(parts=tiny.RECIPE.batch, cpu=True))
    assert not list(tmp_path.iterdir())


def _begun_with(initial: dict[str, object], **wishes: object) -> Asked:
    return Asked.of("unet", RECIPES["quick"].but(**wishes), [], "a/validation", 0, initial)


def test_whoever_resumes_with_something_else_is_told_what_differs_and_nothing_more(tmp_path: Path) -> None:
    initial = {"source": "first", "sha256": "0123", "loaded": 3}
    begin(tmp_path, _begun_with(initial, side=64), resume=False)
    with pytest.raises(RunError, match=r"was begun with recipe side 64, and not 96; resume it with the same$"):
        begin(tmp_path, _begun_with(initial, side=96), resume=True)
    with pytest.raises(RunError, match=r"was begun with initial sha256 0123, and not 4567; resume it with the same$"):
        begin(tmp_path, _begun_with({**initial, "sha256": "4567"}, side=64), resume=True)
    with pytest.raises(RunError, match=r"was begun with initial first, and not random weights; resume"):
        begin(tmp_path, _begun_with({}, side=64), resume=True)


def test_a_run_goes_on_with_the_same_initial_weights_from_another_place(tmp_path: Path) -> None:
    initial = {"source": "first", "sha256": "0123", "loaded": 3}
    begin(tmp_path, _begun_with(initial), resume=False)
    begin(tmp_path, _begun_with({**initial, "source": "./first"}), resume=True)


def test_a_run_of_an_earlier_version_goes_on_with_initial_weights_from_the_same_place(tmp_path: Path) -> None:
    begin(tmp_path, _begun_with({"source": "first", "loaded": 3}), resume=False)
    begin(tmp_path, _begun_with({"source": "first", "loaded": 3, "sha256": "0123"}), resume=True)
    with pytest.raises(RunError, match="was begun with initial source first, and not other"):
        begin(tmp_path, _begun_with({"source": "other", "loaded": 3, "sha256": "0123"}), resume=True)


def test_a_run_whose_best_weights_were_damaged_is_told_in_words(tmp_path: Path) -> None:
    begin(tmp_path, Asked.of("unet", RECIPES["quick"], [], "a/validation", 0, {}), resume=False)
    (tmp_path / BEST).mkdir()
    (tmp_path / BEST / SCORES).write_text("{}")
    (tmp_path / BEST / AVERAGE).write_bytes(b"torn")
    with pytest.raises(RunError, match=r"average\.safetensors cannot be read .*; let the run go on"):
        averaged_network(tmp_path)


def test_whoever_goes_on_with_a_dataset_that_has_moved_on_is_told_how(tmp_path: Path) -> None:
    then, now = ([{"dataset_revision": f"hands@{revision}", "training_data": []}] for revision in "12")
    begin(tmp_path, Asked.of("unet", RECIPES["quick"], then, "hands@1/validation", 0, {}), resume=False)
    with pytest.raises(RunError, match=r"begun with hands@1, and now there is hands@2; .* give --dataset and --valid"):
        begin(tmp_path, Asked.of("unet", RECIPES["quick"], now, "hands@2/validation", 0, {}), resume=True)


def test_patience_counts_the_evaluations_before_a_run_was_resumed() -> None:
    history = [{METRIC: score, "step": step} for step, score in enumerate((0.5, 0.7, 0.6, 0.7))]
    assert not _ends(history[:3], patience=2)
    assert _ends(history, patience=2)


def test_a_run_that_patience_ended_trains_no_further_when_it_is_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = replace(tiny.RECIPE, patience=1, learning_rate=0.0)  # so that no evaluation is better than the first
    tiny.train(tmp_path, normed=False, recipe=recipe)
    assert checkpoints.newest(tmp_path) == checkpoints.at_step(tmp_path, 20)
    assert "is finished" not in capsys.readouterr().out
    for killed_before_it_said_so in (False, True):
        if killed_before_it_said_so:
            (tmp_path / FINISHED).unlink()
        tiny.train(tmp_path, normed=False, recipe=recipe)
        assert checkpoints.newest(tmp_path) == checkpoints.at_step(tmp_path, 20)
        assert "is finished; nothing is left to train" in capsys.readouterr().out
        assert (tmp_path / FINISHED).exists()


def test_a_finished_run_whose_checkpoints_were_deleted_keeps_its_best_weights(tmp_path: Path) -> None:
    tiny.train(tmp_path, normed=False)
    best = (tmp_path / BEST / "average.safetensors").read_bytes()
    for checkpoint in checkpoints.found_in(tmp_path):
        shutil.rmtree(checkpoint)
    tiny.train(tmp_path, normed=False)
    assert (tmp_path / BEST / "average.safetensors").read_bytes() == best
    assert not checkpoints.found_in(tmp_path)


def _ends(history: list[dict[str, float]], patience: int) -> bool:
    state, control = TrainerState(log_history=history), TrainerControl()
    Patience(patience).on_evaluate(None, state, control)
    assert control.should_save == control.should_training_stop  # so that the end's own evaluation is not forgotten
    return control.should_training_stop


@pytest.mark.parametrize(
    ("wishes", "told"),
    [({"side": 100}, "the side is 100 pixels; give a multiple of 32"), ({"samples": 7}, "do not make one step")],
)
def test_a_recipe_by_which_nothing_can_be_trained_is_refused(wishes: dict[str, int], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        RECIPES["quick"].but(**wishes)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_asked_for(name: str) -> None:
    assert recipe_called(name).steps > 100


def test_checkpoints_are_kept_by_their_steps_though_a_clock_was_set_back(tmp_path: Path) -> None:
    for step in (5, 10, 15, 20):
        folder = checkpoints.at_step(tmp_path, step)
        folder.mkdir()
        checkpoints.finish(folder)
        os.utime(folder, (10_000 - step, 10_000 - step))
    checkpoints.rotate(tmp_path, best=str(checkpoints.at_step(tmp_path, 5)))
    assert {checkpoints.step_of(path) for path in tmp_path.iterdir()} == {5, 15, 20}
    assert checkpoints.newest(tmp_path) == checkpoints.at_step(tmp_path, 20)


def test_a_copy_of_a_checkpoint_that_somebody_keeps_beside_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-20-backup").mkdir()
    for step in (5, 10, 15):
        checkpoints.at_step(tmp_path, step).mkdir()
        checkpoints.finish(checkpoints.at_step(tmp_path, step))
    checkpoints.rotate(tmp_path, best=None)
    assert checkpoints.newest(tmp_path) == checkpoints.at_step(tmp_path, 15)
    assert (tmp_path / "checkpoint-20-backup").is_dir()


def test_the_best_weights_know_their_own_scores(whole: Path, tmp_path: Path) -> None:
    told = json.loads((whole / BEST / SCORES).read_text())
    copied = shutil.copytree(whole, tmp_path / "run")
    begin(tmp_path / "run", Asked.of("tiny", tiny.RECIPE, [], "squares", 0, {}), resume=False)
    (copied / BEST / SCORES).write_text("{}")  # as if it had been cut off between the two files
    _, about = averaged_network(copied, lambda _: tiny.TinyNetwork())
    assert about["best"] == told


def test_a_run_gives_out_the_weights_that_scored_best_and_keeps_their_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.9, 0.7, 0.6])
    monkeypatch.setattr(MaskRuler, "measure", lambda *_: {"iou": next(scores), "threshold": 0.5})
    tiny.train(tmp_path)
    best = checkpoints.at_step(tmp_path, 20)
    assert json.loads((tmp_path / BEST / SCORES).read_text())["step"] == 20
    kept, given = (load_file(folder / AVERAGE) for folder in (best, tmp_path / BEST))
    assert all(torch.equal(kept[name], value) for name, value in given.items())


def test_how_the_machine_was_used_is_kept_and_a_change_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = Asked.of("tiny", tiny.RECIPE, [], "squares", 0, {})
    begin_once(tmp_path, asked, resume=False, machine=Machine(parts=2, cpu=True))
    assert read(tmp_path)["machine_use"]["parts"] == 2
    begin_once(tmp_path, asked, resume=True, machine=Machine(parts=2, cpu=True))
    assert not caplog.records
    begin_once(tmp_path, asked, resume=True, machine=Machine(parts=4, cpu=True))
    assert "its end may differ a little" in caplog.text
