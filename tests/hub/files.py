"""The files of a repository, and what a commit can do to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property

LARGE = ("*.parquet", "*.arrow", "*.png", "*.jpg", "*.zip", "*.npz", "*.bin", "*.safetensors", "*.pth", "*.onnx")
"""What a new repository keeps as LFS files, whatever their size."""
GIT_ATTRIBUTES = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in LARGE).encode()


class NotThere(Exception):  # noqa: N818
    """No such revision, file or folder."""


@dataclass(frozen=True)
class Blob:
    """The content of a file; a large one is an LFS file, known by its sha256."""

    content: bytes
    large: bool = False

    @classmethod
    def at(cls, path: str, content: bytes) -> Blob:
        return cls(content, is_large(path, len(content)))

    @property
    def size(self) -> int:
        return len(self.content)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def oid(self) -> str:
        """As git names it; for a large file, the name of the pointer that git holds."""
        held = self.pointer if self.large else self.content
        return hashlib.sha1(b"blob %d\0" % len(held) + held).hexdigest()

    @property
    def pointer(self) -> bytes:
        lines = "version https://git-lfs.github.com/spec/v1", f"oid sha256:{self.sha256}", f"size {self.size}"
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class Add:
    """Puts a file, in place of one that is there."""

    path: str
    blob: Blob

    def apply(self, blobs: dict[str, Blob]) -> None:
        blobs[self.path] = self.blob


@dataclass(frozen=True)
class Delete:
    """Takes a file, or with a "/" at the end a folder, away."""

    path: str

    def apply(self, blobs: dict[str, Blob]) -> None:
        gone = [path for path in blobs if is_at(path, self.path)]
        if not gone:
            raise NotThere(self.path)
        for path in gone:
            del blobs[path]


def is_at(path: str, place: str) -> bool:
    """Whether `place` is that file, or with a "/" at the end a folder around it."""
    return path == place or (place.endswith("/") and path.startswith(place))


def is_large(path: str, size: int) -> bool:
    """Empty files are never LFS files: the storage behind the Hub refuses them."""
    return size > 0 and (size > 10_000_000 or any(fnmatch(path, pattern) for pattern in LARGE))
