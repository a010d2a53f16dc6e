"""The maintainer's command line: python -m training COMMAND."""

from __future__ import annotations

import sys

import typer

from handseg.errors import HandsegError
from handseg.photos import leave_warnings_to_us
from handseg.telling import complain
from training.commands import assisting, gathering, measuring, packaging, running

COMMANDS = {
    "import": gathering.import_,
    "synthesize": gathering.synthesize,
    "preview": gathering.preview,
    "train": running.train,
    "assistant": assisting.assistant,
    "export": packaging.export,
    "blend": packaging.blend,
    "calibrate": packaging.calibrate,
    "push": packaging.push,
    "evaluate": measuring.evaluate,
    "clicks": measuring.clicks,
    "compare": measuring.compare,
    "promote": measuring.promote,
    "rollback": measuring.rollback,
}

INTERRUPTED = 130
"""How typer ends what somebody interrupted."""

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
    """Run a command; errors that are meant for people, and Ctrl-C, come without a traceback."""
    leave_warnings_to_us()
    try:
        app(prog_name="python -m training")
    except HandsegError as error:
        complain(str(error))
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            typer.echo("interrupted; call it again to go on, `train` and `assistant` with --resume", err=True)
        raise


if __name__ == "__main__":
    main()
