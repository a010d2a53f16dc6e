"""What `python -m training synthesize` does, told to the person who waits."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from handseg.errors import SettingError
from handseg.outputs import check_writable, write_whole
from handseg.settings import Settings
from training.synthetic import tracer
from training.synthetic.dataset import FolderWriter
from training.synthetic.sheet import sheet as page
from training.synthetic.studio import Setup
from training.synthetic.synthesize import missing, synthesize


def run(setup: Setup, output: Path, count: int, seed: int, workers: int, sheet: Path | None = None) -> None:
    """Render what is missing of `count` pictures into `output`, and say what is there to render with.

    Raises SettingError for numbers that make no picture, MissingError if something is not installed,
    and at the end SynthesisError if some could not be made.
    """
    if count < 0 or workers < 1:
        raise SettingError(f"{count} pictures by {workers} workers cannot be made; give --count 0 or more, --workers 1")
    if sheet:
        if not count:
            raise SettingError("a page of 0 pictures cannot be made; give --count 1 or more, or no --sheet")
        check_writable(sheet)
    console = Console(stderr=True)
    tracer.mitsuba()
    if not setup.bodies.exists():
        console.print(f"baking the body model into {setup.bodies}; this is done once and takes a minute or two")
    setup.prepare()
    _tell(console, setup)
    writer = FolderWriter(output)
    left = len(missing(writer, seed, count))
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as progress:
        task = progress.add_task("rendering", total=count, completed=count - left)
        synthesize(setup, writer, seed, count, workers, lambda: progress.advance(task))
    if sheet:
        write_whole(sheet, page(output))


def assets_folder(given: Path | None) -> Path:
    """Where the baked body model is kept."""
    return (given or Settings.from_environment().home / "synthetic").resolve()


def _tell(console: Console, setup: Setup) -> None:
    stock = setup.stock()
    console.print(f"{len(stock.furniture.models)} models, {len(stock.pictures.all)} photos for backgrounds")
    if not stock.furniture.models:
        console.print(
            "rooms stay bare and things are plain; apt-get install sweethome3d-furniture, or give --furniture"
        )
    if not stock.pictures.all:
        console.print("there is no photo behind any scene; give --photos or --desktops")
