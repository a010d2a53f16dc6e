"""Nothing is promoted for what it does with photos that it learned from."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from handseg.places.folder import FolderPlace
from handseg.records.opening import open_snapshot
from handseg.records.snapshot import Snapshot
from handseg.records.splits import split_of
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, Weights
from tests.records.filling import add, replaced
from tests.training.pages.filling import fill_dataset, write_run, write_weights
from training.evaluation.cases import DatasetCases
from training.promotion import try_candidate
from training.running.learned import Learned
from training.sources.mixture import Mixture
from training.trials.carrying_out import carry_out
from training.trials.folder import FAILED, JUDGED, Trial
from training.unseen import SeenError, refuse_seen

ROOT = Path(__file__).parents[2]
TEST = 26


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> FolderPlace:
    return fill_dataset(tmp_path_factory.mktemp("hands") / "dataset", test=TEST, train=20)


@pytest.fixture(scope="module")
def cases(hands: FolderPlace) -> DatasetCases:
    return DatasetCases(open_snapshot(hands.address), "test")


def looks(place: FolderPlace, split: str) -> list[str]:
    return [row["phash"] for row in Snapshot(place).light.to_pylist() if row["split"] == split]


def run_that_learned(folder: Path, hashes: Iterable[str], *untold: str) -> Weights:
    run = write_run(folder, "blue")
    Learned(frozenset(hashes), untold).keep(run)
    return Weights.open(run / "weights")


def test_a_candidate_that_learned_from_test_photos_is_refused_before_anything_is_measured(
    tmp_path: Path, hands: FolderPlace, cases: DatasetCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.promotion.side_by_side", lambda *_: pytest.fail("it was measured"))
    candidate = run_that_learned(tmp_path / "run", [*looks(hands, "train"), *looks(hands, "test")[:3]])
    with pytest.raises(SeenError) as refused:
        try_candidate(candidate, cases, Settings(home=tmp_path / "home", device="cpu"))
    said, ids = str(refused.value), [photo_id for photo_id, _ in cases.hashes()]
    assert f"learned from 3 of the {TEST} photos of {cases.name}, or from some that look like them" in said
    assert any(f"such as {each}, so" in said for each in ids[:3])
    assert said.endswith("train anew with that dataset among --dataset, which leaves its test photos out")


def test_near_duplicates_count_as_the_photos_that_they_look_like(
    tmp_path: Path, hands: FolderPlace, cases: DatasetCases
) -> None:
    nearly, other = (f"{int(looks(hands, 'test')[0], 16) ^ bits:016x}" for bits in (0b111111, 0b1111111))
    with pytest.raises(SeenError, match="from 1 of the 26"):
        refuse_seen(run_that_learned(tmp_path / "nearly", [nearly]), cases)
    assert refuse_seen(run_that_learned(tmp_path / "other", [other]), cases) == ()


def test_whoever_began_with_other_weights_is_told_that_these_count(
    tmp_path: Path, hands: FolderPlace, cases: DatasetCases
) -> None:
    weights = run_that_learned(tmp_path / "run", looks(hands, "test"))
    (weights.folder / CARD).write_text(dataclasses.replace(weights.card, initial={"source": "first"}).to_json())
    with pytest.raises(SeenError, match="test photos out, and with other initial weights if they are from those"):
        refuse_seen(Weights.open(weights.folder), cases)


def test_of_what_learned_from_other_photos_nothing_is_said(
    tmp_path: Path, hands: FolderPlace, cases: DatasetCases
) -> None:
    assert refuse_seen(run_that_learned(tmp_path / "run", looks(hands, "train")), cases) == ()


def test_weights_of_which_it_is_not_known_are_measured_and_that_is_told(tmp_path: Path, cases: DatasetCases) -> None:
    alone = Weights.open(write_weights(tmp_path / "alone" / "weights", "blue"))
    tried = try_candidate(alone, cases, Settings(home=tmp_path / "home", device="cpu"), "fast")
    assert tried.judgement.better
    assert tried.judgement.reasons[-1].startswith(f"which photos {alone.card.id} learned from is not known")
    begun = run_that_learned(tmp_path / "run", [], "accurate@0123456789ab", "anna/hands", "anna/hands")
    assert "which photos accurate@0123456789ab and anna/hands learned" in refuse_seen(begun, cases)[0]


def test_the_page_s_comparison_refuses_and_remarks_in_the_same_words(tmp_path: Path, hands: FolderPlace) -> None:
    incumbent, settings = Weights.open(SHIPPED / "fast"), Settings(device="cpu")
    seen = run_that_learned(tmp_path / "seen", looks(hands, "test")).folder
    unknown = write_run(tmp_path / "unknown", "blue") / "weights"
    trials = [Trial.begin(each.parent, each, incumbent, "fast", hands.address, "Ann") for each in (seen, unknown)]
    for trial in trials:
        carry_out(trial, settings)
    assert [trial.standing for trial in trials] == [FAILED, JUDGED]
    assert f"learned from {TEST} of the {TEST} photos" in trials[0].outcome["error"]
    assert "is not known" in trials[1].outcome["told"]["reasons"][-1]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, hands: FolderPlace) -> FolderPlace:
    """Another dataset into which somebody imported the same photos, all but one of them to learn from."""
    place = FolderPlace(tmp_path_factory.mktemp("other") / "dataset")
    learned = (name for number in range(10_000) if split_of(name := f"elsewhere {number}") == "train")
    held = next(name for number in range(99) if split_of(name := f"elsewhere {number}") == "validation")
    first, *others = Snapshot(hands).rows()
    add(place, replaced(first, group_id=held), *(replaced(row, group_id=next(learned)) for row in others))
    return place


def test_a_run_on_another_dataset_that_has_the_test_photos_is_refused_by_the_command(
    tmp_path: Path, hands: FolderPlace, other: FolderPlace
) -> None:
    run = tmp_path / "run"
    wishes = ["--model", "unet-mobilenetv3", "--samples", 8, "--side", 32, "--batch", 4, "--workers", 0, "--cpu"]
    trained = training(tmp_path, "train", "--dataset", other.address, "--output", run, *wishes)
    assert trained.returncode == 0, trained.stderr
    # As if it had taken hours, and learned all by heart.
    write_weights(run / "weights", "blue", step=json.loads((run / "best" / "scores.json").read_text())["step"])
    refused = training(tmp_path, "promote", run, "--dataset", hands.address)
    assert refused.returncode == 2
    assert f"of the {TEST} photos of {hands.address}" in refused.stderr
    assert "train anew with that dataset among --dataset" in refused.stderr


def test_a_run_on_both_datasets_is_not_refused(
    tmp_path: Path, hands: FolderPlace, other: FolderPlace, cases: DatasetCases
) -> None:
    alone, both = (Mixture.parse(each).open().hashes for each in ([other.address], [other.address, hands.address]))
    with pytest.raises(SeenError):
        refuse_seen(run_that_learned(tmp_path / "alone", alone), cases)
    assert refuse_seen(run_that_learned(tmp_path / "both", both), cases) == ()


def training(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HANDSEG_HOME": str(home), "HANDSEG_MODELS": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
