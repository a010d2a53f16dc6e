"""Which shards are merged, and that nothing is lost thereby."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handseg.places.folder import FolderPlace
from handseg.records import compaction
from handseg.records.compaction import CompactionError, compact, small_shards
from handseg.records.row import Row
from handseg.records.shards import ShardWriter
from handseg.records.snapshot import Snapshot
from tests.records.filling import add, rows

TRAIN, TEST = "another film", "a film"


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Shards of 2, 3 and 4 photos to learn from, and one of 1 to test with."""
    place = FolderPlace(tmp_path / "hands")
    for count, group in ((2, TRAIN), (3, TRAIN), (4, TRAIN), (1, TEST)):
        add(place, *rows(count, seed=count, group_id=group))
    return place


def rows_of_small_shards(place: FolderPlace) -> list[int]:
    snapshot = Snapshot(place)
    return sorted(len(snapshot.light_of(path)) for path in small_shards(snapshot))


def test_of_each_split_two_or_more_small_shards_are_merged(place: FolderPlace) -> None:
    assert rows_of_small_shards(place) == [2, 3, 4]


def test_a_shard_that_is_half_full_is_left_as_it_is(place: FolderPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MOST_ROWS", 8)
    assert rows_of_small_shards(place) == [2, 3]
    snapshot = Snapshot(place)
    sizes = {path: file.size for path, file in place.files(snapshot.revision).items() if path in snapshot.shards}
    monkeypatch.setattr(compaction, "MOST_ROWS", 100)
    monkeypatch.setattr(compaction, "MOST_BYTES", 2 * max(sizes.values()))
    assert rows_of_small_shards(place) == [2, 3]


@pytest.mark.parametrize("loss", ["a row", "a prompt"])
def test_a_merge_that_loses_something_changes_nothing(
    place: FolderPlace, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    before, whole, lost = Snapshot(place), ShardWriter.add, next(rows(2, seed=2, group_id=TRAIN)).id

    def careless(writer: ShardWriter, split: str, row: Row) -> None:
        if row.id != lost:
            whole(writer, split, row)
        elif loss == "a prompt":
            whole(writer, split, replace(row, prompts="[]"))

    monkeypatch.setattr(ShardWriter, "add", careless)
    with pytest.raises(CompactionError, match="nothing has changed"):
        compact(before)
    assert Snapshot(place).revision == before.revision
