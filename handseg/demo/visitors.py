"""Where on the disk visitors' photos are while they are on their way."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from handseg.errors import OutputError
from handseg.held import LOCK, is_held


@contextlib.contextmanager
def visitors_folder(home: Path) -> Iterator[Path]:
    """A folder of this process for uploads and downloads on their way, which goes with it.

    Several apps may share a home. What one left that crashed is deleted by the next that starts.

    Raises OutputError if no folder can be made there.
    """
    folders = (home / "visitors").resolve()
    try:
        folders.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folders / "lock"):
            for left in folders.iterdir():
                if left.is_dir() and not is_held(left):
                    shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=folders))
            in_use = filelock.FileLock(folder / LOCK).acquire()
    except OSError as error:
        raise OutputError(
            f"the app cannot keep files in {home} ({error.strerror}); set HANDSEG_HOME to a folder where it may"
        ) from error
    with in_use:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
