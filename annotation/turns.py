"""Whose turn it is on a device: one at a time, and those whom a person waits for go first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_AGAIN = 0.1
"""Seconds after which someone who waits asks again whether to go on waiting."""


class Turns:
    """The lock of one device."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._taken = False
        self._urgent = 0

    @contextmanager
    def take(self, urgent: bool, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the device for the time of the block; the urgent get it before all others.

        `check` is called while waiting, and once more when the device is free; what it raises ends the waiting.
        """
        with self._condition:
            self._urgent += urgent
            try:
                check()
                while self._taken or (self._urgent and not urgent):
                    self._condition.wait(LOOK_AGAIN)
                    check()
                self._taken = True
            finally:
                self._urgent -= urgent
                self._condition.notify_all()
        try:
            yield
        finally:
            with self._condition:
                self._taken = False
                self._condition.notify_all()
