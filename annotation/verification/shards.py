"""The checks of shards: that they can be read, and have the columns of a dataset, which their rows then come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.verification.findings import Finding
from handseg.places import PlaceError, PurgedError, UnreliableError
from handseg.records.row import COLUMNS, SCHEMA_VERSION
from handseg.records.schema import SCHEMA, SchemaError
from handseg.records.shards import ShardError, damage_in_words, read_tables, split_in
from handseg.records.snapshot import Snapshot

_FEATURES = b"huggingface"
_VERSION = b"handseg_schema"


def parquet_files(snapshot: Snapshot) -> list[str]:
    """The paths of all shards, and of files that should be shards."""
    return sorted(path for path in snapshot.place.files(snapshot.revision) if path.endswith(".parquet"))


def check_name(path: str) -> Iterator[Finding]:
    """A shard is in the folder of its split, and named as shards are."""
    if split_in(path) is None:
        yield Finding("error", "foreign file", "it is not named as a shard; its rows were not looked at", path)


def tables_of(snapshot: Snapshot, path: str, findings: list[Finding]) -> Iterator[pa.Table]:
    """The row groups of a shard, as far as they can be read; what is wrong with it is added to `findings`.

    Raises UnreliableError if the Hub does not answer.
    """
    try:
        with snapshot.place.open(path, snapshot.revision) as file:
            findings += check_schema(_schema_of(file, path), path)
            for table in read_tables(file, path, COLUMNS):
                _check_content(table, path)
                yield table
    except SchemaError:
        pass  # told by `check_schema`, in full
    except UnreliableError:
        raise  # the network is no matter of the dataset
    except PurgedError as error:
        findings.append(Finding("error", "forgotten", str(error), path))
    except (ShardError, PlaceError) as error:
        findings.append(Finding("error", "unreadable shard", str(error), path))


def check_schema(found: pa.Schema, path: str) -> Iterator[Finding]:
    """A shard has the columns of a dataset, neither more nor of other types, and its version is known."""
    metadata = found.metadata or {}
    version = metadata.get(_VERSION, b"none")
    if version != str(SCHEMA_VERSION).encode():
        told = version.decode(errors="replace")
        yield _drift(path, f"its columns are of version {told}, and this handseg knows version {SCHEMA_VERSION}")
    if lacking := [name for name in COLUMNS if name not in found.names]:
        yield _drift(path, f"it has no column {', '.join(lacking)}")
    if more := [name for name in found.names if name not in COLUMNS]:
        yield _drift(path, f"it has columns that no dataset has: {', '.join(more)}")
    for field in SCHEMA:
        if field.name in found.names and (kind := found.field(field.name).type) != field.type:
            yield _drift(path, f"the column {field.name} is {kind}, not {field.type}")
    if not (lacking or more) and _features(metadata) != _features(SCHEMA.metadata):
        yield _drift(path, "what tells `datasets` which columns are pictures is not there, or another")


def _drift(path: str, words: str) -> Finding:
    return Finding("error", "schema", words, path)


def _schema_of(file: BinaryIO, path: str) -> pa.Schema:
    with damage_in_words(path):
        return pq.read_schema(file)


def _check_content(table: pa.Table, path: str) -> None:
    """Refuse, with ShardError, texts that are no UTF-8 and moments that no datetime has."""
    with damage_in_words(path):
        table.validate(full=True)
        table["created_at"].to_pylist()


def _features(metadata: dict[bytes, bytes]) -> object:
    try:
        return json.loads(metadata[_FEATURES])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return None
