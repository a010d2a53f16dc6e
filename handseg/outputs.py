"""Results on disk: each is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from handseg.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, replacing what is there; after a full disk or a crash, no half file is left there.

    Raises OutputError, naming the file and the reason.
    """
    partial = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".handseg-", delete=False) as file:
            partial = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o666 & ~umask())
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}; nothing was left there") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    # Windows opens no folders, and needs no such help.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def umask() -> int:
    """The permissions that new files shall not have."""
    # The only way to read it is to set it.
    current = os.umask(0)
    os.umask(current)
    return current
