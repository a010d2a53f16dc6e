"""HandOverFace: photos from the web in which hands hide parts of faces.

ROOT/images_resized/<number>.jpg     384 pixels long; some are GIFs all the same
ROOT/masks/<number>.png              of the same size
ROOT/images_original_size, ROOT/annotations (LabelMe), which are not used

A. Urooj Khan and A. Borji, "Analysis of Hand Segmentation in the Wild", CVPR 2018.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.protocol import Entry, Found, Wishes, read_file, root_of

TERMS = Terms("hof", "NOASSERTION", "Urooj Khan, Borji: HandOverFace (Analysis of Hand Segmentation, CVPR 2018)")
BAD = {
    "10": "its mask belongs to another photo (github.com/aurooj/Hand-Segmentation-in-the-Wild/issues/2)",
    "225": "its mask has more of the body than hands",
}
"""Photos whose labels are known to be wrong."""


def find(place: str, wishes: Wishes) -> Found:
    """The photos but for the `BAD` ones, each by itself, as they are of many people; raises SourceError."""
    root = root_of(place, "hand_over_face", ("images_resized", "masks"))
    terms = wishes.of(TERMS)
    photos = sorted((root / "images_resized").glob("*.jpg"), key=lambda path: (len(path.stem), path.stem))
    if not photos:
        raise SourceError(f"there are no photos <number>.jpg in {root / 'images_resized'}; unpack the collection again")
    entries = [Entry(photo.name, partial(_read, root, photo, terms)) for photo in photos if photo.stem not in BAD]
    left_out = tuple(f"{photo.name}: {BAD[photo.stem]}" for photo in photos if photo.stem in BAD)
    return Found(len(entries), entries, left_out)


def _read(root: Path, photo: Path, terms: Terms) -> Example:
    label = labels.read_label(root / "masks" / f"{photo.stem}.png")
    return Example.of(photo.name, read_file(photo), label, "", terms)
