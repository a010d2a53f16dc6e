"""What people have: photos with masks, as the readers of the formats find them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotation.exchange.errors import PairError
from annotation.terms import Facts
from handseg.errors import HandsegError
from handseg.masks import Mask


@dataclass(frozen=True)
class Drawn:
    """A mask as it was given."""

    mask: Mask
    """(H, W), of the photo as it is shown or as it lies in its file."""
    note: str = ""
    """What the person should know of how it was read."""


@dataclass(frozen=True)
class Incoming:
    """A photo and its mask, neither of them read yet."""

    path: Path
    name: str
    """Of the photo's file, below the folder that is imported, with "/"."""
    draw: Callable[[], Drawn]
    """Reads the mask; raises PairError or PhotoError."""
    facts: Facts = field(default_factory=Facts)
    """What the files say about the photo."""


@dataclass
class Found:
    """What a reader makes of a folder: pairs to import, and words about what is none."""

    pairs: list[Incoming] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def add(self, pair: Incoming) -> None:
        """Keep a pair; raises PairError if its photo was found before."""
        if pair.name in self._names:
            raise PairError(f"{pair.name} is named twice; leave one of the two away")
        self._names.add(pair.name)
        self.pairs.append(pair)

    @contextmanager
    def complaining(self, about: str) -> Iterator[None]:
        """Keep the words of an error, after what they are `about`, and go on."""
        try:
            yield
        except HandsegError as error:
            self.complaints.append(f"{about}: {error}")


def below(folder: Path, inner: Path, name: object) -> Path:
    """The file that metadata in the folder `inner` of `folder` call `name`, as a path below `folder`.

    Symbolic links count as files of the folder: a download from the Hub consists of them.

    Raises:
        PairError: it is no path, or one that leaves the folder.
    """
    if not isinstance(name, str) or not name or "\0" in name:
        raise PairError(f"{name!r:.80} is not a file name; give a path below {folder}")
    path = Path(os.path.normpath(inner / name))
    if path.is_absolute() or path.parts[:1] in ((), ("..",)):
        raise PairError(f"{name!r:.200} leaves the folder {folder}, and nothing outside it is read")
    return path


def content_of(path: Path) -> bytes:
    """The bytes of a file; raises PairError, naming it."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PairError(f"{path}: cannot be read ({reason}); check the name and its permissions") from error
