"""Qt resource files, a tree of folders and files in one, as Qt's `rcc --binary` writes them.

    header    "qres", version, tree, data, names: where these parts begin, each 4 bytes
    tree      of each node 14 bytes, from version 2 on 22: name (4), flags (2), and then
              of a folder: how many children (4), and the number of the first of them (4)
              of a file: country (2), language (2), where its content is in the data (4)
              and from version 2 on the time of the last change (8)
    data      of each file: length (4), content; if compressed with zlib, 4 bytes with the full length come before it
    names     of each node: length in characters (2), hash (4), UTF-16

Numbers are big-endian and have no sign. The first node is the root, whose name does not count.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.sources.examples import SourceError
from training.sources.protocol import read_file

ZLIB, FOLDER, ZSTD = 1, 2, 4
"""Flags of a node."""

MOST_BYTES = 100_000_000
"""Of a file, when it is no longer compressed: a damaged length shall not fill the memory."""


def files_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a resource file, each as its path there and its content, in the order of the tree.

    Raises SourceError, naming `path`, if it is damaged, or has a file that is compressed with zstd.
    """
    return _Resources.read(path).walk()


@dataclass(frozen=True)
class _Resources:
    path: Path
    content: bytes
    version: int
    tree: int
    data: int
    names: int

    @classmethod
    def read(cls, path: Path) -> _Resources:
        content = read_file(path)
        if not content.startswith(b"qres") or len(content) < 20:
            raise SourceError(f"{path} is not a Qt resource file, which begins with qres; unpack the package again")
        return cls(path, content, *struct.unpack_from(">4I", content, 4))

    def walk(self) -> Iterator[tuple[str, bytes]]:
        seen: set[int] = set()
        waiting = [(0, "")]
        while waiting:
            node, folder = waiting.pop()
            if node in seen:
                raise self._damaged("it has a folder that is in two places")
            seen.add(node)
            start = self.tree + node * (14 if self.version == 1 else 22)
            name, flags = self._numbers("IH", start)
            path = f"{folder}{self._name(name)}" if node else ""
            if flags & FOLDER:
                count, first = self._numbers("II", start + 6)
                # A damaged count must not make a list of billions: no tree has more nodes than its file has bytes.
                if count > len(self.content):
                    raise self._damaged(f"a folder in it has {count} files")
                waiting += [(child, f"{path}/" if path else "") for child in reversed(range(first, first + count))]
            else:
                yield path, self._content(path, flags, *self._numbers("I", start + 10))

    def _name(self, offset: int) -> str:
        (length,) = self._numbers("H", self.names + offset)
        try:
            return self._bytes(self.names + offset + 6, 2 * length).decode("utf-16-be")
        except UnicodeDecodeError as error:
            raise self._damaged("a name in it is not text") from error

    def _content(self, name: str, flags: int, offset: int) -> bytes:
        (length,) = self._numbers("I", self.data + offset)
        content = self._bytes(self.data + offset + 4, length)
        if flags & ZSTD:
            raise SourceError(f"{self.path}: {name} is compressed with zstd, which cannot be read here")
        return self._inflated(name, content) if flags & ZLIB else content

    def _inflated(self, name: str, content: bytes) -> bytes:
        told = int.from_bytes(content[:4], "big")
        if told > MOST_BYTES:
            raise self._damaged(f"{name} has {told} bytes")
        try:
            inflated = zlib.decompressobj().decompress(content[4:], told + 1)
        except zlib.error as error:
            raise self._damaged(f"{name} cannot be decompressed") from error
        if len(inflated) != told:
            raise self._damaged(f"{name} has not the length that it should have")
        return inflated

    def _numbers(self, layout: str, start: int) -> tuple[int, ...]:
        return struct.unpack(f">{layout}", self._bytes(start, struct.calcsize(f">{layout}")))

    def _bytes(self, start: int, length: int) -> bytes:
        if start + length > len(self.content):
            raise self._damaged(f"it ends at byte {len(self.content)} and should go on to {start + length}")
        return self.content[start : start + length]

    def _damaged(self, why: str) -> SourceError:
        return SourceError(f"{self.path} is damaged: {why}; unpack the package again")
