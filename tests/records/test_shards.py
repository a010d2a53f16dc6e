from __future__ import annotations

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handseg.errors import HandsegError, OutputError
from handseg.records import shards
from handseg.records.row import Row, RowError
from handseg.records.schema import SchemaError, to_table
from handseg.records.shards import ShardError, ShardWriter, new_name, split_in
from handseg.records.splits import SPLITS, split_of
from tests.records.filling import rows

MOMENT = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


def written(folder: Path, new: list[Row]) -> dict[str, list[Row]]:
    with ShardWriter(folder, MOMENT) as writer:
        for row in new:
            writer.add(split_of(row.group_id), row)
    return {name: read(path) for name, path in writer.shards.items()}


def read(path: Path) -> list[Row]:
    with path.open("rb") as file:
        return list(shards.read(file, path.name))


def one_shard() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        written(Path(folder), list(rows(4, group_id="another film")))
        return next(Path(folder).rglob("*.parquet")).read_bytes()


SHARD = one_shard()


def test_rows_come_out_of_shards_of_their_splits_as_they_went_in(tmp_path: Path) -> None:
    new = list(rows(250))
    found = written(tmp_path, new)
    assert sorted(split_in(name) for name in found) == sorted(SPLITS)
    for name, there in found.items():
        assert there == [row for row in new if split_of(row.group_id) == split_in(name)]


def test_nothing_to_write_is_no_shard(tmp_path: Path) -> None:
    assert written(tmp_path, []) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_shard_is_closed_when_it_has_enough_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MOST_ROWS", 20)
    new = list(rows(50, group_id="another film"))
    found = written(tmp_path, new)
    assert [len(there) for there in found.values()] == [20, 20, 10]
    assert [row for there in found.values() for row in there] == new


def test_a_shard_is_closed_when_it_has_enough_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = list(rows(12, group_id="another film"))
    monkeypatch.setattr(shards, "MOST_BYTES", bytes_of(new[:5]))
    found = written(tmp_path, new)
    assert len(next(iter(found.values()))) == 5
    assert [row for there in found.values() for row in there] == new


def bytes_of(some: list[Row]) -> int:
    return sum(len(row.image) + len(row.mask) + len(row.model_mask or b"") + len(row.prompts) for row in some)


def group_sizes(folder: Path) -> list[int]:
    (path,) = folder.rglob("*.parquet")
    metadata = pq.read_metadata(path)
    return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]


def test_a_shard_has_row_groups_of_few_rows(tmp_path: Path) -> None:
    written(tmp_path, list(rows(250, group_id="another film")))
    assert group_sizes(tmp_path) == [100, 100, 50]


def test_a_shard_has_row_groups_of_few_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = 2 * list(rows(5, group_id="another film"))
    monkeypatch.setattr(shards, "_GROUP_BYTES", bytes_of(new[:5]))
    written(tmp_path, new)
    assert group_sizes(tmp_path) == [5, 5]


def test_after_an_error_the_writer_closes_what_it_has_open_and_lets_the_error_through(tmp_path: Path) -> None:
    def broken() -> None:
        with ShardWriter(tmp_path, MOMENT) as writer:
            writer.add("train", next(rows(1)))
            raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        broken()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError, match=r"cannot write .*make room"):
        written(tmp_path, list(rows(1)))


@pytest.mark.parametrize("split", SPLITS)
def test_a_new_name_is_of_its_split_and_like_no_other(split: str) -> None:
    names = {new_name(split, MOMENT) for _ in range(100)}
    assert len(names) == 100
    assert all(split_in(name) == split and "/20261121T101500Z-" in name for name in names)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "data/train/a.parquet",
        "data/dev/20261121T101500Z-5f2c9a1e.parquet",
        "data/test/20261121T101500Z-5f2c9a1e.parquet.new",
        "other/data/test/20261121T101500Z-5f2c9a1e.parquet",
        "data/test/20261121T101500Z-5f2c9a1e.parquet\n",
    ],
)
def test_other_files_are_of_no_split(path: str) -> None:
    assert split_in(path) is None


def retyped(name: str, kind: pa.DataType) -> pa.Table:
    table = to_table(rows(2))
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, table[name].cast(kind))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (to_table(rows(2)).drop_columns(["phash", "licence"]), "no column phash, licence"),
        (retyped("height", pa.int64()), "column height of .* is int64, not int32"),
        (to_table(rows(2)).replace_schema_metadata({"handseg_schema": "2"}), "version 2, .* install a newer"),
    ],
)
def test_a_shard_of_another_kind_is_refused(tmp_path: Path, table: pa.Table, words: str) -> None:
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(SchemaError, match=words):
        read(tmp_path / "a.parquet")


def test_a_column_more_does_no_harm(tmp_path: Path) -> None:
    table = to_table(rows(2))
    pq.write_table(table.append_column("weather", pa.array(["rain", "sun"])), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == list(rows(2))


def test_a_null_where_none_may_be_is_refused(tmp_path: Path) -> None:
    table = to_table(rows(2))
    place = table.schema.get_field_index("height")
    pq.write_table(table.set_column(place, "height", pa.nulls(2, pa.int32())), tmp_path / "a.parquet")
    with pytest.raises(RowError, match="has no height"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", SHARD[:-9], SHARD[: len(SHARD) // 2]])
def test_what_is_no_whole_parquet_is_refused(content: bytes) -> None:
    with pytest.raises(ShardError, match=r"a\.parquet cannot be read"):
        list(shards.read(io.BytesIO(content), "a.parquet"))


@settings(max_examples=300)
@given(st.integers(0, len(SHARD) - 1), st.integers(1, 255))
def test_a_flipped_byte_changes_no_row_unnoticed(place: int, flip: int) -> None:
    damaged = bytearray(SHARD)
    damaged[place] ^= flip
    try:
        found = list(shards.read(io.BytesIO(bytes(damaged)), "a.parquet"))
    except HandsegError:
        return
    assert found == list(rows(4, group_id="another film"))
