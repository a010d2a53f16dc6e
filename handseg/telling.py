"""What all command lines do to tell people how far they are, and what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

import click

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


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines of text, each column as wide as it must be.

    >>> aligned([("NAME", "ROWS"), ("Ann", "12")])
    ['NAME  ROWS', 'Ann   12']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
