"""The command line: python -m handseg remove | mask | models."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from handseg import batch, masks, photos
from handseg.errors import SettingError
from handseg.inpainters import open_inpainter
from handseg.photos import Photo
from handseg.removal import MODES, Removal, parse_color, remove
from handseg.segmenter import open_segmenter
from handseg.settings import DEVICES, Settings
from handseg.telling import aligned, complain, ending_in_words, with_progress
from handseg.weights import Card, check_threshold, choose, installed


class NamedPath(click.Path):
    """A path that is not empty: that of a variable which is not set would mean the folder that one is in."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Called by click."""
        if not value:
            self.fail("it is empty; name a file or a folder", param, ctx)
        return super().convert(value, param, ctx)


PATH = NamedPath(path_type=Path)

photos_in = click.argument("inputs", metavar="PHOTO_OR_FOLDER...", nargs=-1, required=True, type=PATH)
output_folder = click.option("-o", "--output", required=True, type=PATH, help="Folder for the results; made if needed.")
model_name = click.option(
    "--model",
    metavar="NAME",
    help="A model that `models` lists, or USER/NAME[@REV] on the Hub; the starred one by default.",
)
threshold_value = click.option(
    "--threshold", metavar="T", type=float, help="Probability from which a pixel is hand; the model's own by default."
)
device_name = click.option(
    "--device", type=click.Choice(DEVICES), help="Where the network runs; auto uses a GPU if there is one."
)
overwriting = click.option("--overwrite", is_flag=True, help="Replace results that exist; they are kept by default.")


@click.group()
def app() -> None:
    """Find the hand in a photo and make it disappear."""


@app.command("remove")
@photos_in
@output_folder
@click.option("--mode", type=click.Choice(MODES), default="cutout", show_default=True, help="What replaces the hand.")
@click.option("--color", metavar="HEX", help="Colour for the mode fill, such as ff8800; white by default.")
@click.option(
    "--grow", metavar="PX", type=int, help="Widen the mask by PX pixels; by default, the photo's size decides."
)
@click.option(
    "--feather", metavar="PX", type=int, help="Soften the edge over PX pixels; half of the growth by default."
)
@model_name
@threshold_value
@device_name
@click.option(
    "--inpainter",
    metavar="ONNX",
    type=PATH,
    help="A LaMa or MI-GAN for the mode inpaint, instead of the built-in inpainter.",
)
@overwriting
def remove_hands(
    inputs: tuple[Path, ...],
    output: Path,
    mode: str,
    color: str | None,
    grow: int | None,
    feather: int | None,
    model: str | None,
    threshold: float | None,
    device: str | None,
    inpainter: Path | None,
    overwrite: bool,
) -> None:
    """Write each photo without its hand, as OUTPUT/<stem>.png."""
    with ending_in_words():
        _refuse_unused(mode, fill=("--color", color), inpaint=("--inpainter", inpainter))
        settings = _settings(device, inpainter)
        removal = Removal(mode=mode, color=parse_color(color or "ffffff"), grow=grow, feather=feather)
        filler = open_inpainter(settings.inpainter, settings.threads) if mode == "inpaint" else None
        find_hand = _hand_finder(settings, model, threshold)

        def removed(path: Path) -> bytes:
            photo = photos.read(path)
            return photos.encode_png(remove(photo, _found(find_hand, photo, path), removal, filler))

        _run(inputs, output, removed, overwrite)


@app.command("mask")
@photos_in
@output_folder
@model_name
@threshold_value
@device_name
@overwriting
def write_masks(
    inputs: tuple[Path, ...],
    output: Path,
    model: str | None,
    threshold: float | None,
    device: str | None,
    overwrite: bool,
) -> None:
    """Write each photo's mask as OUTPUT/<stem>.png.

    A mask is as large as the upright photo; its pixels are 255 for hand and 0 for all else.
    """
    with ending_in_words():
        find_hand = _hand_finder(_settings(device), model, threshold)
        _run(inputs, output, lambda path: masks.to_png(_found(find_hand, photos.read(path), path)), overwrite)


@app.command("models")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_models(as_json: bool) -> None:
    """List the installed models."""
    with ending_in_words():
        settings = Settings.from_environment()
        choose(settings)
        cards = [weights.card for weights in installed(settings).values()]
        rows = [_row(card, is_default=card.name == settings.model) for card in cards]
        click.echo(json.dumps(rows, indent=2) if as_json else _table(rows))


def _refuse_unused(mode: str, **used: tuple[str, object]) -> None:
    """Refuse, with SettingError, options that were given and that only another mode uses."""
    for its_mode, (option, value) in used.items():
        if value is not None and mode != its_mode:
            raise SettingError(
                f"{option} has no effect in the mode {mode}; give --mode {its_mode}, too, or leave it out"
            )


def _hand_finder(settings: Settings, model: str | None, threshold: float | None) -> Callable[[Photo], masks.Mask]:
    if threshold is not None:
        check_threshold(threshold)
    segmenter = open_segmenter(settings, model)
    return lambda photo: segmenter.predict(photo).mask(threshold)


def _found(find_hand: Callable[[Photo], masks.Mask], photo: Photo, path: Path) -> masks.Mask:
    """The photo's mask; says so if it is empty, as the result then is the photo, or nothing."""
    mask = find_hand(photo)
    if not mask.any():
        click.echo(f"{path}: no hand was found; if you see one, try a lower --threshold, or another --model", err=True)
    return mask


def _settings(device: str | None, inpainter: Path | None = None) -> Settings:
    """The environment's settings; what the command line says goes before them."""
    settings = Settings.from_environment()
    return replace(settings, device=device or settings.device, inpainter=inpainter or settings.inpainter)


def _run(inputs: tuple[Path, ...], output: Path, work: Callable[[Path], bytes], overwrite: bool) -> None:
    jobs = batch.plan(inputs, output)
    if not jobs:
        raise SettingError(f"there are no photos in {', '.join(map(str, inputs))}")
    shown = with_progress(jobs, "photos") if len(jobs) > 1 else jobs
    failures = batch.run(shown, work, overwrite, report=complain)
    if failures:
        complain(f"{failures} of {len(jobs)} photos failed")
        sys.exit(1)


def _row(card: Card, is_default: bool) -> dict[str, object]:
    return {
        "name": card.name,
        "default": is_default,
        "architecture": card.architecture,
        "side": card.side,
        "also": card.also,
        "threshold": card.threshold,
        "licence": card.licence,
        "scores": card.scores,
    }


def _table(rows: list[dict[str, object]]) -> str:
    """The rows as aligned text; the default is starred."""
    head = ("", "NAME", "ARCHITECTURE", "PIXELS", "VALIDATION IOU", "LICENCE")
    cells = [
        (
            "*" if row["default"] else "",
            row["name"],
            row["architecture"],
            "about " + " + ".join(f"{side}²" for side in (row["side"], *row["also"])),
            str(row["scores"].get("validation", {}).get("pooled", {}).get("iou", "unknown")),
            row["licence"],
        )
        for row in rows
    ]
    return "\n".join(aligned([head, *cells]))


if __name__ == "__main__":
    photos.leave_warnings_to_us()
    app(prog_name="python -m handseg")
