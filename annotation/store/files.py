"""Stored photos and masks, each under the sha256 of its bytes.

    <folder>/
        ab/
            ab3f...<64 hex digits>.png

A file is never changed, so a name says for ever what is in it, and putting the same bytes twice costs nothing.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from annotation.errors import FileError, StoreError
from handseg.outputs import sync, write_whole

_NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg)")


class Files:
    """A folder of files that are named by their content; safe for several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, suffix: str) -> str:
        """Keep `content`, durably; returns its name, as "<sha256>.png". `suffix` is ".png" or ".jpg".

        Raises OutputError if it cannot be written, FileError for another suffix.
        """
        name = name_of(content, suffix)
        path = self.path(name)
        # A file of another size was damaged from outside; writing it again heals it.
        if not path.is_file() or path.stat().st_size != len(content):
            write_whole(path, content)
            # The names last through a power cut only once their folders are on the disk, too.
            sync(path.parent)
            sync(self.folder)
        return name

    def read(self, name: str) -> bytes:
        """The bytes of the file `name`.

        Raises FileError if it is missing, or if they are not what the name says; StoreError if all files are missing.
        """
        path = self.path(name)
        if not self.folder.is_dir():
            raise StoreError(f"there is no folder {self.folder}; check that its disk is there")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}; restore it from a backup") from error
        if hashlib.sha256(content).hexdigest() != path.stem:
            raise FileError(f"{path} was damaged: its content has another sha256; restore it from a backup")
        return content

    def size(self, name: str) -> int:
        """The bytes of the file `name`; 0 if it is missing."""
        path = self.path(name)
        return path.stat().st_size if path.is_file() else 0

    def delete(self, name: str) -> None:
        """Delete the file `name`, if it is there; raises FileError if it cannot be."""
        path = self.path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FileError(f"cannot delete {path}: {error.strerror}; allow it, and start again") from error

    def path(self, name: str) -> Path:
        """Where the file `name` is, or would be; raises FileError for a name that no stored file has."""
        if not is_name(name):
            raise FileError(f"{name[:80]!r} is not the name of a stored file, which is 64 hex digits and .png or .jpg")
        return self.folder / name[:2] / name


def name_of(content: bytes, suffix: str) -> str:
    """What `Files.put` calls a file with this content."""
    return f"{hashlib.sha256(content).hexdigest()}{suffix}"


def is_name(name: str) -> bool:
    """Whether a stored file can be called `name`."""
    return _NAME.fullmatch(name) is not None
