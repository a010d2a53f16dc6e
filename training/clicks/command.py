"""What `python -m training clicks` measures and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from handseg.assistants import Assistant
from handseg.errors import HandsegError
from training.clicks.session import Annotator, FirstMask, sessions
from training.clicks.summary import summary, table
from training.evaluation.cases import Case, Cases


class ClicksError(HandsegError):
    """There is nothing to click on."""


@dataclass(frozen=True)
class Measured:
    """How many clicks an assistant needs, see `summary`."""

    assistant: str
    exact: dict[str, Any]
    noisy: dict[str, Any] | None
    """With clicks beside the centres of errors; None if that was not asked."""

    def to_json(self) -> dict[str, Any]:
        """As plain values: those of exact clicks, and below `noisy` the others."""
        return {"assistant": self.assistant, **self.exact, **({"noisy": self.noisy} if self.noisy else {})}


class First:
    """The first of some cases."""

    def __init__(self, cases: Cases, count: int) -> None:
        self._cases, self._count = cases, count
        self.name = f"the first {count} of {cases.name}"

    def __len__(self) -> int:
        return min(self._count, len(self._cases))

    def __iter__(self) -> Iterator[Case]:
        return islice(iter(self._cases), self._count)


def measure(
    assistant: Assistant,
    cases: Cases,
    first: FirstMask | None = None,
    noise: float = 0.0,
    tell: Callable[[str], object] = lambda _: None,
) -> Measured:
    """Let the simulated annotator correct all photos with exact clicks, and with noisy ones if `noise` is above 0.

    Raises ClicksError if no photo shows a hand.
    """
    tell(f"{assistant.name} is clicked through {len(cases)} photos of {cases.name}")
    exact = _summary(assistant, cases, first, Annotator())
    return Measured(assistant.name, exact, _summary(assistant, cases, first, Annotator(noise)) if noise else None)


def as_table(found: Sequence[Measured]) -> str:
    """All that was measured, one line for each kind of click."""
    rows = {}
    for each in found:
        rows[each.assistant] = each.exact
        if each.noisy:
            rows[f"{each.assistant}, noisy"] = each.noisy
    return table(rows)


def _summary(assistant: Assistant, cases: Cases, first: FirstMask | None, annotator: Annotator) -> dict[str, Any]:
    done = list(sessions(assistant, cases, first, annotator))
    if not done:
        raise ClicksError(f"none of the {len(cases)} photos of {cases.name} shows a hand; choose others")
    return summary(done)
