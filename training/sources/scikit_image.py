"""scikit-image: the photos that come with the package, of a cat, a cup, an astronaut and a rocket; no hand is in them.

FOLDER/data/<photo>     PNG or JPEG

FOLDER is the package's own, `skimage` among the installed ones. Who took them, and that anybody may use them for
anything, is told in the documentation of `skimage.data`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from training.sources import labels
from training.sources.examples import Example, Terms
from training.sources.protocol import Entry, Found, Wishes, read_file, root_of

TERMS = Terms("scikit_image", "CC0-1.0", "Stefan van der Walt (a cat), Rachel Michetti (a cup), NASA, SpaceX")

PUBLIC_DOMAIN = "LicenseRef-public-domain"


@dataclass(frozen=True)
class Credited:
    """A photo of the package."""

    licence: str
    """SPDX identifier."""
    author: str


PHOTOS = {
    "astronaut.png": Credited(PUBLIC_DOMAIN, "NASA"),
    "chelsea.png": Credited("CC0-1.0", "Stefan van der Walt"),
    "coffee.png": Credited("CC0-1.0", "Rachel Michetti"),
    "rocket.jpg": Credited(PUBLIC_DOMAIN, "SpaceX"),
}
"""Those in colour that are no texture and show no hand."""


def find(place: str, wishes: Wishes) -> Found:
    """The photos, none of which shows a hand; raises SourceError if the folder is another one."""
    root = root_of(place, "skimage", ("data",)) / "data"
    entries = [Entry(name, partial(_read, root / name, about, wishes)) for name, about in PHOTOS.items()]
    return Found(len(entries), entries)


def _read(photo: Path, about: Credited, wishes: Wishes) -> Example:
    terms = wishes.of(replace(TERMS, licence=about.licence, credit=about.author))
    image = read_file(photo)
    return Example.of(photo.name, image, np.zeros(labels.size_of(image), np.uint8), "", terms)
