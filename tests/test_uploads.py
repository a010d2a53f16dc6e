"""Files that visitors gave, and those that they only name."""

from __future__ import annotations

from pathlib import Path

import cachetools
import pytest

from handseg.demo import uploads
from handseg.demo.uploads import Upload, as_upload
from handseg.errors import PhotoError
from tests.pictures import drawn_photo, encoded


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where gradio puts uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "visitors" / "tmp"))
    return tmp_path / "visitors" / "tmp"


def uploaded(folder: Path) -> Upload:
    path = folder / "0a1b" / "hand.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(drawn_photo()))
    return as_upload({"path": str(path), "orig_name": "my hand.png"})


def test_an_upload_is_read_once_and_deleted(folder: Path) -> None:
    upload = uploaded(folder)
    assert upload.stem == "my hand"
    assert upload.take().shape == (48, 64, 3)
    assert not upload.path.exists()


def test_of_two_visitors_with_the_same_photo_neither_takes_it_from_the_other(folder: Path) -> None:
    first, second = uploaded(folder), uploaded(folder)
    with first.content() as one, second.content() as other:
        assert one == other
    assert first.take().shape == second.take().shape == (48, 64, 3)
    assert not first.path.exists()


def test_what_is_too_large_to_be_remembered_is_read_and_deleted_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_just_taken", cachetools.TTLCache(maxsize=1, ttl=60, getsizeof=len))
    upload = uploaded(folder)
    assert upload.take().shape == (48, 64, 3)
    assert not upload.path.exists()
    with pytest.raises(PhotoError, match=r"did not arrive \(No such file or directory\); send it again"):
        upload.take()


def test_a_long_name_is_cut_between_two_letters() -> None:
    assert as_upload({"path": "photo.png", "orig_name": "手" * 80 + ".png"}).stem == "手" * 66


@pytest.mark.parametrize("payload", [None, {}, {"path": ""}])
def test_no_photo_is_no_upload(payload: dict | None) -> None:
    assert as_upload(payload) is None


@pytest.mark.parametrize("place", ["annotation.db", "visitors/other/0a1b/hand.png", "visitors/tmp/lock"])
@pytest.mark.parametrize("way", ["", "visitors/tmp/0a1b/../../../"])
def test_a_file_that_was_not_uploaded_is_neither_read_nor_deleted(
    folder: Path, tmp_path: Path, place: str, way: str
) -> None:
    path = tmp_path / place
    for parent in (path.parent, folder / "0a1b"):
        parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(drawn_photo()))
    with pytest.raises(PhotoError, match="was not uploaded"):
        as_upload({"path": f"{tmp_path}/{way}{place}"}).take()
    assert path.exists()
