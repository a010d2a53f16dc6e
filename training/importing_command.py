"""What `python -m training import` does, told to the person who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from handseg.records.opening import open_place
from training.importing import Outcome, import_found
from training.sources.known import credit_of, source_called
from training.sources.protocol import Wishes

MOST_TOLD = 10
"""Photos that were left out; of the others, their number is told."""


def run(source: str, place: str, output: str, wishes: Wishes) -> None:
    """Import what a source has into the dataset `output`, and say what came of it; raises as `import_found`."""
    found = source_called(source)(place, wishes)
    console = Console(stderr=True)
    with _progress(console, source, found.count) as advance:
        outcome = import_found(found, open_place(output), advance)
    for line in told(outcome):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def told(outcome: Outcome) -> list[str]:
    """Lines for people."""
    lines = [f"{outcome.added} photos added, {outcome.present} were there, {len(outcome.left_out)} left out"]
    lines += [f"    {each}" for each in outcome.left_out[:MOST_TOLD]]
    if len(outcome.left_out) > MOST_TOLD:
        lines.append(f"    and {len(outcome.left_out) - MOST_TOLD} more")
    for source, thanks in sorted(outcome.sources.items()):
        lines.append(f"{source}: {_whom_to_thank(source, thanks - {''})}")
    if any("NOASSERTION" in source for source in outcome.sources):
        lines.append("its publishers name no licence: do not ship weights that learn from it, or give --licence")
    if outcome.added + outcome.present and not outcome.hands:
        lines.append("none of the photos shows a hand; a network also needs some that do")
    return lines


def _whom_to_thank(source: str, thanks: set[str]) -> str:
    """One line: of a source whose photos are by many people, what is known of it as a whole."""
    if len(thanks) > 1:
        return credit_of(source.partition(" (")[0]) or f"{min(thanks)}, and {len(thanks) - 1} more"
    return min(thanks, default="the card should say whom to thank")


@contextmanager
def _progress(console: Console, what: str, total: int) -> Iterator[Callable[[], object]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
