"""Where a dataset is kept: a folder or a repository of the Hub, behind one protocol of whole, numbered revisions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from handseg.errors import HandsegError

HEAD = "main"
"""What every place calls its newest revision."""
SHORTEST_ID = 6
"""Digits with which the beginning of a revision's id stands for all of it."""


class PlaceError(HandsegError):
    """The place of a dataset cannot be used."""


class ConflictError(PlaceError):
    """Somebody else has changed the dataset meanwhile: read the newest revision, and try again."""


class PurgedError(PlaceError):
    """A file of an older revision was deleted for good, as something in it was forgotten."""


class UnreliableError(PlaceError):
    """No answer, or none that tells whether something was done: look, and try again."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        """`wait` is how many seconds the place asks to be left alone."""
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class File:
    """A file of a revision."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Revision:
    """A state of a dataset that never changes."""

    id: str
    created_at: datetime
    message: str


class Place(Protocol):
    """Where the revisions of a dataset are.

    Wherever `revision` is asked for, the name of a tag and `HEAD` do, too. All methods raise PlaceError with what to do
    about it, and UnreliableError where trying again may help.
    """

    address: str
    """What a person calls it: the path of a folder, or owner/name."""

    def resolve(self, revision: str = HEAD) -> str:
        """The id of a revision; "" if nothing was ever committed.

        The first digits of an id do, too, as logs show them. Raises PlaceError if there is no such revision.
        """

    def files(self, revision: str) -> Mapping[str, File]:
        """The files of a revision by their paths, with "/" between folders."""

    def read(self, path: str, revision: str) -> bytes:
        """The content of a small file of a revision."""

    def open(self, path: str, revision: str) -> AbstractContextManager[BinaryIO]:
        """A file of a revision, to be read at any position."""

    def commit(
        self, parent: str, message: str, put: Mapping[str, Path | bytes], delete: Collection[str] = ()
    ) -> Revision:
        """Make a new revision from the newest one, all of it or nothing.

        Raises:
            ConflictError: the newest revision is not `parent` any more; nothing was done.
            UnreliableError: it may or may not have been done.
        """

    def log(self) -> list[Revision]:
        """All revisions, newest first."""

    def tags(self) -> Mapping[str, str]:
        """The names of the tags, and the ids of their revisions."""

    def tag(self, name: str, revision: str) -> None:
        """Give a revision a name for ever; raises PlaceError if another one has it."""

    def purge(self, paths: Collection[str]) -> str:
        """Delete these files from older revisions as far as this can be done; returns what stays, in words, or "".

        To open a file that was deleted raises PurgedError.
        """

    def tidy(self) -> None:
        """Bring back what people deleted by hand from the newest revision, where that can be done."""


_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_tag(name: str) -> None:
    """Refuse, with PlaceError, what is no name of a tag."""
    if not _TAG.fullmatch(name) or name == HEAD:
        raise PlaceError(f"{name!r} is not a tag name; give letters, digits, dots and dashes, as v1.2.0")
