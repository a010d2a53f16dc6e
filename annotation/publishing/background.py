"""Publishing beside other work: every now and then by itself, and when somebody asks for it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from annotation.errors import PublishingError, StoreError
from annotation.publishing.publisher import Publisher
from annotation.publishing.state import State, state_of
from annotation.store import Store
from handseg.errors import HandsegError
from handseg.places import Place

EVERY = timedelta(minutes=20)
MOST_AN_HOUR = 6
"""Commits to one dataset; the Hub takes some more, but from all apps together."""

PATIENCE = 60.0
"""Seconds for which a commit is tried again: people wait for the answer, and there is always a next time."""
GRACE = 5.0
"""Seconds that the end of the app leaves to what is being published."""
SHARE = 0.1
"""Of the time that may go into counting, however many records there are, and however many people look."""

_log = logging.getLogger(__name__)


class Background:
    """One dataset that is kept up to date; safe to be asked by several threads."""

    def __init__(self, store: Store, open_place: Callable[[], Place], address: str, reviewed_only: bool) -> None:
        """`open_place` is called when it is needed first, as it may ask the network; `address` is what it opens."""
        self._store, self._open_place, self._address = store, open_place, address
        self._reviewed_only = reviewed_only
        self._publisher: Publisher | None = None
        self._busy, self._stopped = threading.Lock(), threading.Event()
        self._told: State | None = None
        self._told_until, self._telling = 0.0, threading.Lock()

    def state(self) -> State:
        """How far publishing is, or was a little ago; never from before what was published last."""
        with self._telling:
            # First, so that what is told as done is counted as done.
            busy, began = self._busy.locked(), time.monotonic()
            if self._told is None or began >= self._told_until:
                self._told = state_of(self._store, self._address, self._reviewed_only)
                self._told_until = time.monotonic() + (time.monotonic() - began) / SHARE
            return replace(self._told, busy=busy, next_commit=self._next_commit())

    def publish_soon(self) -> None:
        """Begin to publish and return at once.

        Raises:
            PublishingError: it is at it already, or there were enough commits for this hour.
        """
        if moment := self._next_commit():
            raise PublishingError(
                f"there were {MOST_AN_HOUR} commits within an hour, and the Hub takes no more; publish again after "
                f"{moment:%H:%M} UTC"
            )
        if not self._busy.acquire(blocking=False):
            raise PublishingError("publishing is under way already; wait until it is done")
        threading.Thread(target=self._publish_and_free, daemon=True).start()

    @contextlib.contextmanager
    def running(self, every: timedelta = EVERY) -> Iterator[None]:
        """Publish in regular intervals meanwhile."""
        thread = threading.Thread(target=self._go_on, args=(every,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()
            self._await_the_end()

    def _go_on(self, every: timedelta) -> None:
        while not self._stopped.wait(every.total_seconds()):
            try:
                state = self.state()
                if state.waiting or state.published:  # there may be reviews, of which the state knows nothing
                    self.publish_soon()
            except PublishingError:
                pass  # it is under way, or it was enough for now
            except HandsegError as error:
                _log.warning("it is not known what waits to be published to %s: %s", self._address, error)

    def _publish_and_free(self) -> None:
        try:
            self._publisher = self._publisher or Publisher(
                self._store, self._open_place(), self._reviewed_only, PATIENCE
            )
            self._publisher.publish()
        except Exception as error:
            _log.warning("publishing to %s failed", self._address, exc_info=error)
            self._note(_in_words(error))
        finally:
            with self._telling:
                self._told = None
            self._busy.release()

    def _note(self, error: str) -> None:
        with contextlib.suppress(HandsegError):
            self._store.outbox.note_failure(self._address, error)

    def _await_the_end(self) -> None:
        if self._busy.acquire(timeout=GRACE):
            self._busy.release()

    def _next_commit(self) -> datetime | None:
        """When the next commit may be made, if not now."""
        made = self._store.outbox.commits_within(self._address, timedelta(hours=1))
        return made[-MOST_AN_HOUR] + timedelta(hours=1) if len(made) >= MOST_AN_HOUR else None


def _in_words(error: Exception) -> str:
    """Why publishing failed; hosts, users and folders other than the dataset's are named in the log alone."""
    if isinstance(error, StoreError):
        return "the server cannot use its database or its files, and its log tells why; publish again soon"
    if isinstance(error, HandsegError):
        return str(error)
    if isinstance(error, OSError):
        return f"the server cannot write its files ({error.strerror or type(error).__name__}); make room, or allow it"
    return f"handseg made a mistake ({type(error).__name__}), and its log tells where; nothing is lost"
