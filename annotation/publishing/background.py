"""Publishing beside other work: every now and then by itself, and when somebody asks for it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from annotation.errors import PublishingError
from annotation.publishing.publisher import Publisher
from annotation.publishing.state import State, state_of
from annotation.store import Store
from handseg.errors import HandsegError
from handseg.records.places import Place

EVERY = timedelta(minutes=20)
MOST_AN_HOUR = 6
"""Commits to one dataset; the Hub takes some more, but from all apps together."""

PATIENCE = 60.0
"""Seconds for which a commit is tried again: people wait for the answer, and there is always a next time."""
GRACE = 5.0
"""Seconds that the end of the app leaves to what is being published."""

_log = logging.getLogger(__name__)


class Background:
    """One dataset that is kept up to date; safe to be asked by several threads."""

    def __init__(self, store: Store, open_place: Callable[[], Place], address: str, reviewed_only: bool) -> None:
        """`open_place` is called when it is needed first, as it may ask the network; `address` is what it opens."""
        self._store, self._open_place, self._address = store, open_place, address
        self._reviewed_only = reviewed_only
        self._publisher: Publisher | None = None
        self._busy, self._stopped = threading.Lock(), threading.Event()

    def state(self) -> State:
        """How far publishing is."""
        # First, so that what is told as done is counted as done.
        busy = self._busy.locked()
        return state_of(self._store, self._address, self._reviewed_only, busy, self._next_commit())

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
                if self.state().waiting:
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
        except HandsegError as error:
            _log.warning("publishing to %s failed: %s", self._address, error)
            self._note(str(error))
        except Exception as error:
            _log.exception("publishing to %s failed", self._address)
            self._note(f"handseg made a mistake ({type(error).__name__}), and its log tells where; nothing is lost")
        finally:
            self._busy.release()

    def _note(self, error: str) -> None:
        with contextlib.suppress(HandsegError):
            self._store.outbox.begin(self._address)
            self._store.outbox.note_failure(self._address, error)

    def _await_the_end(self) -> None:
        if self._busy.acquire(timeout=GRACE):
            self._busy.release()

    def _next_commit(self) -> datetime | None:
        """When the next commit may be made, if not now."""
        made = self._store.outbox.commits_within(self._address, timedelta(hours=1))
        return made[-MOST_AN_HOUR] + timedelta(hours=1) if len(made) >= MOST_AN_HOUR else None
