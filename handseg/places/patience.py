"""How long to wait before a place is asked again, and how long to go on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from handseg.places import ConflictError, UnreliableError

_LONGEST = 60.0
Result = TypeVar("Result")


def patiently(act: Callable[[], Result], patience: float, sleep: Callable[[float], object] = time.sleep) -> Result:
    """What `act` returns, which is called anew for `patience` seconds as long as it raises what may pass.

    That are ConflictError and UnreliableError; the last of them is raised in the end.
    """
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((ConflictError, UnreliableError)),
        stop=tenacity.stop_after_delay(patience),
        wait=wait_as_asked,
        sleep=sleep,
        reraise=True,
    )
    return attempts(act)


def wait_as_asked(state: tenacity.RetryCallState) -> float:
    """Seconds to wait before the next attempt: what the place asks for, or else longer each time, with chance."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, UnreliableError) else 0.0
    return max(asked, random.uniform(0, min(_LONGEST, 0.5 * 2**state.attempt_number)))
