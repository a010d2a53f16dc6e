from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.sources.examples import SourceError, is_held_back
from training.sources.labels import BACKGROUND, HAND, IGNORE
from training.sources.licensed import HAND_SETS, NEGATIVE_SETS, find, read_hands, read_negatives
from training.sources.protocol import Wishes


def test_every_set_is_read_with_its_labels(collection: Path) -> None:
    for chosen in HAND_SETS:
        for example in read_hands(collection, chosen):
            assert example.photo.shape == (48, 64, 3)
            assert example.label.shape == example.skin.shape == (48, 64)
            assert (example.label == HAND).any()
            assert set(np.unique(example.label)) <= {BACKGROUND, IGNORE, HAND}
    for chosen in NEGATIVE_SETS:
        assert all(not example.label.any() for example in read_negatives(collection, chosen))


def test_what_is_held_back_is_a_small_share_and_never_changes() -> None:
    names = [f"set/{index}" for index in range(2_000)]
    held = [name for name in names if is_held_back(name)]
    assert 0.05 < len(held) / len(names) < 0.11
    assert held == [name for name in names if is_held_back(name)]


def test_all_photos_are_found_with_licences_that_have_identifiers(collection: Path) -> None:
    examples = [entry.read() for entry in find(str(collection), Wishes()).entries]
    assert {each.source for each in examples} == {each.name for each in (*HAND_SETS, *NEGATIVE_SETS)}
    assert all(" " not in each.terms.licence for each in examples)
    assert sum(each.hand_free for each in examples) == 6 * len(NEGATIVE_SETS)


def test_photos_that_are_known_to_be_of_one_person_are_a_group(collection: Path) -> None:
    groups = {each.group for each in (entry.read() for entry in find(str(collection), Wishes()).entries)}
    assert all(group == "" or group.startswith("epsrc_fingers/") for group in groups)


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there is no folder .*grocery_holding"):
        find(str(tmp_path), Wishes())
