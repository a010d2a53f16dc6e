"""What every source is: a function from a place and a few wishes to the photos that are there, not read yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from training.sources.examples import Example, SourceError, Terms
from training.sources.policies import POLICIES


@dataclass(frozen=True)
class Wishes:
    """What the person asks for; "" and () leave it to the source."""

    licence: str = ""
    """SPDX identifier of all photos, in place of what the source says."""
    name: str = ""
    """What the source shall be called in rows."""
    policy: str = ""
    """What the masks call a hand, of those sources that do not know: one of `POLICIES`."""
    ignore_arms: bool = False
    """Take photos whose masks have arms in them, and leave open whether an arm's pixels are hand."""
    categories: tuple[str, ...] = ("hand",)
    """Of a COCO file, which mean a hand."""
    splits: tuple[str, ...] = ()
    """Of a dataset of ours."""
    behind: str = ""
    """A dataset of ours whose photos without hands come behind renders that have nothing there."""

    def __post_init__(self) -> None:
        if self.policy and self.policy not in POLICIES:
            raise SourceError(f"there is no label policy {self.policy!r}; choose from: {', '.join(POLICIES)}")

    def of(self, terms: Terms) -> Terms:
        """The terms of a published source, with what the person knows better."""
        return replace(terms, source=self.name or terms.source, licence=self.licence or terms.licence)

    def named(self, source: str, where: object) -> Terms:
        """The terms of a source about which only the person knows; raises SourceError without a licence."""
        if not self.licence:
            raise SourceError(
                f"nothing in {where} says under which licence its photos may be used; give --licence with its SPDX "
                "identifier, as CC-BY-4.0"
            )
        return Terms(self.name or source, self.licence, "", self.policy or "wrist")


@dataclass(frozen=True)
class Entry:
    """A photo that was found."""

    name: str
    read: Callable[[], Example]
    """Reads photo and mask; raises HandsegError if one of them cannot be used."""


@dataclass(frozen=True)
class Found:
    """What a source makes of a place."""

    count: int
    entries: Iterable[Entry]
    """So many; may be a generator, of which each entry is read before the next one is asked for."""
    left_out: tuple[str, ...] = ()
    """What is there and not taken, and why, in words."""


class Source(Protocol):
    """A kind of collection: one module each, and one function in it."""

    def __call__(self, place: str, wishes: Wishes) -> Found:
        """The photos at a place, which is a folder for all but datasets of ours; raises HandsegError."""


def root_of(place: str, inside: str, wanted: tuple[str, ...]) -> Path:
    """The folder of a collection: `place`, or the folder `inside` it that an archive unpacks to.

    Raises SourceError, with what was looked for, unless it has all the `wanted` folders.
    """
    candidates = [Path(place).expanduser(), Path(place).expanduser() / inside]
    for folder in candidates:
        if all((folder / name).is_dir() for name in wanted):
            return folder
    if not candidates[0].is_dir():
        raise SourceError(f"there is no folder {place}; give the one into which the collection was unpacked")
    missing = [name for name in wanted if not (candidates[0] / name).is_dir()]
    raise SourceError(
        f"{place} has no folder {' and '.join(missing)}, nor has {inside} in it; give the folder of the collection, "
        f"which has: {', '.join(wanted)}"
    )


def readable(name: str) -> str:
    """A name that may come from an old archive, whose bytes are no UTF-8, as a text that every file can hold.

    >>> readable("h\\udce4nd.jpg")
    'h?nd.jpg'
    """
    return name.encode(errors="replace").decode()


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises SourceError, naming it."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path}: cannot be read ({reason}); check the name and its permissions") from error
