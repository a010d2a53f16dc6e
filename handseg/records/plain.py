"""A dataset that somebody downloaded: the files of one revision in a folder, to be read as they lie there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn

from handseg.places import HEAD, File, PlaceError, Revision
from handseg.places.folder import OWN
from handseg.records.shards import DATA
from handseg.records.withdrawn import PATH as WITHDRAWN


class PlainPlace:
    """See `handseg.places.Place`; read-only, with one revision, and without a sha256 of any file."""

    def __init__(self, folder: Path) -> None:
        """The dataset in `folder`, see `is_plain`."""
        self.folder, self.address = folder, str(folder)

    def resolve(self, revision: str = HEAD) -> str:
        """See `Place`; the id is a hash of the files' names and sizes."""
        told = sorted((path, file.size) for path, file in self._files().items())
        found = hashlib.sha256(repr(told).encode()).hexdigest()[:40]
        if revision not in (HEAD, found):
            raise PlaceError(f"{self.folder} is a copy without revisions, so there is no {revision!r}; leave @... out")
        return found

    def files(self, revision: str) -> Mapping[str, File]:
        """See `Place`; hidden files are none of them."""
        return self._files() if revision else {}

    def read(self, path: str, revision: str) -> bytes:
        """See `Place`."""
        with self.open(path, revision) as file:
            return file.read()

    def open(self, path: str, revision: str) -> AbstractContextManager[BinaryIO]:
        """See `Place`."""
        del revision  # there is one
        try:
            return (self.folder / path).open("rb")
        except OSError as error:
            raise PlaceError(f"cannot read {path} of {self.folder}: {error.strerror}; download it again") from error

    def commit(self, *_: object) -> NoReturn:
        """See `Place`; always refused."""
        raise PlaceError(f"{self.folder} is a copy, to be read only; publish to another folder")

    def log(self) -> list[Revision]:
        """See `Place`."""
        changed = datetime.fromtimestamp(self.folder.stat().st_mtime, UTC)
        return [Revision(self.resolve(), changed, "a copy without revisions")]

    def tags(self) -> Mapping[str, str]:
        """See `Place`."""
        return {}

    def tag(self, *_: object) -> NoReturn:
        """See `Place`; always refused."""
        self.commit()

    def purge(self, *_: object) -> NoReturn:
        """See `Place`; always refused."""
        self.commit()

    def tidy(self) -> None:
        """See `Place`; nothing is changed."""

    def _files(self) -> dict[str, File]:
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        named = {path.relative_to(self.folder): path for path in found}
        return {
            name.as_posix(): File(path.stat().st_size, "")
            for name, path in named.items()
            if name.as_posix() == WITHDRAWN or not any(part.startswith(".") for part in name.parts)
        }


def is_plain(folder: Path) -> bool:
    """Whether a folder has shards, and nothing that says which revisions they are of."""
    return not (folder / OWN).exists() and any((folder / DATA).glob("*/*.parquet"))
