from __future__ import annotations

import contextlib
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.intake.alike import ALIKE, distance
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.grouping import Grouping, StraddleError
from handseg.records.snapshot import Snapshot
from handseg.records.splits import split_of
from handseg.records.withdrawn import Withdrawn
from tests.records.filling import add, rows

TRAIN, OTHER_TRAIN, TEST, NEW_TEST = "another film", "film 0", "a film", "film 4"
"""Groups by their splits."""


def photo(number: int) -> str:
    return f"{number:064x}"


def bits(*places: int) -> str:
    return f"{sum(1 << place for place in places):016x}"


def known(*photos: tuple[str, str, str]) -> Grouping:
    grouping = Grouping()
    for each in photos:
        grouping.add(*each)
    return grouping


def test_the_names_above_are_right() -> None:
    assert [split_of(name) for name in (TRAIN, OTHER_TRAIN, TEST, NEW_TEST)] == ["train", "train", "test", "test"]


def test_a_photo_like_no_other_is_in_the_group_that_its_source_says() -> None:
    assert Grouping().group_for(photo(1), TEST, bits()) == TEST


def test_a_photo_that_is_in_the_dataset_stays_in_its_group() -> None:
    grouping = known((photo(1), TRAIN, bits()))
    assert grouping.group_for(photo(1), photo(1), bits(*range(20))) == TRAIN


def test_a_photo_without_a_group_of_its_own_joins_the_first_by_name_of_those_with_photos_like_it() -> None:
    grouping = known((photo(1), OTHER_TRAIN, bits(1)), (photo(2), TRAIN, bits(1, 2, 3)))
    assert grouping.group_for(photo(3), photo(3), bits()) == TRAIN


def test_a_group_that_the_dataset_has_keeps_its_photos_together() -> None:
    grouping = known((photo(1), TRAIN, bits()), (photo(2), OTHER_TRAIN, bits(*range(30))))
    assert grouping.group_for(photo(3), TRAIN, bits(*range(29))) == TRAIN


def test_a_photo_that_looks_like_photos_of_two_splits_is_left_out() -> None:
    grouping = known((photo(1), TRAIN, bits(1, 2, 3, 4)), (photo(2), TEST, bits(11, 12, 13, 14)))
    with pytest.raises(StraddleError, match=r"belongs to test and train at once.*leave it out"):
        grouping.group_for(photo(3), photo(3), bits())


def test_a_photo_of_one_split_that_looks_like_one_of_another_is_left_out() -> None:
    grouping = known((photo(1), TRAIN, bits()), (photo(2), TEST, bits(*range(30))))
    with pytest.raises(StraddleError):
        grouping.group_for(photo(3), TRAIN, bits(*range(30)))


def test_the_first_photo_of_a_film_does_not_go_where_the_rest_of_the_film_will_not_follow() -> None:
    """It looks like a photo in train, and its film, of which the dataset has nothing yet, belongs to test."""
    grouping = known((photo(1), TRAIN, bits()))
    with pytest.raises(StraddleError, match=NEW_TEST):
        grouping.group_for(photo(2), NEW_TEST, bits(1))


def test_what_looks_like_a_photo_that_was_taken_out_is_in_the_split_that_it_was_in(tmp_path: Path) -> None:
    for group, seed in ((TEST, 1), (OTHER_TRAIN, 2)):
        place, (row,) = FolderPlace(tmp_path / group), rows(1, seed, group_id=group)
        add(place, row)
        gone = Withdrawn.of(row.photo_id, row.group_id, row.phash)
        assert group not in gone.group_id
        commit(Snapshot(place), Edit(message="taken out", drop=[row.id], withdraw=[gone]))
        joined = Snapshot(place).grouping.group_for(photo(3), photo(3), row.phash)
        assert split_of(joined) == split_of(group)


# Few groups and few hashes, some of which are near each other, so that they often meet.
hashes = st.sets(st.sampled_from([1, 2, 3, 4, 5, 17, 18, 19, 33, 34, 35, 49, 50, 51]), max_size=10)
photos = st.dictionaries(
    st.integers(0, 30), st.tuples(st.sampled_from(["", TRAIN, OTHER_TRAIN, TEST, NEW_TEST]), hashes), max_size=30
)


@given(photos, st.randoms(use_true_random=False))
def test_whatever_comes_in_whatever_order_nothing_that_belongs_together_is_in_two_splits(
    arriving: dict[int, tuple[str, set[int]]], random: object
) -> None:
    order = [*arriving, *arriving]  # each is offered twice: its second record comes later
    random.shuffle(order)
    grouping, split = Grouping(), {}
    for number in order:
        told, phash = arriving[number]
        key = photo(number)
        with contextlib.suppress(StraddleError):
            group = grouping.group_for(key, told or key, bits(*phash))
            assert split.setdefault(number, split_of(group)) == split_of(group)
            grouping.add(key, group, bits(*phash))
    of_group = defaultdict(set)
    for number in split:
        told, phash = arriving[number]
        of_group[told or photo(number)].add(split[number])
        for other in split:
            if distance(bits(*phash), bits(*arriving[other][1])) <= ALIKE:
                assert split[number] == split[other]
    assert all(len(splits) == 1 for splits in of_group.values())
