"""Every error that handseg raises on purpose. Each message says what came, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable


class HandsegError(Exception):
    """The base of all errors that are meant for people: show the message, hide the traceback."""


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says first, or its kind, if it says nothing.

    >>> first_line(OSError("no room\\n(really)")), first_line(ValueError())
    ('no room', 'ValueError')
    """
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def sentence(message: object) -> str:
    """A message as people write one: from a capital, unless it begins with a name or id, to a full stop.

    >>> sentence(PhotoError("it has no pixels; choose another")), sentence("hand.jpg is no photo"), sentence("Why?")
    ('It has no pixels; choose another.', 'hand.jpg is no photo.', 'Why?')
    """
    said = str(message)
    begun = said[:1].upper() + said[1:] if _WORD.match(said) else said
    return begun + ("" if said.endswith((".", "!", "?")) else ".")


_WORD = re.compile(r"[a-z']+[,;:.!?]?(\s|$)")
"""How a message begins that does so with a word; as in annotation/canvas/words.js."""


class PhotoError(HandsegError):
    """The bytes are not a photo that can be used."""


class OutputError(HandsegError):
    """A result could not be written."""


class WeightsError(HandsegError):
    """A weights folder is missing, incomplete, or not what its card says."""


class SettingError(HandsegError):
    """A setting or option has a value that cannot be used."""


class UnknownNameError(HandsegError):
    """A name that nothing is called; the message lists the names that exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        super().__init__(f"there is no {kind} called {name!r}; choose from: {', '.join(known) or 'none installed'}")
