from __future__ import annotations

import errno
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from handseg.errors import OutputError
from handseg.outputs import check_writable, write_whole
from handseg.places.folder import FolderPlace

ROOT = Path(__file__).parent.parent


def test_a_result_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.png", b"content")
    assert (tmp_path / "a" / "b.png").read_bytes() == b"content"


def test_whether_a_result_can_be_written_is_told_beforehand_and_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b.png")
    assert list((tmp_path / "a").iterdir()) == []
    with pytest.raises(OutputError, match="a: Is a directory; choose another place"):
        check_writable(tmp_path / "a")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"b\.png: File exists; choose another place"):
        check_writable(tmp_path / "file" / "b.png")


@pytest.mark.skipif(os.name != "posix", reason="needs pipes and /dev")
def test_no_result_takes_the_place_of_a_device_or_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for write in (check_writable, partial(write_whole, content=b"content")):
        for path in (tmp_path / "pipe", Path("/dev/handseg-no-such-device")):
            with pytest.raises(OutputError, match="no file may take the place of a device or pipe"):
                write(path)
    assert (tmp_path / "pipe").is_fifo()
    assert not Path("/dev/handseg-no-such-device").exists()


def test_a_result_can_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    write_whole(tmp_path / "b.png", b"content")
    (tmp_path / "plain").touch()
    assert (tmp_path / "b.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_umask_is_left_alone_as_other_threads_make_files_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[int] = []
    monkeypatch.setattr(os, "umask", lambda mask: changed.append(mask) or 0o022)
    write_whole(tmp_path / "b.png", b"content")
    FolderPlace(tmp_path / "hands").commit("", "first", {"a.txt": b"a"})
    assert changed == []


def test_a_full_disk_leaves_no_half_file_and_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "b.png", b"old")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=r"b\.png: No space left on device"):
        write_whole(tmp_path / "b.png", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["b.png"]
    assert (tmp_path / "b.png").read_bytes() == b"old"


def test_a_really_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files fails the write itself, in the middle, as a full disk does."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from handseg.outputs import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "write_whole(Path(sys.argv[1]) / 'b.png', bytes(200_000))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "OutputError: cannot write" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_result_is_reported(tmp_path: Path) -> None:
    (tmp_path / "b.png").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*b\.png"):
        write_whole(tmp_path / "b.png", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["b.png"]
