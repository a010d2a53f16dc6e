"""A place for shards until they are committed: photos must not stay there, not even after a kill."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from handseg.errors import OutputError

_NAME = re.compile(r"handseg-shards-(\d+)-\w+")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is deleted at the end; those of processes that were killed are deleted first.

    Raises OutputError if it cannot be made.
    """
    _clear()
    try:
        folder = tempfile.TemporaryDirectory(prefix=f"handseg-shards-{os.getpid()}-")
    except OSError as error:
        raise OutputError(f"cannot write a temporary folder: {error.strerror or error}; make room") from error
    with folder as name:
        yield Path(name)


def _clear() -> None:
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).iterdir():
            if (match := _NAME.fullmatch(path.name)) and not _is_alive(int(match[1])):
                shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # where a signal would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True
