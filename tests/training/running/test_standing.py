"""How runs stand, by their folders."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from handseg.errors import SettingError
from handseg.settings import Settings
from tests.training.pages.filling import write_run, write_weights
from training.commands.choosing import weights_called
from training.running.folder import RunError
from training.running.recipes import RECIPES
from training.running.standing import recipe_in_words, runs_in, standing


def test_a_run_tells_how_far_it_is(tmp_path: Path) -> None:
    found = standing(write_run(tmp_path / "1", finished=False))
    assert (found.name, found.state, found.step, found.recipe) == ("1", "running", 120, RECIPES["quick"])
    assert found.best["eval_iou"] == 0.8123
    assert [path and path.name for path in (found.curves, found.examples)] == ["curves.png", "0000120.png"]


def test_a_run_without_a_sign_of_life_has_stopped(tmp_path: Path) -> None:
    run = write_run(tmp_path / "1", finished=False)
    for path in (run, *run.rglob("*")):
        os.utime(path, (1_000_000, 1_000_000))
    assert standing(run).state == "stopped"
    (run / "finished").touch()
    assert standing(run).state == "finished"


def test_a_copy_of_a_checkpoint_is_no_step_of_the_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "1")
    (run / "checkpoint-9999-backup").mkdir()
    assert standing(run).step == 120


def test_packaged_runs_say_so_and_the_last_comes_first(tmp_path: Path) -> None:
    write_run(tmp_path / "a", begun_at="2026-11-01T00:00:00+00:00")
    write_run(tmp_path / "b", "blue", begun_at="2026-11-02T00:00:00+00:00")
    found, troubles = runs_in(tmp_path)
    assert [(each.name, each.state) for each in found] == [("b", "packaged"), ("a", "finished")]
    assert troubles == []


@pytest.mark.parametrize(("finished", "state"), [(True, "finished"), (False, "running")])
def test_a_run_that_became_better_since_it_was_packaged_is_not_called_packaged(
    tmp_path: Path, finished: bool, state: str
) -> None:
    run = write_run(tmp_path / "1", finished=finished)
    write_weights(run / "weights", "blue", step=40)
    found = standing(run)
    assert (found.state, found.packaged_at, found.best["step"]) == (state, 40, 120)


def test_a_command_refuses_weights_that_are_not_the_best_of_their_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert weights_called(str(write_run(tmp_path / "1", "blue")), settings).folder == tmp_path / "1" / "weights"
    run = write_run(tmp_path / "2")
    write_weights(run / "weights", "blue", step=40)
    with pytest.raises(SettingError, match="became better since it was packaged; call: python -m training export"):
        weights_called(str(run), settings)
    shutil.rmtree(run / "best")
    assert weights_called(str(run), settings).folder == run / "weights"


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    write_run(tmp_path / "a")
    write_run(tmp_path / "b", recipe={"unheard": 1})
    (write_run(tmp_path / "c") / "run.json").write_text("{")
    found, (first, second) = runs_in(tmp_path)
    assert [each.name for each in found] == ["a"]
    assert "c holds no run" in first
    assert "it may be of another version" in second
    with pytest.raises(RunError):
        standing(tmp_path)


def test_recipes_are_told_by_what_they_come_nearest_to() -> None:
    assert [recipe_in_words(recipe) for recipe in RECIPES.values()] == list(RECIPES)
    changed = dataclasses.replace(RECIPES["quick"], samples=1280, side=96)
    assert recipe_in_words(changed) == "quick, but samples 1280, side 96"
