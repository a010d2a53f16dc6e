"""What all command lines do to tell people how far they are, and what went wrong."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import click

from handseg.errors import HandsegError

INTERRUPTED = 130
"""How a command ends that somebody interrupted; typer, too, ends it so."""

Item = TypeVar("Item")


def with_progress(items: Iterable[Item], what: str) -> Iterable[Item]:
    """The items, with a progress bar if a person sees the terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, console=Console(stderr=True))


def complain(message: str) -> None:
    """Tell an error."""
    click.echo(f"error: {message}", err=True)


@contextlib.contextmanager
def ending_in_words(advice: str = "call it again to go on") -> Iterator[None]:
    """End the program, without a traceback, at errors that are meant for people, and at Ctrl-C, with this advice."""
    try:
        yield
    except HandsegError as error:
        complain(str(error))
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        click.echo(f"interrupted; {advice}", err=True)
        sys.exit(INTERRUPTED)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines of text, each column as wide as it must be.

    >>> aligned([("NAME", "ROWS"), ("Ann", "12")])
    ['NAME  ROWS', 'Ann   12']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
