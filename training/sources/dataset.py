"""Our own datasets: folders, or repositories of the Hub, at any revision."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from handseg.records.opening import open_snapshot
from handseg.records.row import Row
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS
from training.sources.examples import Example, SourceError, Terms
from training.sources.protocol import Entry, Found, Wishes


def find(place: str, wishes: Wishes) -> Found:
    """The rows of the wished splits, or of all, read one after the other.

    Raises:
        PlaceError: there is no such dataset or revision.
        SchemaError: it is of another kind, or of a newer handseg.
        SourceError: there is no such split, or nothing in it.
    """
    snapshot = open_snapshot(place)
    splits = chosen_splits(wishes.splits)
    count = sum(split in splits for split in snapshot.light["split"].to_pylist())
    if not count:
        raise SourceError(f"{place} has no photos in {' and '.join(splits)}; publish or import some first")
    return Found(count, (Entry(each.name, lambda each=each: each) for each in examples_of(snapshot, splits, wishes)))


def examples_of(
    snapshot: Snapshot, splits: tuple[str, ...], wishes: Wishes | None = None, without: Collection[str] = ()
) -> Iterator[Example]:
    """The rows of some splits, sorted by shard, of which a row group is in memory at a time.

    Those of the photos `without`, by their ids, are left out.
    """
    paths = [path for path, split in snapshot.shards.items() if split in splits]
    rows = (row for row in snapshot.rows(paths) if row.photo_id not in without)
    return (example_of(row, wishes or Wishes()) for row in rows)


def example_of(row: Row, wishes: Wishes) -> Example:
    """A row as an example; its masks are what people have drawn, up to the wrist."""
    terms = wishes.of(Terms(row.source, row.licence, ""))
    return Example(row.id, row.image, row.mask, row.verdict == "no_hand", row.group_id, terms)


def chosen_splits(splits: tuple[str, ...]) -> tuple[str, ...]:
    """These splits, or all of them; raises SourceError for one that no dataset has."""
    if unknown := [split for split in splits if split not in SPLITS]:
        raise SourceError(f"there is no split {', '.join(unknown)}; choose from: {', '.join(SPLITS)}")
    return splits or SPLITS
