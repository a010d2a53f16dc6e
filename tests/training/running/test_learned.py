"""What a run keeps of the photos that it learns from."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from handseg.errors import WeightsError
from handseg.weights import CARD, Weights
from tests.training.pages.filling import write_weights
from training.running.folder import Asked, begin
from training.running.learned import LEARNED, Learned, learned_by
from training.running.recipes import RECIPES

FIRST, SECOND = "00ff00ff00ff00ff", "ff00ff00ff00ff00"
ASKED = Asked.of("unet", RECIPES["quick"], [], "hands/validation", 0, {})


def run_with_weights(folder: Path, learned: Learned | None) -> Weights:
    begin(folder, ASKED, resume=False, learned=learned)
    return Weights.open(write_weights(folder / "weights", "blue"))


def test_weights_in_the_folder_of_their_run_know_what_they_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = Learned(frozenset([FIRST, SECOND]), ("accurate@0123456789ab",))
    weights = run_with_weights(tmp_path / "run", learned)
    assert learned_by(weights) == learned
    monkeypatch.chdir(weights.folder)
    assert learned_by(Weights.open(Path())) == learned


def test_what_a_run_learns_from_is_written_when_it_begins_and_never_again(tmp_path: Path) -> None:
    begin(tmp_path, ASKED, resume=False, learned=Learned(frozenset([FIRST])))
    begin(tmp_path, ASKED, resume=True, learned=Learned(frozenset([SECOND])))
    assert json.loads((tmp_path / LEARNED).read_text()) == {"hashes": [FIRST], "untold": []}


def test_of_a_run_of_an_earlier_version_it_stays_unknown_when_it_goes_on(tmp_path: Path) -> None:
    weights = run_with_weights(tmp_path, None)
    begin(tmp_path, ASKED, resume=True, learned=Learned(frozenset([FIRST])))
    assert learned_by(weights) == Learned(untold=(weights.card.id,))


def test_what_initial_weights_learned_from_counts_too(tmp_path: Path) -> None:
    first = run_with_weights(tmp_path / "first", Learned(frozenset([FIRST]), ("accurate@0123456789ab",)))
    both = Learned.with_initial(frozenset([SECOND]), str(first.folder), {})
    assert both == Learned(frozenset([FIRST, SECOND]), ("accurate@0123456789ab",))
    second = run_with_weights(tmp_path / "second", both)
    assert FIRST in Learned.with_initial(frozenset(), str(second.folder), {}).hashes


def test_of_initial_weights_without_their_run_it_is_kept_that_it_is_not_known(tmp_path: Path) -> None:
    alone = Weights.open(write_weights(tmp_path / "somewhere" / "weights", "blue"))
    assert Learned.with_initial(frozenset(), str(alone.folder), {}).untold == (alone.card.id,)
    ours = {"training_data": [{"source": "hands"}], "dataset_revision": ""}
    assert Learned.with_initial(frozenset(), "anna/better-hands", ours).untold == ("anna/better-hands",)
    backbone = {"training_data": [], "dataset_revision": ""}
    assert Learned.with_initial(frozenset([FIRST]), "timm/lite2", backbone) == Learned(frozenset([FIRST]))
    assert Learned.with_initial(frozenset([FIRST]), "", {}) == Learned(frozenset([FIRST]))


def test_of_the_other_half_of_a_blend_it_is_not_known(tmp_path: Path) -> None:
    weights = run_with_weights(tmp_path, Learned(frozenset([FIRST])))
    card = dataclasses.replace(weights.card, training={"blended_with": "fast@0123456789ab", "share": 0.5})
    (weights.folder / CARD).write_text(card.to_json())
    assert learned_by(Weights.open(weights.folder)) == Learned(frozenset([FIRST]), ("fast@0123456789ab",))


@pytest.mark.parametrize("damaged", ["{", "[]", '{"hashes": []}'])
def test_damaged_notes_are_told_and_not_taken_for_none(tmp_path: Path, damaged: str) -> None:
    weights = run_with_weights(tmp_path, None)
    (tmp_path / LEARNED).write_text(damaged)
    with pytest.raises(WeightsError, match=r"cannot read .*learned\.json .*; restore it, or train anew"):
        learned_by(weights)
