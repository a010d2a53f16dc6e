"""Folders on which one process works at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from handseg import held
from handseg.errors import OutputError


@pytest.fixture
def not_writable(tmp_path: Path) -> Path:
    """Below a file, where not even an administrator may write."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "run"


def test_a_held_folder_is_refused_to_others_until_it_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "_PATIENCE", 0.0)
    with held.held(tmp_path, ValueError("it is held")):
        assert held.is_held(tmp_path)
        with pytest.raises(ValueError, match="it is held"), held.held(tmp_path, ValueError("it is held")):
            pass
    assert not held.is_held(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused_in_words(not_writable: Path) -> None:
    told = "cannot write into .*run: Not a directory; name a folder that may be written"
    with pytest.raises(OutputError, match=told), held.held(not_writable, ValueError("it is held")):
        pass


def test_whether_a_folder_is_held_that_cannot_be_written_is_no(not_writable: Path) -> None:
    assert not held.is_held(not_writable)
