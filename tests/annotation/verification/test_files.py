"""Each defect of a shard, a folder or a card is found, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.verification.verifying import verify
from handseg.errors import HandsegError
from handseg.places.folder import OWN
from handseg.records.edits import Edit, commit
from handseg.records.opening import open_snapshot
from handseg.records.row import SCHEMA_VERSION
from handseg.records.schema import SCHEMA
from handseg.records.snapshot import CARD, Snapshot
from handseg.records.withdrawn import PATH as WITHDRAWN
from handseg.records.withdrawn import Withdrawn, to_lines
from tests.annotation.verification.planting import clean, name_in, plain, write_shard
from tests.records.filling import add, filled, rows

Spoil = Callable[[Path], object]
TRAIN = name_in("train")
NO_FEATURES = {b"handseg_schema": str(SCHEMA_VERSION).encode()}
NEWER = {**SCHEMA.metadata, b"handseg_schema": b"99"}


def kinds(folder: Path, revision: str = "") -> set[str]:
    found = verify(open_snapshot(f"{folder}{revision}")).findings
    assert {level for level, _ in found.kinds} <= {"error"}
    return {what for _, what in found.kinds}


def rewritten(change: Callable[[pa.Table], pa.Table]) -> Spoil:
    return lambda folder: write_shard(folder / TRAIN, change(pq.read_table(folder / TRAIN)))


def retyped(table: pa.Table) -> pa.Table:
    return table.set_column(table.schema.get_field_index("width"), "width", table["width"].cast(pa.int64()))


def cut(folder: Path) -> None:
    (folder / TRAIN).write_bytes((folder / TRAIN).read_bytes()[:-100])


def no_text(folder: Path) -> None:
    table = pq.read_table(folder / TRAIN)
    broken = pa.Array.from_buffers(pa.string(), 6, pa.array([b"\xff"] * 6).buffers())
    write_shard(folder / TRAIN, table.set_column(table.schema.get_field_index("source"), "source", broken))


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (rewritten(lambda table: table.drop_columns(["phash"])), "schema"),
        (rewritten(lambda table: table.append_column("weather", pa.array(["rain"] * 6))), "schema"),
        (rewritten(retyped), "schema"),
        (rewritten(lambda table: table.replace_schema_metadata(NEWER)), "schema"),
        (rewritten(lambda table: table.replace_schema_metadata(NO_FEATURES)), "schema"),
        (rewritten(lambda _: pa.table({"text": ["other"]})), "schema"),
        (cut, "unreadable shard"),
        (no_text, "unreadable shard"),
        (lambda folder: (folder / TRAIN).write_bytes(b""), "unreadable shard"),
        (lambda folder: (folder / TRAIN).rename(folder / "data/train/all.parquet"), "foreign file"),
    ],
)
def test_each_defect_of_a_shard_is_found_and_nothing_else(tmp_path: Path, spoil: Spoil, what: str) -> None:
    folder = plain(tmp_path, clean())
    spoil(folder)
    assert kinds(folder) == {what}


def test_a_shard_of_another_kind_has_all_that_is_wrong_with_it_told(tmp_path: Path) -> None:
    folder = plain(tmp_path, clean())
    write_shard(folder / TRAIN, pa.table({"text": ["other"], "height": ["tall"]}))
    words = " ".join(finding.words for finding in verify(open_snapshot(str(folder))).findings.of("error", "schema"))
    assert "version none" in words
    assert "no column image, mask," in words
    assert "no dataset has: text" in words
    assert "height is string, not int32" in words


def test_a_photo_that_was_taken_out_for_good_is_found(tmp_path: Path) -> None:
    there = clean()
    folder = plain(tmp_path, there)
    first = there["train"][0]
    (folder / WITHDRAWN).write_bytes(to_lines([Withdrawn(first["photo_id"], first["group_id"], first["phash"])]))
    assert kinds(folder) == {"withdrawn"}
    (folder / WITHDRAWN).write_text("not JSON")
    assert kinds(folder) == {"withdrawn"}


@pytest.mark.parametrize("revision", ["", "@main", "@v1.0.0"])
def test_a_published_folder_is_as_it_should_be(tmp_path: Path, revision: str) -> None:
    place = filled(tmp_path, 60)
    place.tag("v1.0.0", "main")
    gone = next(rows(60))
    trace = Withdrawn(gone.photo_id, gone.group_id, gone.phash)
    commit(Snapshot(place), Edit(message="more", add=rows(30, seed=1), drop=[gone.id], withdraw=[trace]))
    (tmp_path / CARD).write_text((tmp_path / CARD).read_text() + "\nOurs.\n")
    assert kinds(tmp_path, revision) == set()


def shard_of(folder: Path) -> Path:
    return min(folder.glob("data/*/*.parquet"))


def replace(folder: Path) -> None:
    """As an editor does that writes a new file: what is kept stays right."""
    other = folder / "other"
    other.write_bytes(b"other")
    other.replace(shard_of(folder))


def write_into(folder: Path) -> None:
    """As a program does that opens the file, which is the one that is kept, too."""
    with shard_of(folder).open("r+b") as file:
        file.seek(200)
        file.write(b"other")


def lose(folder: Path) -> None:
    shown = shard_of(folder).stat()
    (kept,) = (path for path in (folder / OWN).rglob("*") if path.is_file() and os.path.samestat(path.stat(), shown))
    kept.unlink()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda folder: shard_of(folder).unlink(), {"deleted by hand"}),
        (replace, {"changed by hand"}),
        (write_into, {"changed by hand", "unreadable shard"}),
        (lose, {"deleted by hand", "unreadable shard"}),
        (lambda folder: (folder / "data/train/mine.parquet").touch(), {"foreign file"}),
        (lambda folder: (folder / "data/notes.txt").touch(), {"foreign file"}),
    ],
)
def test_what_somebody_did_to_the_files_is_found(tmp_path: Path, spoil: Spoil, what: set[str]) -> None:
    filled(tmp_path)
    spoil(tmp_path)
    assert kinds(tmp_path) == what


def test_a_revision_from_which_something_was_forgotten_says_so_once_and_blames_nobody(tmp_path: Path) -> None:
    place = filled(tmp_path)
    place.tag("v1.0.0", "main")
    before = Snapshot(place)
    commit(before, Edit(message="forget", drop=before.light["id"].to_pylist()[:1]))
    place.purge(before.shards.keys() - Snapshot(place).shards.keys())
    findings = verify(open_snapshot(f"{tmp_path}@v1.0.0")).findings
    assert findings.kinds == {("error", "forgotten"): 1}
    assert "was deleted for good" in findings.of("error", "forgotten")[0].words
    assert kinds(tmp_path) == set()


@pytest.mark.parametrize(
    ("old", "new"), [("30 photos in", "31 photos in"), ("| drawn | CC0-1.0 | 30 |", "| drawn | MIT | 30 |")]
)
def test_a_card_that_counts_wrong_is_found(tmp_path: Path, old: str, new: str) -> None:
    filled(tmp_path)
    card = (tmp_path / CARD).read_text()
    assert old in card
    (tmp_path / CARD).write_text(card.replace(old, new))
    assert kinds(tmp_path) == {"card"}


def test_a_dataset_that_has_lost_its_rows_but_not_its_card_is_found(tmp_path: Path) -> None:
    place = filled(tmp_path / "hands")
    add(place, *rows(30, seed=1))
    copy = tmp_path / "copy"
    for path in [CARD, *list(Snapshot(place).shards)[1:]]:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes((place.folder / path).read_bytes())
    assert kinds(copy) == {"card"}


def test_a_copy_has_one_revision_and_cannot_be_changed(tmp_path: Path) -> None:
    snapshot = open_snapshot(str(plain(tmp_path / "a@b", clean())))
    assert [revision.id for revision in snapshot.place.log()] == [snapshot.revision]
    assert len(snapshot.light) == 18
    with pytest.raises(HandsegError, match="leave @"):
        open_snapshot(f"{tmp_path}/a@b@v1.0.0")
    for change in (
        lambda: commit(snapshot, Edit(message="more", add=rows(1))),
        lambda: snapshot.place.tag("v1", "main"),
        lambda: snapshot.place.purge([]),
    ):
        with pytest.raises(HandsegError, match="to be read only"):
            change()
