"""A place for shards until they are committed: photos must not stay there, not even after a kill.

<temporary folder>/handseg-shards-k3v9x2a1/
    lock        held as long as its process lives
    shards/     made when the lock is held
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from handseg.errors import OutputError
from handseg.held import held, is_held

_PREFIX = "handseg-shards-"
_SHARDS = "shards"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is deleted at the end; those of processes that were killed are deleted first.

    Raises OutputError if it cannot be made.
    """
    _clear()
    with contextlib.ExitStack() as until_the_end:
        try:
            folder = _make(until_the_end)
        except OSError as error:
            raise OutputError(f"cannot write a temporary folder: {error.strerror or error}; make room") from error
        yield folder


def _make(until_the_end: contextlib.ExitStack) -> Path:
    # Another process may find it without its lock for a moment at the end, and be quicker to delete it.
    whole = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
    folder = Path(until_the_end.enter_context(whole))
    until_the_end.enter_context(held(folder, OutputError(f"{folder} is another process's; start again")))
    (folder / _SHARDS).mkdir()
    return folder / _SHARDS


def _clear() -> None:
    """Delete what has shards, and so had its lock, and has it no more."""
    # The lock tells, and not a process id, which is another process's in another container.
    with contextlib.suppress(OSError):
        for shards in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_SHARDS}"):
            if not is_held(shards.parent):
                shutil.rmtree(shards.parent, ignore_errors=True)
