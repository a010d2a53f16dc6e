"""A folder on which one process works at a time, told by a lock that ends with the process, however it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from handseg.errors import OutputError

LOCK = "lock"
_PATIENCE = 10.0
"""Seconds: whoever looks whether a folder is held holds it for a moment."""


@contextlib.contextmanager
def held(folder: Path, refusal: Exception) -> Iterator[None]:
    """Be the only process that works on `folder`, meanwhile.

    Raises `refusal` if there is another one, and OutputError for a folder that cannot be written.
    """
    try:
        lock = filelock.FileLock(folder / LOCK).acquire(timeout=_PATIENCE)
    except filelock.Timeout as error:
        raise refusal from error
    except OSError as error:
        told = error.strerror or error
        raise OutputError(f"cannot write into {folder}: {told}; name a folder that may be written") from error
    with lock:
        yield


def is_held(folder: Path) -> bool:
    """Whether some process of this machine works on `folder`; False for one that this process cannot write."""
    try:
        with filelock.FileLock(folder / LOCK).acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False
