"""How long to wait before a place is asked again."""

from __future__ import annotations

import random

import tenacity

from handseg.records.places import UnreliableError

_LONGEST = 60.0


def wait_as_asked(state: tenacity.RetryCallState) -> float:
    """Seconds to wait before the next attempt: what the place asks for, or else longer each time, with chance."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, UnreliableError) else 0.0
    return max(asked, random.uniform(0, min(_LONGEST, 0.5 * 2**state.attempt_number)))
