"""A verification as files: findings.json, a plot of the masks, and the rows that a person should look at."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from annotation.verification.measures import TILE, Measures, Suspect
from handseg.outputs import write_whole
from handseg.photos import Photo, encode_jpeg
from handseg.records.splits import SPLITS
from handseg.sheets import outlined

FINDINGS, MASKS, SUSPECTS = "findings.json", "masks.png", "suspects.jpg"

_COLUMNS = 5
_TEXT = 34
_RED, _WHITE = (255, 0, 0), (255, 255, 255)


def write_report(folder: Path, told: dict[str, Any], measures: Measures) -> list[Path]:
    """Write the files of a report, of which suspects.jpg only if there are some; raises OutputError.

    `told` is what findings.json says.
    """
    suspects = measures.suspects
    contents = {FINDINGS: to_json(told), MASKS: plot(measures)}
    if suspects:
        contents[SUSPECTS] = contact_sheet(suspects)
    for name, content in contents.items():
        write_whole(folder / name, content)
    if not suspects:  # an earlier report may have had some
        (folder / SUSPECTS).unlink(missing_ok=True)
    return [folder / name for name in contents]


def to_json(told: dict[str, Any]) -> bytes:
    """What was found, for programs."""
    return json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n"


def plot(measures: Measures) -> bytes:
    """A PNG: for each split, how large the masks are, and where they lie."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    FigureCanvasAgg(figure)
    for column, split in enumerate(SPLITS):
        shares, place = measures.shares[split], measures.places[split] / max(1, len(measures.shares[split]))
        above = figure.add_subplot(2, len(SPLITS), column + 1)
        above.hist([100 * covered for covered in shares], bins=50, range=(0, 100))
        above.set(title=f"{split}: {len(shares)} masks", xlabel="% of the photo that is hand", ylabel="masks")
        below = figure.add_subplot(2, len(SPLITS), len(SPLITS) + column + 1)
        shown = below.imshow(100 * place, cmap="magma", vmin=0)
        below.set(xticks=[], yticks=[], xlabel="where the hand is")
        figure.colorbar(shown, ax=below, label="% of masks", shrink=0.6)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()


def contact_sheet(suspects: Sequence[Suspect]) -> bytes:
    """A JPEG of rows with the outline of their masks, each with what is suspect about it."""
    rows = -(-len(suspects) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * TILE, rows * (TILE + _TEXT)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, suspect in enumerate(suspects):
        left, top = number % _COLUMNS * TILE, number // _COLUMNS * (TILE + _TEXT)
        sheet.paste(Image.fromarray(_outlined(suspect)), (left, top + _TEXT))
        draw.text((left + 4, top + 4), f"{suspect.words}\n{suspect.row}", fill="black")
    return encode_jpeg(np.asarray(sheet), quality=90)


def _outlined(suspect: Suspect) -> Photo:
    return outlined(outlined(suspect.photo, suspect.mask, _WHITE, thickness=3), suspect.mask, _RED)
