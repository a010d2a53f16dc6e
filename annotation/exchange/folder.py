"""The folder that an export writes, which a later export of the same format brings up to date.

<folder>/
    README.md           what it is; by its first line an export knows an earlier one
    images/, ...        files that are named by a photo_id
    <list>              last, so that it names only files that are there
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from annotation.exchange.errors import ExchangeError
from handseg.errors import OutputError
from handseg.outputs import PARTIAL, write_whole

README = "README.md"
FOLDERS = ("images", "masks", "labels")

_OURS = re.compile(r"[0-9a-f]{64}\.(jpg|png|txt)")


class Folder:
    """An export on its way to the disk. It may be killed at any moment, and be repeated."""

    def __init__(self, path: Path, kind: str, about: str) -> None:
        """Begin an export of the format `kind`; raises ExchangeError if `path` holds anything but an earlier one."""
        title = f"# Photos of hands with masks, exported by handseg as {kind}"
        _refuse_others(path, title)
        self.path = path
        self._written: set[Path] = set()
        self.put(README, f"{title}\n\n{about.strip()}\n".encode())

    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole, unless it is there already; raises OutputError."""
        path = self.path / name
        if not _holds(path, content):
            write_whole(path, content)
        self._written.add(path)

    def finish(self) -> None:
        """Delete what an earlier export has left: photos that are chosen no more, and files that a kill cut short.

        Files of others stay.
        """
        for folder in (self.path / name for name in FOLDERS):
            _delete(path for path in _in(folder) if _OURS.fullmatch(path.name) and path not in self._written)
        for folder in (self.path, *(self.path / name for name in FOLDERS)):
            _delete(path for path in _in(folder) if path.name.startswith(PARTIAL))


def _refuse_others(path: Path, title: str) -> None:
    try:
        names = [each.name for each in path.iterdir() if not each.name.startswith(PARTIAL)]
        first = (path / README).read_text(encoding="utf-8").partition("\n")[0] if README in names else ""
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise ExchangeError(f"cannot export to {path}: {error}; choose another folder") from error
    if names and first != title:
        raise ExchangeError(
            f"{path} is not empty, and holds no earlier export of this format; choose a new folder, or empty it"
        )


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _in(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"cannot delete {path}, of an earlier export: {error.strerror}; delete it") from error
