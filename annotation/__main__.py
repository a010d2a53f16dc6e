"""The annotators' command line: python -m annotation COMMAND."""

from __future__ import annotations

import sys

import typer

from annotation.commands import datasets, photos, status
from annotation.commands.telling import complain
from handseg.errors import HandsegError

COMMANDS = (
    photos.add,
    status.status,
    datasets.publish,
    datasets.log,
    datasets.diff,
    datasets.compact,
    datasets.forget,
)

app = typer.Typer(
    name="annotation",
    help="Bring photos into the annotators' queue, see how far the work is, and publish the masks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run a command; errors that are meant for people come without a traceback."""
    try:
        app(prog_name="python -m annotation")
    except HandsegError as error:
        complain(str(error))
        sys.exit(2)


if __name__ == "__main__":
    main()
