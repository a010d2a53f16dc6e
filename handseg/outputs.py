"""Results on disk: each is written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from handseg.errors import OutputError

PARTIAL = ".handseg-"
"""How the names of files begin that are not finished yet; one that is old was left by a killed process."""


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, replacing what is there; after a full disk or a crash, no half file is left there.

    Raises OutputError, naming the file and the reason.
    """
    with _whole(path, "nothing was left there") as file:
        file.write(content)


def check_writable(path: Path) -> None:
    """Raise OutputError, before the work for it begins, if `write_whole` could put nothing at `path`."""
    try:
        _make_room(path)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; choose another place") from error


def copy_whole(source: Path, path: Path) -> None:
    """Copy a file as `write_whole` writes one, and make its name last through a power cut, too; raises OutputError."""
    with _whole(path, "make room and start again", lasting=True) as file, source.open("rb") as old:
        shutil.copyfileobj(old, file, 1 << 20)


@contextlib.contextmanager
def _whole(path: Path, remedy: str, lasting: bool = False) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when all is written; raises OutputError, and then it is gone."""
    # Opened as any new file, so that it has the permissions of one: tempfile's files are their owner's only, and to ask
    # for the umask is to change it for a moment, for all threads.
    partial = path.parent / f"{PARTIAL}{uuid.uuid4().hex}"
    try:
        _make_room(path)
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        if lasting:
            sync(path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; {remedy}") from error
    finally:
        with contextlib.suppress(OSError):  # what went wrong is told already
            partial.unlink()


def _make_room(path: Path) -> None:
    """Make the folder of `path`, and refuse, with OSError, what no file may take the place of, such as /dev/null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # A name in /dev may lead to a plain file, as /dev/stdout does, and is the system's all the same.
    if path.parent.resolve() == Path("/dev") or (path.exists() and not path.is_file()):
        raise OSError(errno.EINVAL, "no file may take the place of a device or pipe")


def sync(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    # Windows opens no folders, and needs no such help.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
