"""A whole verification: every shard, row by row, then all rows together, with no more than a row group in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from annotation.verification.by_hand import check_files
from annotation.verification.findings import Finding, Findings
from annotation.verification.rows import check_row
from annotation.verification.shards import check_name, parquet_files, tables_of
from annotation.verification.sight import Sight
from annotation.verification.whole import check_whole
from handseg.records.row import LIGHT
from handseg.records.shards import split_in
from handseg.records.snapshot import LIGHT_SCHEMA, Snapshot

Watch = Callable[[Sight, str], None]
"""Told of each row that can be looked at, and of its split."""

# With one of these not all rows were seen.
_ROWS_LACK = ("unreadable shard", "forgotten", "schema", "foreign file")
_BATCH = 16
# So many photos are decoded at once, of up to 150 MB each, and twice that while Pillow has them.
_THREADS = 2


@dataclass
class Verified:
    """What came out."""

    findings: Findings = field(default_factory=Findings)
    rows: int = 0
    shards: int = 0


def verify(
    snapshot: Snapshot,
    watch: Watch | None = None,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> Verified:
    """Check a dataset at a revision. `progress` may tell how far it is: it is given the paths, and goes through them.

    Raises PlaceError if the dataset cannot be read at all.
    """
    verified, light = Verified(), [LIGHT_SCHEMA.empty_table()]
    verified.findings.add(check_files(snapshot))
    for path in progress(parquet_files(snapshot)):
        verified.findings.add(check_name(path))
        if split := split_in(path):
            light += _verify_shard(verified, snapshot, path, split, watch)
    rows = pa.concat_tables(light)
    is_complete = len(rows) == verified.rows and not verified.findings.has(*_ROWS_LACK)
    verified.findings.add(check_whole(snapshot, rows, is_complete))
    return verified


def _verify_shard(
    verified: Verified, snapshot: Snapshot, path: str, split: str, watch: Watch | None
) -> Iterator[pa.Table]:
    """Check a shard and its rows, and yield what all rows are to be compared by."""
    found: list[Finding] = []
    verified.shards += 1
    for table in tables_of(snapshot, path, found):
        verified.rows += len(table)
        verified.findings.add(_check_rows(table, path, split, watch))
        yield _light_of(table, path, split)
    verified.findings.add(found)


def _check_rows(table: pa.Table, path: str, split: str, watch: Watch | None) -> Iterator[Finding]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for rows in _few_at_once(table):
            for sight, findings in pool.map(partial(check_row, path), rows):
                yield from findings
                if sight is not None and watch is not None:
                    watch(sight, split)


def _few_at_once(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        rows = batch.to_pylist()
        yield from (rows[start : start + _THREADS] for start in range(0, len(rows), _THREADS))


def _light_of(table: pa.Table, path: str, split: str) -> pa.Table:
    """The light columns of the rows that have all of them."""
    columns = [table[name] for name in LIGHT]
    place = [pa.array([value] * len(table), pa.string()) for value in (split, path)]
    light = pa.Table.from_arrays([*columns, *place], schema=LIGHT_SCHEMA)
    return light.filter(pc.invert(_has_null(light)))


def _has_null(light: pa.Table) -> pa.ChunkedArray:
    found = pa.chunked_array([pa.array([False] * len(light))])
    for column in light.columns:
        found = pc.or_(found, column.is_null())
    return found
