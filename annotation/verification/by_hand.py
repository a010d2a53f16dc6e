"""The checks of a folder: that its files are those of the revision, and not what somebody has made of them since."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from annotation.verification.findings import Finding
from handseg.places import HEAD, PlaceError, PurgedError
from handseg.places.folder import FolderPlace
from handseg.records.shards import DATA
from handseg.records.snapshot import Snapshot


def check_files(snapshot: Snapshot) -> Iterator[Finding]:
    """Shards that were deleted, changed or added by hand in a folder; of a repository of the Hub, the Hub knows."""
    place = snapshot.place
    if not isinstance(place, FolderPlace):
        return
    for path, file in place.files(snapshot.revision).items():
        yield from _check_kept(place, snapshot.revision, path, file.sha256)
    if snapshot.revision == place.resolve(HEAD):
        yield from _check_shown(place, snapshot.revision)


def _check_kept(place: FolderPlace, revision: str, path: str, sha256: str) -> Iterator[Finding]:
    try:
        with place.open(path, revision) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                yield Finding("error", "changed by hand", "what is kept of it is not what was published", path)
    except PurgedError:
        pass  # nobody's hand: it is told when its rows are looked for
    except PlaceError as error:
        yield Finding("error", "deleted by hand", str(error), path)


def _check_shown(place: FolderPlace, revision: str) -> Iterator[Finding]:
    files = {path: file for path, file in place.files(revision).items() if path.startswith(f"{DATA}/")}
    for path, file in files.items():
        shown = place.folder / path
        if not shown.is_file():
            yield Finding("error", "deleted by hand", "it is not there; the next publish brings it back", path)
        elif not _is_kept(place, revision, path) and _digest(shown) != file.sha256:
            yield Finding("error", "changed by hand", "it is not what was published", path)
    for path in sorted((place.folder / DATA).rglob("*")):
        name = path.relative_to(place.folder).as_posix()
        if path.is_file() and not path.name.startswith(".") and name not in files:
            yield Finding("error", "foreign file", "no revision has it, and load_dataset may take it for a shard", name)


def _is_kept(place: FolderPlace, revision: str, path: str) -> bool:
    """Whether the file that is seen and the one that is kept are one, which was looked at already."""
    try:
        with place.open(path, revision) as kept:
            return os.path.samestat(os.fstat(kept.fileno()), (place.folder / path).stat())
    except PlaceError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
