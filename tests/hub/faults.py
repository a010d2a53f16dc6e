"""What can go wrong between a client and the Hub, and a seeded plan of it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass

from tests.hub.protocol import Answer, failure


@dataclass(frozen=True)
class Fault:
    """One way to fail a request."""

    status: int | None = None
    """The answer; without one the connection is closed with no word."""
    done: bool = False
    """Whether what was asked for is done all the same."""
    hold: bool = False
    """Whether the connection hangs for a while before."""
    only: str | None = None
    """The one operation that can fail in this way."""


FAULTS = {
    "conflict_409": Fault(409, only="commit"),
    "stale_412": Fault(412, only="commit"),
    "busy_429": Fault(429),
    "error_500": Fault(500),
    "unavailable_503": Fault(503),
    "error_500_done": Fault(500, done=True),
    "hang": Fault(hold=True),
    "hang_done": Fault(done=True, hold=True),
    "drop": Fault(),
    "drop_done": Fault(done=True),
    "cut_upload": Fault(only="upload"),
    "cut_download": Fault(only="download"),
}


class Faults:
    """Fails a share of the requests at random; threads may share it.

    `kinds` are names in `FAULTS`; `operations` are names in `tests.hub.routes.ROUTES`, and "head" for what asks for no
    content, to which it keeps. After `limit` faults all goes well. What hangs is held for `hold` seconds, and a busy
    Hub says `retry_after`.
    """

    def __init__(
        self,
        share: float = 0.2,
        seed: int = 1,
        kinds: tuple[str, ...] = tuple(FAULTS),
        operations: tuple[str, ...] | None = None,
        limit: int | None = None,
        hold: float = 1.0,
        retry_after: int = 1,
    ) -> None:
        self.hold = hold
        self.injected: Counter[str] = Counter()
        self._share, self._kinds, self._operations, self._limit = share, kinds, operations, limit
        self._retry_after = retry_after
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def draw(self, operation: str, changes: bool) -> str | None:
        """The kind of the fault for this request, if it gets one."""
        with self._lock:
            fitting = [kind for kind in self._kinds if self._fits(kind, operation, changes)]
            if not fitting or self._random.random() >= self._share:
                return None
            kind = self._random.choice(fitting)
            self.injected[kind] += 1
            return kind

    def answer(self, kind: str) -> Answer | None:
        """None where the connection is closed without one."""
        status = FAULTS[kind].status
        if status == 503:  # comes from a proxy before the Hub, which does not speak JSON
            return Answer(503, {"Content-Type": "text/html"}, b"<html><h1>503 Service Unavailable</h1></html>")
        if status == 429:
            return failure(429, "You have exceeded a rate limit", {"Retry-After": str(self._retry_after)})
        messages = {
            409: "Another commit is being made. Please try again.",
            412: "A commit has happened since. Please refresh and try again.",
            500: "Internal Error - We're working hard to fix this as soon as possible!",
        }
        return failure(status, messages[status]) if status else None

    def _fits(self, kind: str, operation: str, changes: bool) -> bool:
        """An operation that changes nothing cannot be done and reported as failed."""
        fault = FAULTS[kind]
        return (
            (self._limit is None or self.injected.total() < self._limit)
            and (self._operations is None or operation in self._operations)
            and (fault.only == operation or (fault.only is None and (changes or not fault.done)))
        )
