"""A repository in memory: commits as immutable snapshots, branches, tags, large files by their sha256. No HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from tests.hub.files import Add, Blob, Delete, NotThere

MAIN = "main"


class Conflict(Exception):  # noqa: N818 - the outcome has this name everywhere else too
    """The expected parent is not the head, or a name is taken."""


@dataclass(frozen=True)
class Commit:
    """A snapshot of all files, with what it came from."""

    parent: str | None
    blobs: Mapping[str, Blob]
    title: str
    message: str
    date: datetime

    @cached_property
    def oid(self) -> str:
        """Of all but the date, so that the same files committed anew on the same parent are the same commit."""
        files = sorted((path, blob.sha256) for path, blob in self.blobs.items())
        return hashlib.sha1(repr((self.parent, self.title, self.message, files)).encode()).hexdigest()


class Repository:
    """Files with a history. Threads may share it."""

    def __init__(self, files: Mapping[str, bytes] | None = None, private: bool = False) -> None:
        """With an initial commit of `files`, as the Hub itself makes one."""
        blobs = {path: Blob.at(path, content) for path, content in (files or {}).items()}
        first = Commit(None, blobs, "initial commit", "", datetime.now(UTC))
        self.private = private
        self.large = {blob.sha256: blob for blob in blobs.values() if blob.large}
        """What was uploaded, by its sha256, whether a commit names it or not."""
        self.branches = {MAIN: first.oid}
        self.tags: dict[str, str] = {}
        self._known = {first.oid: first}
        self._lock = threading.RLock()

    @property
    def commits(self) -> list[Commit]:
        """The history of main, the newest first."""
        return self.history(MAIN)

    def files(self, revision: str = MAIN) -> dict[str, bytes]:
        return {path: blob.content for path, blob in self.at(revision).blobs.items()}

    def at(self, revision: str) -> Commit:
        """The commit that a branch, a tag or an oid names."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        if oid not in self._known:
            raise NotThere(revision)
        return self._known[oid]

    def history(self, revision: str) -> list[Commit]:
        """The newest first."""
        commits = [self.at(revision)]
        while (parent := commits[-1].parent) is not None:
            commits.append(self._known[parent])
        return commits

    def commit(
        self,
        operations: Iterable[Add | Delete],
        title: str = "a commit",
        message: str = "",
        parent: str | None = None,
        branch: str = MAIN,
    ) -> Commit:
        """All of it or nothing.

        Raises:
            Conflict: the head is not `parent`.
            NotThere: no such branch, or nothing to delete.
        """
        with self._lock:
            if branch not in self.branches:
                raise NotThere(branch)
            head = self.at(branch)
            if parent is not None and not head.oid.startswith(parent):
                raise Conflict(f"{parent} is not the head, {head.oid} is")
            blobs = dict(head.blobs)
            for operation in operations:
                operation.apply(blobs)
            return self._advance(branch, Commit(head.oid, blobs, title, message, datetime.now(UTC)))

    def push(self, files: Mapping[str, bytes], title: str = "a commit") -> Commit:
        """A commit on main from within a test, past the protocol."""
        blobs = {path: Blob.at(path, content) for path, content in files.items()}
        self.large |= {blob.sha256: blob for blob in blobs.values() if blob.large}
        return self.commit([Add(path, blob) for path, blob in blobs.items()], title)

    def name(self, refs: dict[str, str], name: str, revision: str = MAIN) -> None:
        """Makes a tag or a branch: `refs` is `tags` or `branches`.

        Raises:
            Conflict: there is one of this name.
        """
        with self._lock:
            if name in refs:
                raise Conflict(name)
            refs[name] = self.at(revision).oid

    def squash(self, branch: str, title: str) -> Commit:
        """One commit in place of the history of a branch; what no branch and no tag leads to is gone for good."""
        with self._lock:
            squashed = self._advance(branch, Commit(None, self.at(branch).blobs, title, "", datetime.now(UTC)))
            reached = [commit for name in (*self.branches, *self.tags) for commit in self.history(name)]
            self._known = {commit.oid: commit for commit in reached}
            return squashed

    def _advance(self, branch: str, commit: Commit) -> Commit:
        self._known[commit.oid] = commit
        self.branches[branch] = commit.oid
        return commit
