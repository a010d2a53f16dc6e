"""The annotators' command line: python -m annotation COMMAND."""

from __future__ import annotations

import typer

from annotation.commands import datasets, exchange, photos, status, verify
from handseg.photos import leave_warnings_to_us
from handseg.telling import ending_in_words

COMMANDS = {
    "add": photos.add,
    "status": status.status,
    "publish": datasets.publish,
    "log": datasets.log,
    "diff": datasets.diff,
    "compact": datasets.compact,
    "verify": verify.verify,
    "forget": datasets.forget,
    "export": exchange.export_,
    "import": exchange.import_,
}

app = typer.Typer(
    name="annotation",
    help="Bring photos into the annotators' queue, see how far the work is, and publish the masks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run a command; errors that are meant for people, and Ctrl-C, come without a traceback."""
    leave_warnings_to_us()
    with ending_in_words():
        app(prog_name="python -m annotation")


if __name__ == "__main__":
    main()
