"""What changed between two revisions of a dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from handseg import masks
from handseg.metrics import count
from handseg.records.shards import read_tables
from handseg.records.snapshot import Snapshot

_CHUNK = 2000
_KEYS = ("id", "photo_id", "split", "mask_sha256", "shard")


@dataclass(frozen=True)
class Correction:
    """A photo that is in both revisions, with another record."""

    photo_id: str
    before: str
    """The id of the earlier row..."""
    after: str
    """...and of the later one."""
    iou: float
    """Of the two masks."""


@dataclass(frozen=True)
class Difference:
    """What changed, photos by their ids."""

    added: tuple[str, ...]
    changed: tuple[Correction, ...]
    withdrawn: tuple[str, ...]
    moved: tuple[str, ...]
    """Photos that are in another split: never, unless something is wrong."""
    unchanged: int


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """Compare two revisions; only the masks of changed photos are decoded.

    Raises:
        PlaceError, ShardError: a revision cannot be read any more.
    """
    old, new = _by_photo(before), _by_photo(after)
    common = old.keys() & new.keys()
    changed = [photo_id for photo_id in common if old[photo_id]["id"] != new[photo_id]["id"]]
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(_corrections(changed, before, old, after, new), key=lambda each: each.photo_id)),
        withdrawn=tuple(sorted(old.keys() - new.keys())),
        moved=tuple(sorted(photo_id for photo_id in common if old[photo_id]["split"] != new[photo_id]["split"])),
        unchanged=len(common) - len(changed),
    )


Rows = Mapping[str, Mapping[str, str]]


def _by_photo(snapshot: Snapshot) -> Rows:
    columns = [snapshot.light[name].to_pylist() for name in _KEYS]
    return {values[1]: dict(zip(_KEYS, values, strict=True)) for values in zip(*columns, strict=True)}


def _corrections(
    changed: Sequence[str], before: Snapshot, old: Rows, after: Snapshot, new: Rows
) -> Iterator[Correction]:
    """A chunk at a time, so that only its masks are in memory; neighbours in a shard are in one chunk."""
    in_shards = sorted(changed, key=lambda photo_id: (old[photo_id]["shard"], new[photo_id]["shard"]))
    for begin in range(0, len(in_shards), _CHUNK):
        yield from _corrections_of(in_shards[begin : begin + _CHUNK], before, old, after, new)


def _corrections_of(
    changed: Sequence[str], before: Snapshot, old: Rows, after: Snapshot, new: Rows
) -> Iterator[Correction]:
    alike = {photo_id for photo_id in changed if old[photo_id]["mask_sha256"] == new[photo_id]["mask_sha256"]}
    differing = [photo_id for photo_id in changed if photo_id not in alike]
    first = _masks(before, [old[photo_id] for photo_id in differing])
    second = _masks(after, [new[photo_id] for photo_id in differing])
    for photo_id in changed:
        ids = old[photo_id]["id"], new[photo_id]["id"]
        iou = 1.0 if photo_id in alike else count(*map(masks.from_png, (first[ids[0]], second[ids[1]]))).iou
        yield Correction(photo_id, *ids, iou)


def _masks(snapshot: Snapshot, rows: Collection[Mapping[str, str]]) -> dict[str, bytes]:
    """The mask files of these rows by their ids; each shard that has some is read once, and only in part."""
    by_shard = defaultdict(list)
    for row in rows:
        by_shard[row["shard"]].append(row["id"])
    found: dict[str, bytes] = {}
    for shard, ids in by_shard.items():
        with snapshot.place.open(shard, snapshot.revision) as file:
            for table in read_tables(file, shard, ("id", "mask")):
                wanted = table.filter(pc.is_in(table["id"], pa.array(ids)))
                found |= {row["id"]: row["mask"]["bytes"] for row in wanted.to_pylist()}
    return found
