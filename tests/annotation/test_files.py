from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from annotation.errors import FileError, StoreError
from annotation.store.files import Files

CONTENT = b"the bytes of a mask"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "masks")


def test_what_is_put_is_read_again_by_the_digest_of_its_bytes(files: Files) -> None:
    assert files.put(CONTENT, ".png") == f"{DIGEST}.png"
    assert files.read(f"{DIGEST}.png") == CONTENT
    assert files.path(f"{DIGEST}.png") == files.folder / DIGEST[:2] / f"{DIGEST}.png"


def test_the_same_bytes_are_written_once(files: Files) -> None:
    path = files.path(files.put(CONTENT, ".jpg"))
    before = path.stat()
    files.put(CONTENT, ".jpg")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_cut_file_is_healed_when_its_bytes_come_again(files: Files) -> None:
    name = files.put(CONTENT, ".png")
    files.path(name).write_bytes(CONTENT[:4])
    assert files.put(CONTENT, ".png") == name
    assert files.read(name) == CONTENT


@pytest.mark.parametrize(
    "name",
    [
        "",
        "mask.png",
        f"{DIGEST}.gif",
        f"{DIGEST.upper()}.png",
        f"{DIGEST[1:]}.png",
        f"../{DIGEST}.png",
        f"{DIGEST}.png\n",
        "../../etc/passwd",
    ],
)
def test_a_name_that_no_stored_file_has_is_refused(files: Files, name: str) -> None:
    with pytest.raises(FileError, match="not the name of a stored file"):
        files.read(name)


def test_another_suffix_is_refused(files: Files) -> None:
    with pytest.raises(FileError):
        files.put(CONTENT, "/../x.png")


def test_a_missing_file_is_named(files: Files) -> None:
    files.put(b"another mask", ".png")
    with pytest.raises(FileError, match=DIGEST):
        files.read(f"{DIGEST}.png")


def test_that_all_files_are_missing_is_no_trouble_of_one_file(files: Files) -> None:
    with pytest.raises(StoreError, match=r"no folder .*masks; check that its disk is there") as trouble:
        files.read(f"{DIGEST}.png")
    assert not isinstance(trouble.value, FileError)


def test_a_damaged_file_is_not_given_away(files: Files) -> None:
    name = files.put(CONTENT, ".png")
    files.path(name).write_bytes(CONTENT.replace(b"mask", b"task"))
    with pytest.raises(FileError, match="damaged"):
        files.read(name)
