"""The parts of the maintainers' page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handseg.promoted import Change
from handseg.records.growth import Point
from handseg.weights import Weights, choose
from tests.training.pages.filling import write_run, write_weights
from training.assistant import ARCHITECTURE
from training.pages import drawing
from training.pages.handlers import Handlers
from training.pages.html import element, picture, table
from training.pages.maintenance import Maintenance, MaintenanceError, why_not_comparable
from training.pages.plot import growth_plot
from training.running.standing import standing

BEGAN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def point(hours: int, train: int, validation: int, test: int) -> Point:
    rows = {"train": train, "validation": validation, "test": test}
    return Point(f"{hours:040}", BEGAN + timedelta(hours=hours), "3 rows", rows)


def test_text_is_escaped_wherever_it_comes_from(tmp_path: Path) -> None:
    assert element("p", "<script>") == "<p>&lt;script&gt;</p>"
    assert "<b>" not in table(("<b>",), [("<b>", "<b>")])
    run = write_run(tmp_path / "<i>", model="<b>")
    shown = drawing.runs([standing(run)], ["<u>"], "", "runs") + drawing.run(standing(run))
    assert not re.search("<i>|<b><|<u>", shown)
    change = Change("accurate", "x", "2026-11-20T10:00:00+00:00", {"by": "<s>", "reasons": ["<s>"]})
    assert "<s>" not in drawing.history([change])


def test_the_plot_stacks_splits_over_time() -> None:
    plot = growth_plot([point(0, 5, 0, 0), point(10, 10, 4, 6)], BEGAN + timedelta(hours=20))
    corners = {name: re.search(rf'class="{name}" points="([^"]*)"', plot)[1].split() for name in ("train", "test")}
    assert corners["train"] == [
        "0.0,200.0",
        "0.0,200.0",
        "0.0,150.0",
        "500.0,150.0",
        "500.0,100.0",
        "1000.0,100.0",
        "1000.0,200.0",
    ]
    assert corners["test"][-2:] == ["1000.0,0.0", "1000.0,200.0"]
    assert "From 5 to 20 photos in 2 revisions" in plot


def test_the_newest_numbers_come_first_and_an_empty_dataset_is_said() -> None:
    shown = drawing.growth([point(0, 5, 0, 0), point(10, 1000, 4, 6)], "hands")
    assert "1,010 photos in hands" in shown
    assert shown.index("2026-11-20 20:00") < shown.index('<th scope="row"><time datetime="2026-11-20T10:00')
    assert "nothing was published yet" in drawing.growth([], "hands")


def test_runs_say_how_far_they_are(tmp_path: Path) -> None:
    shown = drawing.runs([standing(write_run(tmp_path / "7", finished=False))], [], "7", "runs")
    assert "step 120 of 250" in shown
    assert 'aria-pressed="true"' in shown
    assert "hands@3f9ac04be1d2" in shown
    assert "/srv" not in shown
    assert "HANDSEG_RUNS" in drawing.runs([], [], "", "/data/runs")


def test_scores_that_are_not_those_of_the_packaged_weights_say_so(tmp_path: Path) -> None:
    run = write_run(tmp_path / "1", finished=False)
    write_weights(run / "weights", "blue", step=40)
    for shown in (drawing.runs([standing(run)], [], "", "runs"), drawing.run(standing(run))):
        assert "at step 120; packaged at step 40; package it anew" in shown
    told = why_not_comparable(standing(run))
    assert "was packaged at step 40, and not at its best; call: python -m training export" in told


def test_an_assistant_s_run_is_scored_after_clicks_and_not_compared(maintenance: Maintenance) -> None:
    run = write_run(maintenance.settings.runs_folder / "assistant", "blue", model=ARCHITECTURE)
    assert "IoU 0.812 after clicks, on validation" in drawing.run(standing(run))
    told = "trained an assistant, which answers clicks; measure it with: python -m training clicks --assistant"
    shown, offered = Handlers(maintenance).run("Ann", "assistant")[3:5]
    assert told in shown
    assert not offered.visible
    with pytest.raises(MaintenanceError, match=told):
        maintenance.compare("assistant", "accurate", "main", "Ann")


def test_pictures_travel_inside_the_page_and_may_be_gone(tmp_path: Path) -> None:
    run = standing(write_run(tmp_path / "1"))
    assert drawing.run(run).count("data:image/webp;base64,") == 2
    assert picture(tmp_path / "gone.png", "a photo") == ""


def test_a_comparison_that_ended_early_says_why(maintenance: Maintenance) -> None:
    from training.trials.folder import Trial

    run = maintenance.run("better")
    trial = Trial.begin(run.folder, run.weights, maintenance.in_use("accurate"), "accurate", "hands@main", "Ann")
    assert "The models are loaded" in drawing.progress(trial)
    trial.write("progress.json", {"done": 5, "of": 1200})
    assert "5 of 1,200 photos" in drawing.progress(trial)
    assert drawing.verdict(trial, [], False) == ""
    trial.write("outcome.json", {"kind": "failed", "error": "there is no room"})
    shown = drawing.verdict(trial, maintenance.objections(trial), False)
    assert "No result" in shown
    assert "There is no room." in shown
    assert drawing.numbers(trial) == ""


def test_what_ships_is_said_to_ship(maintenance: Maintenance) -> None:
    weights = choose(maintenance.settings)
    assert "as it ships" in drawing.in_use(weights, None)
    since = Change("accurate", "x", "2026-11-20T10:00:00+00:00")
    assert "since <time" in drawing.in_use(weights, since)


def test_what_the_settings_name_is_not_said_to_ship(tmp_path: Path) -> None:
    shown = drawing.in_use(Weights.open(write_weights(tmp_path / "mine", "blue")), None)
    assert "as the settings name it" in shown
    assert "ship" not in shown
    assert "ship" not in drawing.history([])


@pytest.fixture
def maintenance(settings) -> Maintenance:
    return Maintenance(settings)
