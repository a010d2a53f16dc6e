"""Files that visitors gave, and those that they only name."""

from __future__ import annotations

from pathlib import Path

import pytest

from handseg.demo.uploads import as_upload
from handseg.errors import PhotoError
from tests.pictures import drawn_photo, encoded


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where gradio puts uploads."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "visitors" / "tmp"))
    return tmp_path / "visitors" / "tmp"


def test_an_upload_is_read_once_and_deleted(folder: Path) -> None:
    path = folder / "0a1b" / "hand.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(encoded(drawn_photo()))
    upload = as_upload({"path": str(path), "orig_name": "my hand.png"})
    assert upload.stem == "my hand"
    assert upload.take().shape == (48, 64, 3)
    assert not path.exists()


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
