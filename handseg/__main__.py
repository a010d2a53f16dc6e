"""The command line: python -m handseg remove | mask | models."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from handseg import batch, masks, photos
from handseg.errors import HandsegError, SettingError
from handseg.inpainters import open_inpainter
from handseg.photos import Photo
from handseg.removal import MODES, Removal, parse_color, remove
from handseg.segmenter import open_segmenter
from handseg.settings import DEVICES, Settings
from handseg.weights import Card, check_threshold, choose, installed

app = typer.Typer(
    name="handseg",
    help="Find the hand in a photo and make it disappear.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Mode = StrEnum("Mode", {mode: mode for mode in MODES})
Device = StrEnum("Device", {device: device for device in DEVICES})

Inputs = Annotated[list[Path], typer.Argument(metavar="PHOTO_OR_FOLDER...", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results; made if needed.")]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="One that `models` lists; else the default.")]
Threshold = Annotated[
    float | None, typer.Option(metavar="T", help="Probability from which a pixel is hand; else the model's own.")
]
OnDevice = Annotated[Device | None, typer.Option(help="Where the network runs; auto takes a GPU if there is one.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that exist; else they are kept.")]


@app.command("remove")
def remove_hands(
    inputs: Inputs,
    output: Output,
    mode: Annotated[Mode, typer.Option(help="What comes in the hand's place.")] = Mode.cutout,
    color: Annotated[str, typer.Option(metavar="HEX", help="For the mode fill, as ff8800.")] = "ffffff",
    grow: Annotated[int | None, typer.Option(metavar="PX", help="Widen the mask; else by the photo's size.")] = None,
    feather: Annotated[int | None, typer.Option(metavar="PX", help="Soften the edge; else half of the growth.")] = None,
    model: Model = None,
    threshold: Threshold = None,
    device: OnDevice = None,
    inpainter: Annotated[
        Path | None, typer.Option(metavar="ONNX", help="LaMa or MI-GAN for the mode inpaint; else the built-in one.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write each photo without its hand, as OUTPUT/<stem>.png."""
    with _errors_for_people():
        settings = _settings(device, inpainter)
        removal = Removal(mode=mode.value, color=parse_color(color), grow=grow, feather=feather)
        filler = open_inpainter(settings.inpainter, settings.threads) if mode is Mode.inpaint else None
        find_hand = _hand_finder(settings, model, threshold)

        def removed(path: Path) -> bytes:
            photo = photos.read(path)
            return photos.encode_png(remove(photo, find_hand(photo), removal, filler))

        _run(inputs, output, removed, overwrite)


@app.command("mask")
def write_masks(
    inputs: Inputs,
    output: Output,
    model: Model = None,
    threshold: Threshold = None,
    device: OnDevice = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the mask of each photo's hand, 0 or 255, in the upright photo's size, as OUTPUT/<stem>.png."""
    with _errors_for_people():
        find_hand = _hand_finder(_settings(device), model, threshold)
        _run(inputs, output, lambda path: masks.to_png(find_hand(photos.read(path))), overwrite)


@app.command("models")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """List the installed models."""
    with _errors_for_people():
        settings = Settings.from_environment()
        choose(settings)
        cards = [weights.card for weights in installed(settings).values()]
        rows = [_row(card, is_default=card.name == settings.model) for card in cards]
        typer.echo(json.dumps(rows, indent=2) if as_json else _table(rows))


def _hand_finder(settings: Settings, model: str | None, threshold: float | None) -> Callable[[Photo], masks.Mask]:
    if threshold is not None:
        check_threshold(threshold)
    segmenter = open_segmenter(settings, model)
    return lambda photo: segmenter.predict(photo).mask(threshold)


def _settings(device: Device | None, inpainter: Path | None = None) -> Settings:
    """The environment's settings; what the command line says goes before them."""
    settings = Settings.from_environment()
    return replace(settings, device=device or settings.device, inpainter=inpainter or settings.inpainter)


def _run(inputs: list[Path], output: Path, work: Callable[[Path], bytes], overwrite: bool) -> None:
    jobs = batch.plan(inputs, output)
    if not jobs:
        raise SettingError(f"there are no photos in {', '.join(map(str, inputs))}")
    failures = batch.run(_with_progress(jobs), work, overwrite, report=_complain)
    if failures:
        _complain(f"{failures} of {len(jobs)} photos failed")
        raise typer.Exit(1)


def _with_progress(jobs: list[batch.Job]) -> Iterable[batch.Job]:
    if len(jobs) == 1 or not sys.stderr.isatty():
        return jobs
    from rich.console import Console
    from rich.progress import track

    return track(jobs, description="photos", console=Console(stderr=True))


def _row(card: Card, is_default: bool) -> dict[str, object]:
    return {
        "name": card.name,
        "default": is_default,
        "architecture": card.architecture,
        "side": card.side,
        "threshold": card.threshold,
        "licence": card.licence,
        "scores": card.scores,
    }


def _table(rows: list[dict[str, object]]) -> str:
    """The rows as aligned text; the default is starred."""
    head = ("", "NAME", "ARCHITECTURE", "PIXELS", "VALIDATION IOU", "LICENCE")
    lines = [head] + [
        (
            "*" if row["default"] else "",
            row["name"],
            row["architecture"],
            f"about {row['side']}²",
            str(row["scores"].get("validation", {}).get("pooled", {}).get("iou", "unknown")),
            row["licence"],
        )
        for row in rows
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


@contextlib.contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except HandsegError as error:
        _complain(str(error))
        raise typer.Exit(2) from error


def _complain(message: str) -> None:
    typer.echo(f"error: {message}", err=True)


if __name__ == "__main__":
    app(prog_name="python -m handseg")
