"""The revisions of a folder, each a numbered file that lists what the revision is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from handseg.outputs import sync, write_whole
from handseg.places import File, PlaceError, Revision

_DIGITS = 8


@dataclass(frozen=True)
class Manifest:
    """What a revision is made of."""

    number: int
    id: str
    """40 hex digits: a hash of all the rest."""
    parent: str
    created_at: str
    message: str
    files: dict[str, File]

    @property
    def revision(self) -> Revision:
        """What is told about it."""
        return Revision(self.id, datetime.fromisoformat(self.created_at), self.message)

    @property
    def hashes(self) -> dict[str, str]:
        """The sha256 of each file by its path."""
        return {path: file.sha256 for path, file in self.files.items()}


class Manifests:
    """The numbered files in a folder. Adding one is not safe by itself: hold a lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[int, Manifest] = {}

    def newest(self) -> Manifest | None:
        """The one with the highest number."""
        return next(iter(self), None)

    def __iter__(self) -> Iterator[Manifest]:
        """All, newest first; raises PlaceError for one that cannot be read."""
        # All digits, as what synchronises folders puts its own copies beside a file: 00000012.sync-conflict-1.json.
        found = self._folder.glob("[0-9]" * _DIGITS + ".json") if self._folder.is_dir() else []
        return (self._load(number) for number in sorted((int(path.stem) for path in found), reverse=True))

    def add(self, message: str, files: dict[str, File]) -> Manifest:
        """Write the next one; raises OutputError."""
        newest = self.newest()
        number, parent = (newest.number + 1, newest.id) if newest else (1, "")
        created_at = datetime.now(UTC).isoformat()
        told = [number, parent, message, created_at, sorted((path, file.sha256) for path, file in files.items())]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]
        made = Manifest(number, digest, parent, created_at, message, files)
        write_whole(self._path(number), json.dumps(asdict(made), indent=1, ensure_ascii=False).encode())
        sync(self._folder)
        return made

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:0{_DIGITS}}.json"

    def _load(self, number: int) -> Manifest:
        if number not in self._loaded:
            path = self._path(number)
            try:
                told = json.loads(path.read_bytes())
                files = {name: File(**file) for name, file in told.pop("files").items()}
                self._loaded[number] = Manifest(files=files, **told)
            except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise PlaceError(f"cannot read {path} ({error}); restore it from a backup") from error
        return self._loaded[number]
