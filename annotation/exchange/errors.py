"""The errors of round trips. Each message says what came, and what to do next."""

from __future__ import annotations

from handseg.errors import HandsegError


class ExchangeError(HandsegError):
    """A folder that is no place to export to, or nothing to import from."""


class PairError(HandsegError):
    """One photo with its mask cannot be imported; the others can."""
