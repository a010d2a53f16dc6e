from __future__ import annotations

from pathlib import Path

import pytest

from training.sources.examples import SourceError
from training.sources.licensed import HAND_SETS, NEGATIVE_SETS, find
from training.sources.protocol import Wishes


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
