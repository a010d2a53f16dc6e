from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from handseg.errors import OutputError
from handseg.records.scratch import scratch_folder

ROOT = Path(__file__).parents[2]

WRITER = """\
import os, sys
from handseg.records.scratch import scratch_folder

with scratch_folder() as folder:
    (folder / "shard").write_bytes(b"a photo")
    print(folder, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def writer() -> tuple[subprocess.Popen[str], Path]:
    """A process that waits with a shard in its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_nothing_is_left_at_the_end(temporary: Path) -> None:
    with scratch_folder() as folder:
        (folder / "shard").write_bytes(b"a photo")
        assert temporary in folder.parents
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_process_that_was_killed_is_deleted_by_the_next_one(temporary: Path) -> None:
    process, folder = writer()
    process.kill()
    process.communicate()
    assert (folder / "shard").is_file()
    with scratch_folder():
        assert not folder.exists()
    assert list(temporary.iterdir()) == []


def test_the_folder_of_a_process_that_lives_stays_even_if_its_id_says_nothing_here(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In containers that share a temporary folder, no process has the id that another one gives it."""

    def find_nobody(*_: int) -> None:
        raise ProcessLookupError

    process, folder = writer()
    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", find_nobody)
        with scratch_folder() as other:
            assert (folder / "shard").read_bytes() == b"a photo"
            assert other != folder
    process.communicate("go on\n", timeout=60)
    assert process.returncode == 0
    assert list(temporary.iterdir()) == []


def test_a_temporary_folder_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match="cannot write a temporary folder: No such file"), scratch_folder():
        pass
