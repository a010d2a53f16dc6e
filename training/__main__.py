"""The maintainer's command line: python -m training COMMAND."""

from __future__ import annotations

import sys

import typer

from handseg.errors import HandsegError
from training.commands import gathering, measuring, packaging, running

COMMANDS = {
    "import": gathering.import_,
    "synthesize": gathering.synthesize,
    "preview": gathering.preview,
    "train": running.train,
    "export": packaging.export,
    "calibrate": packaging.calibrate,
    "evaluate": measuring.evaluate,
    "compare": measuring.compare,
    "promote": measuring.promote,
    "rollback": measuring.rollback,
}

app = typer.Typer(
    name="training",
    help="Gather photos with masks, train hand segmentation models, measure, package and promote them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for name, command in COMMANDS.items():
    app.command(name)(command)


def main() -> None:
    """Run a command; errors that are meant for people come without a traceback."""
    try:
        app(prog_name="python -m training")
    except HandsegError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("interrupted; the state is saved, go on with --resume", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
