"""EgoYouTubeHands: frames of films from YouTube that people took with cameras on their heads.

ROOT/images/<film>/<frame>.jpg       384 x 216
ROOT/masks/<film>/<frame>            PNG without a suffix; of vid6, and in later copies of all films, <frame>.png
ROOT/train-val-test-split/*.txt      the publishers' splits, which are not used: ours are by film

A. Urooj Khan and A. Borji, "Analysis of Hand Segmentation in the Wild", CVPR 2018.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.protocol import Entry, Found, Wishes, read_file, root_of

TERMS = Terms("eyth", "NOASSERTION", "Urooj Khan, Borji: EgoYouTubeHands (Analysis of Hand Segmentation, CVPR 2018)")


def find(place: str, wishes: Wishes) -> Found:
    """The labelled frames, each film a group; raises SourceError."""
    root = root_of(place, "eyth_dataset", ("images", "masks"))
    terms = wishes.of(TERMS)
    photos = sorted((root / "images").glob("*/*.jpg"))
    if not photos:
        raise SourceError(f"there are no photos images/<film>/<frame>.jpg in {root}; unpack the collection again")
    names = [photo.relative_to(root / "images") for photo in photos]
    entries = [Entry(name.as_posix(), partial(_read, root, name, terms)) for name in names]
    return Found(len(entries), entries)


def _read(root: Path, name: Path, terms: Terms) -> Example:
    image = read_file(root / "images" / name)
    label = labels.read_label(_mask_of(root / "masks" / name))
    return Example.of(name.as_posix(), image, label, f"{terms.source}/{name.parts[0]}", terms)


def _mask_of(photo: Path) -> Path:
    """The mask of the photo that has this name among the masks; raises SourceError."""
    candidates = [photo.with_suffix(""), photo.with_suffix(".png")]
    for path in candidates:
        if path.is_file():
            return path
    raise SourceError(f"there is no mask; looked for {candidates[0]}, with and without .png")
