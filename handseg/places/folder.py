"""A dataset in a folder: loadable as it stands, with every revision kept beside it.

    <folder>/
        README.md                     the card
        data/<split>/<name>.parquet   the shards of the newest revision
        .handseg/
            revisions/00000012.json   what files a revision has; made whole, never changed
            objects/ab/<sha256>       the content of all files, linked where the file system can
            tags/v1.2.0               the id of the revision that has this name

A revision is made at the moment when its file is there. What is seen outside `.handseg` follows; a process that is
killed meanwhile leaves that to the next one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from handseg.errors import OutputError
from handseg.outputs import copy_whole, write_whole
from handseg.places import HEAD, SHORTEST_ID, ConflictError, File, PlaceError, PurgedError, Revision, check_tag
from handseg.places.manifests import Manifest, Manifests

OWN = ".handseg"


class FolderPlace:
    """See `handseg.places.Place`; safe for several processes at once."""

    def __init__(self, folder: Path) -> None:
        """The dataset in `folder`, which may not be there yet."""
        self.folder, self.address = folder, str(folder)
        self._own = folder / OWN
        self._manifests = Manifests(self._own / "revisions")
        if (newest := self._manifests.newest()) and self._shown().get("id") != newest.id:
            self._try_to_show()  # what can only be read can still be read

    def resolve(self, revision: str = HEAD) -> str:
        """See `Place`."""
        if revision == HEAD:
            newest = self._manifests.newest()
            return newest.id if newest else ""
        return self._manifest(revision).id

    def files(self, revision: str) -> Mapping[str, File]:
        """See `Place`."""
        return self._manifest(revision).files if revision else {}

    def read(self, path: str, revision: str) -> bytes:
        """See `Place`; of the newest revision with what a person has written into the file since."""
        newest = self._manifests.newest()
        edited = self._edited(path) if newest and newest.id == self.resolve(revision) else None
        if edited is not None:
            return edited
        with self.open(path, revision) as file:
            return file.read()

    def open(self, path: str, revision: str) -> AbstractContextManager[BinaryIO]:
        """See `Place`."""
        files = self.files(revision)
        if path not in files:
            raise PlaceError(f"the revision {revision} of {self.folder} has no file {path}")
        try:
            return self._object(files[path].sha256).open("rb")
        except FileNotFoundError as error:
            if path in self._purged():
                raise PurgedError(
                    f"{path} of the revision {revision[:12]} of {self.folder} was deleted for good, as something in it "
                    "was forgotten; use a newer revision"
                ) from error
            raise PlaceError(
                f"{path} of the revision {revision} of {self.folder} was deleted; restore {self._own} from a backup, "
                "or use a newer revision"
            ) from error
        except OSError as error:
            raise PlaceError(f"cannot read {path} of {self.folder}: {error.strerror}; check the disk") from error

    def commit(
        self, parent: str, message: str, put: Mapping[str, Path | bytes], delete: Collection[str] = ()
    ) -> Revision:
        """See `Place`."""
        if self._manifests.newest() is None:
            self._refuse_if_occupied()
        with self._lock():
            newest = self._manifests.newest()
            if (found := newest.id if newest else "") != parent:
                raise ConflictError(f"{self.folder} was changed meanwhile (to {found}); start again")
            kept = {path: self._keep(content) for path, content in put.items()}
            files = {path: file for path, file in (newest.files if newest else {}).items() if path not in delete}
            made = self._manifests.add(message, files | kept)
        self._try_to_show()  # as the revision is there, nobody may think that it is not
        return made.revision

    def log(self) -> list[Revision]:
        """See `Place`."""
        return [manifest.revision for manifest in self._manifests]

    def tags(self) -> Mapping[str, str]:
        """See `Place`."""
        folder = self._own / "tags"
        found = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        return {path.name: path.read_text(encoding="ascii") for path in found if not path.name.startswith(".")}

    def tag(self, name: str, revision: str) -> None:
        """See `Place`."""
        check_tag(name)
        revision = self.resolve(revision)
        if not revision:
            raise PlaceError(f"{self.folder} is empty; publish something before you name it {name}")
        with self._lock():
            if (other := self.tags().get(name, revision)) != revision:
                raise PlaceError(f"the tag {name} is another revision's ({other}); choose another name")
            write_whole(self._own / "tags" / name, revision.encode("ascii"))

    def purge(self, paths: Collection[str]) -> str:
        """See `Place`; in a folder nothing stays but the older revisions' lists of files."""
        with self._lock():
            doomed = self._purged() | set(paths)
            write_whole(self._own / "purged.json", json.dumps(sorted(doomed)).encode())
            kept: set[str] = set()
            for number, manifest in enumerate(self._manifests):
                kept |= {digest for path, digest in manifest.hashes.items() if number == 0 or path not in doomed}
            self._delete_objects_but(kept)
        return ""

    def tidy(self) -> None:
        """See `Place`."""
        if self._manifests.newest():
            self.show()

    def show(self) -> None:
        """Make what is seen outside `.handseg` the newest revision; a file deleted by hand comes back.

        Files that no revision ever had are left alone.
        """
        with self._lock():
            newest = self._manifests.newest()
            wanted, shown = newest.hashes if newest else {}, self._shown().get("files", {})
            # First, so that a killed process leaves behind a list of all that it may have changed. What it had not
            # changed yet is listed as it was: else it would look as if a person had edited it.
            self._write_shown("", wanted | shown)
            for link in self.folder.glob("data/*/.*.parquet.new"):  # of a killed process
                link.unlink(missing_ok=True)
            for path, digest in wanted.items():
                if shown.get(path) != digest or not (self.folder / path).exists():
                    self._bring_out(digest, self.folder / path)
            for path in shown.keys() - wanted.keys():
                (self.folder / path).unlink(missing_ok=True)
            self._write_shown(newest.id if newest else "", wanted)

    def _try_to_show(self) -> None:
        """Leave it to the next opening, if there is no room, or nothing may be written."""
        with contextlib.suppress(OutputError, OSError):
            self.show()

    def _manifest(self, revision: str) -> Manifest:
        """The revision with this id, these first digits of an id, or this tag."""
        tags = self.tags()
        wanted = tags.get(revision, revision)
        for manifest in self._manifests:
            if revision == HEAD or (len(wanted) >= SHORTEST_ID and manifest.id.startswith(wanted)):
                return manifest
        known = ", ".join([HEAD, *tags])
        raise PlaceError(f"{self.folder} has no revision {revision!r}; give an id of its log, or one of: {known}")

    def _refuse_if_occupied(self) -> None:
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        if others := sorted(path.name for path in there if path.name != OWN):
            raise PlaceError(
                f"{self.folder} is not a dataset, and not empty ({', '.join(others[:3])}); choose another folder"
            )

    def _lock(self) -> AbstractContextManager[Any]:
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            return filelock.FileLock(self._own / "lock").acquire()
        except OSError as error:
            raise OutputError(
                f"cannot write {self._own}: {error.strerror or error}; make room, or choose another"
            ) from error

    def _object(self, digest: str) -> Path:
        return self._own / "objects" / digest[:2] / digest

    def _delete_objects_but(self, kept: Collection[str]) -> None:
        """Delete all files among the objects but these; raises OutputError if one cannot be deleted."""
        # Others than objects, too: half files of killed processes, and copies by what synchronises folders, may hold
        # what shall go. The folders that it makes hold nothing of ours.
        try:
            for path in (self._own / "objects").glob("[0-9a-f][0-9a-f]/*"):
                if path.name not in kept and not path.is_dir():
                    path.unlink()
        except OSError as error:
            raise OutputError(
                f"cannot delete {error.filename} ({error.strerror or error}); allow it to be deleted, and start again"
            ) from error

    def _keep(self, content: Path | bytes) -> File:
        """Put a file among the objects."""
        if isinstance(content, bytes):
            kept = File(len(content), hashlib.sha256(content).hexdigest())
            write_whole(self._object(kept.sha256), content)
        else:
            with content.open("rb") as file:
                kept = File(content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
            copy_whole(content, self._object(kept.sha256))
        with contextlib.suppress(OSError):  # a help against writing into what is linked, where the disk has such marks
            path = self._object(kept.sha256)
            path.chmod(path.stat().st_mode & 0o444)
        return kept

    def _bring_out(self, digest: str, path: Path) -> None:
        """A shard is linked, so that it takes no more room; what people edit is copied."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            with contextlib.suppress(OSError):  # a file system without links
                link = path.with_name(f".{path.name}.new")
                os.link(self._object(digest), link)
                os.replace(link, path)
                link.unlink(missing_ok=True)  # replacing does nothing where both are links to one file already
                return
        copy_whole(self._object(digest), path)

    def _edited(self, path: str) -> bytes | None:
        """The content of a file of the newest revision, if a person has changed it since it was shown."""
        with contextlib.suppress(OSError):
            content = (self.folder / path).read_bytes()
            if hashlib.sha256(content).hexdigest() != self._shown().get("files", {}).get(path):
                return content
        return None

    def _purged(self) -> set[str]:
        """The paths of the files that were deleted from all revisions; raises PlaceError if nobody can tell."""
        path = self._own / "purged.json"
        try:
            return set(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return set()
        except (OSError, ValueError, TypeError) as error:
            raise PlaceError(f"cannot read {path} ({error}); restore it from a backup") from error

    def _shown(self) -> dict[str, Any]:
        """The id of the revision that is seen, "" while it changes, and the files that may be there by now."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self._own / "shown").read_bytes()))
        return {}

    def _write_shown(self, revision: str, files: Mapping[str, str]) -> None:
        write_whole(self._own / "shown", json.dumps({"id": revision, "files": files}).encode())
