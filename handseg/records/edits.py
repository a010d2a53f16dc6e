"""How a dataset changes: rows come, rows go, shards are merged, all in one new revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from handseg.places import Revision
from handseg.records import withdrawn
from handseg.records.card import regenerated
from handseg.records.facts import Agreement, facts_of
from handseg.records.row import Row, RowError
from handseg.records.scratch import scratch_folder
from handseg.records.shards import ShardWriter
from handseg.records.snapshot import CARD, Snapshot, read_light
from handseg.records.splits import split_of
from handseg.records.withdrawn import Withdrawn


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What shall change."""

    message: str
    """What the revision is called in the log."""
    add: Iterable[Row] = ()
    """Their `group_id` is final; may be a generator, as no more than a few rows are in memory at a time."""
    drop: Collection[str] = ()
    """The ids of rows that go."""
    merge: Collection[str] = ()
    """The paths of shards whose rows are written anew, into as few shards as possible."""
    withdraw: Collection[Withdrawn] = ()
    """Photos that must not come in again."""
    agreement: Agreement | None = None
    """How well annotators agree, if it was measured; else the card keeps what it says."""


Check = Callable[[Mapping[str, Path]], None]
"""Looks at the shards that were written, by their paths in the dataset, before they go out; raises to stop that."""


def commit(before: Snapshot, edit: Edit, check: Check = lambda _: None) -> Revision | None:
    """Make a new revision of a dataset from `before`, which must be its newest one; None if nothing would change.

    A row whose photo is in the dataset already takes the place of the earlier row.

    Raises:
        ConflictError, UnreliableError: as `Place.commit`.
        ShardError, RowError: a shard that must be written anew is damaged.
        OutputError: the disk is full.
    """
    with scratch_folder() as folder:
        with ShardWriter(folder, datetime.now(UTC)) as writer:
            photo_ids: set[str] = set()
            for row in edit.add:
                _refuse_twice(row, photo_ids)
                writer.add(split_of(row.group_id), row)
            gone = _ids_that_go(before.light, edit.drop, photo_ids)
            rewritten = _shards_to_rewrite(before.light, gone) | set(edit.merge)
            for row in before.rows(sorted(rewritten)):
                if row.id not in gone:
                    writer.add(split_of(row.group_id), row)
        if not (writer.shards or rewritten or edit.withdraw):
            return None
        check(writer.shards)
        put: dict[str, Path | bytes] = dict(writer.shards)
        put |= _texts(before, edit, _light_after(before, rewritten, writer.shards))
        return before.place.commit(before.revision, edit.message, put, rewritten)


def _refuse_twice(row: Row, photo_ids: set[str]) -> None:
    if row.photo_id in photo_ids:
        raise RowError(f"the photo {row.photo_id} comes twice, the second time in the row {row.id}; add one mask of it")
    photo_ids.add(row.photo_id)


def _ids_that_go(light: pa.Table, drop: Collection[str], photo_ids: Collection[str]) -> set[str]:
    replaced = light.filter(_is_in(light["photo_id"], photo_ids))["id"]
    return {*drop, *replaced.to_pylist()}


def _shards_to_rewrite(light: pa.Table, gone: Collection[str]) -> set[str]:
    return set(light.filter(_is_in(light["id"], gone))["shard"].unique().to_pylist())


def _is_in(column: pa.ChunkedArray, values: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(column, pa.array(list(values), pa.string()))


def _light_after(before: Snapshot, rewritten: Collection[str], written: dict[str, Path]) -> pa.Table:
    """The light columns of the revision to be; what was written is read again, so that no broken shard goes out."""
    tables = [before.light_of(path) for path in before.shards if path not in rewritten]
    for path, file in written.items():
        with file.open("rb") as shard:
            tables.append(read_light(shard, path))
    return pa.concat_tables([before.light.slice(0, 0), *tables])


def _texts(before: Snapshot, edit: Edit, light: pa.Table) -> dict[str, bytes]:
    card = regenerated(before.card, facts_of(light), edit.agreement, before.place.address)
    texts = {CARD: card.encode()} if card != before.card else {}
    if edit.withdraw:
        texts[withdrawn.PATH] = withdrawn.to_lines([*before.withdrawn, *edit.withdraw])
    return texts
