"""The maintainer's command line: python -m training COMMAND."""

from __future__ import annotations

import typer

from handseg.photos import leave_warnings_to_us
from handseg.telling import ending_in_words
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
    with ending_in_words("call it again to go on, `train` and `assistant` with --resume"):
        app(prog_name="python -m training")


if __name__ == "__main__":
    main()
