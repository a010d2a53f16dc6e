"""Few large shards in place of many small ones, with a proof that no row was lost, doubled or changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path

from handseg.errors import HandsegError
from handseg.places import Revision
from handseg.records.edits import Edit, commit
from handseg.records.row import Row
from handseg.records.shards import MOST_BYTES, MOST_ROWS, read
from handseg.records.snapshot import Snapshot

SMALL = 0.5
"""A shard with less than this share of what it could hold is small."""


class CompactionError(HandsegError):
    """The merged rows are not the rows that were merged."""


def small_shards(snapshot: Snapshot) -> list[str]:
    """The shards that are worth merging: in each split the small ones, if there are two or more."""
    files = snapshot.place.files(snapshot.revision)
    small = defaultdict(list)
    for path, split in snapshot.shards.items():
        rows = len(snapshot.light_of(path))
        if rows < SMALL * MOST_ROWS and files[path].size < SMALL * MOST_BYTES:
            small[split].append(path)
    return sorted(path for paths in small.values() if len(paths) > 1 for path in paths)


def compact(before: Snapshot) -> Revision | None:
    """Merge the small shards of a dataset's newest revision; None if there are none.

    What was written is read again and compared with what was there, byte by byte, before anything changes.

    Raises:
        CompactionError: they differ; nothing has changed.
        ConflictError, UnreliableError: as `Place.commit`.
    """
    merged = small_shards(before)
    if not merged:
        return None
    digest = content_digest(before.rows(merged))

    def prove(written: Mapping[str, Path]) -> None:
        if content_digest(_rows_of(written)) != digest:
            raise CompactionError("the merged shards have other rows than the small ones; nothing has changed")

    return commit(before, Edit(message=f"Merge {len(merged)} small shards", merge=merged), prove)


def content_digest(rows: Iterable[Row]) -> str:
    """A hash of all that is in some rows, whatever their order, as 64 hex digits."""
    digests = sorted(hashlib.sha256(repr(astuple(row)).encode()).digest() for row in rows)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _rows_of(shards: Mapping[str, Path]) -> Iterator[Row]:
    for name, path in shards.items():
        with path.open("rb") as file:
            yield from read(file, name)
