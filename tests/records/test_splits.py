from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.records.splits import SHARES, SPLITS, split_of

GOLDEN = {
    "": "train",
    "a film": "test",
    "another film": "train",
    "egohands/CARDS_COURTYARD_B_T": "train",
    "手": "train",
    "0" * 64: "train",
    "film 16": "validation",
    "film 21": "validation",
}


def test_a_groups_split_is_the_same_for_ever() -> None:
    """These are in datasets that people have: should this test fail, then the code is wrong, not the test."""
    assert {group: split_of(group) for group in GOLDEN} == GOLDEN


def test_shares_add_up_and_are_kept() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    found = Counter(split_of(f"group {number}") for number in range(20_000))
    assert {split: found[split] / 20_000 for split in SPLITS} == pytest.approx(SHARES, abs=0.01)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_group_has_one_of_the_splits(group: str) -> None:
    assert split_of(group) in SPLITS
    assert split_of(group) == split_of(group)
