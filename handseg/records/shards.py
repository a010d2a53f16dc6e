"""Shards: immutable Parquet files, each of one split, with a name that no other shard ever gets.

data/train/20261121T101500Z-5f2c9a1e.parquet
"""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from handseg.errors import HandsegError, OutputError, first_line
from handseg.records.row import Row
from handseg.records.schema import SCHEMA, check_schema, from_table, to_table
from handseg.records.splits import SPLITS

DATA = "data"
MOST_ROWS = 2000
MOST_BYTES = 200_000_000
"""A shard is closed when it has so many rows, or so many bytes of pictures."""

_GROUP_ROWS = 100
_GROUP_BYTES = 32_000_000
_NAME = re.compile(rf"{DATA}/({'|'.join(SPLITS)})/\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}}\.parquet")


class ShardError(HandsegError):
    """A shard cannot be read."""


def new_name(split: str, moment: datetime) -> str:
    """A path for a new shard of a split, made at `moment` (UTC)."""
    return f"{DATA}/{split}/{moment:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}.parquet"


def split_in(path: str) -> str | None:
    """The split of the shard with this path in a dataset; None for a path that no shard has.

    >>> split_in("data/test/20261121T101500Z-5f2c9a1e.parquet"), split_in("README.md")
    ('test', None)
    """
    match = _NAME.fullmatch(path)
    return match and match[1]


class ShardWriter:
    """Writes rows of all splits into new shards below a folder; a context manager, whose end closes the last ones.

    Only the rows of one row group per split are in memory. After an error the shards are incomplete and must not be
    used.
    """

    def __init__(self, folder: Path, moment: datetime) -> None:
        """New shards are in `folder`, under the paths that they shall have in the dataset; `moment` is in UTC."""
        self._folder, self._moment = folder, moment
        self._open: dict[str, _OpenShard] = {}
        self.shards: dict[str, Path] = {}
        """The path in the dataset of each shard, and where it is now."""

    def add(self, split: str, row: Row) -> None:
        """Write a row; raises OutputError if the disk is full."""
        if split not in self._open:
            name = new_name(split, self._moment)
            self._open[split] = _OpenShard(self._folder / name)
            self.shards[name] = self._folder / name
        self._open[split].add(row)
        if self._open[split].full:
            self._open.pop(split).close()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for shard in self._open.values():
            with contextlib.suppress(Exception) if error else contextlib.nullcontext():
                shard.close()


class _OpenShard:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._group: list[Row] = []
        self._group_bytes = self._rows = self._bytes = 0
        with _full_disk_in_words(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd", write_page_checksum=True)

    @property
    def full(self) -> bool:
        return self._rows >= MOST_ROWS or self._bytes >= MOST_BYTES

    def add(self, row: Row) -> None:
        size = len(row.image) + len(row.mask) + len(row.model_mask or b"") + len(row.prompts)
        self._group.append(row)
        self._rows += 1
        self._group_bytes += size
        self._bytes += size
        if len(self._group) >= _GROUP_ROWS or self._group_bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        with _full_disk_in_words(self._path):
            self._writer.close()

    def _flush(self) -> None:
        if self._group:
            with _full_disk_in_words(self._path):
                self._writer.write_table(to_table(self._group))
            self._group, self._group_bytes = [], 0


def read(file: BinaryIO, name: str) -> Iterator[Row]:
    """The rows of an open shard, a row group in memory at a time; `name` is what errors call it.

    Raises:
        ShardError: no Parquet, or damaged.
        SchemaError: of a newer version, or not of our columns.
        RowError: a value that no row has.
    """
    for table in read_tables(file, name, SCHEMA.names):
        with damage_in_words(name):
            found = from_table(table)
        yield from found


def read_tables(file: BinaryIO, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The row groups of an open shard as tables of the wanted `columns`; raises ShardError and SchemaError."""
    # In this thread alone: Arrow's threads, reading ahead through Python, now and then abort the process at its end.
    with damage_in_words(name), pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True) as shard:
        check_schema(shard.schema_arrow, f"the shard {name}")
        for group in range(shard.num_row_groups):
            yield shard.read_row_group(group, columns=list(columns), use_threads=False)


@contextlib.contextmanager
def damage_in_words(name: str) -> Iterator[None]:
    """What Arrow says of the bytes of a shard that are none, as ShardError."""
    try:
        yield
    # Besides its own, Arrow raises those of texts that are no UTF-8 and of moments that no datetime has.
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if hasattr(error, "response"):  # what the Hub answered while it was read, which is no damage
            raise
        raise ShardError(f"the shard {name} cannot be read: {first_line(error)}") from error


@contextlib.contextmanager
def _full_disk_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; make room and start again") from error
