"""Licensed photos to put behind scenes, on tables and on walls: hand-free ones, each with its credit.

ROOT/negatives/<set>/*.jpg                 the collection that `training.sources.licensed` tells of
FOLDER/usr/share/backgrounds/**            desktop backgrounds, unpacked from Debian's packages or installed;
FOLDER/usr/share/doc/<package>/copyright   only those under Creative Commons by this file are used
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image

from training.sources.licensed import NEGATIVE_SETS
from training.synthetic.scene import Texture, linear

HAND_FREE_SETS = ("grocery_produce", "chess_board", "epsrc_office")
"""Neither robot hands nor strips of portraits, in which a piece of a hand may be left."""

PACKAGES = (
    "gnome-backgrounds",
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "mate-backgrounds",
    "ukui-wallpapers",
)
DESKTOPS = Path("usr/share/backgrounds")
LONG_SIDE = 640


@dataclass(frozen=True)
class Picture:
    """A photo on disk that may be used, and who made it."""

    path: Path
    credit: str


@dataclass(frozen=True)
class Pictures:
    """All photos there are, in a fixed order."""

    all: tuple[Picture, ...]

    @classmethod
    def find(cls, collection: Path | None, desktops: Path | None) -> Pictures:
        """The photos of the licensed collection, and those of Debian's packages below `desktops`; either may lack."""
        found = list(_collection(collection)) if collection else []
        return cls(tuple(found + (list(_desktops(desktops)) if desktops else [])))

    def any(self, rng: Generator) -> Picture:
        """One of them; those of small sets are not drowned by large ones."""
        kinds = sorted({picture.credit for picture in self.all})
        sizes = np.array([sum(picture.credit == kind for picture in self.all) for kind in kinds]) ** 0.7
        # One board from all sides: a few of them do.
        sizes *= [0.2 if kind.startswith("chess_board") else 1.0 for kind in kinds]
        kind = str(rng.choice(kinds, p=sizes / sizes.sum()))
        chosen = [picture for picture in self.all if picture.credit == kind]
        return chosen[rng.integers(len(chosen))]

    def piece(self, rng: Generator, side: int) -> tuple[Texture, str]:
        """A random square of a photo, turned over half of the time, and its credit."""
        picture = self.any(rng)
        photo = _read(picture.path)
        height, width = photo.shape[:2]
        edge = int(min(height, width) * rng.uniform(0.55, 1.0))
        top, left = rng.integers(height - edge + 1), rng.integers(width - edge + 1)
        square = photo[top : top + edge, left : left + edge][:, :: 1 if rng.random() < 0.5 else -1]
        resized = Image.fromarray(np.ascontiguousarray(square)).resize((side, side), Image.Resampling.BILINEAR)
        return linear(np.asarray(resized) / 255), picture.credit


@lru_cache(maxsize=128)
def _read(path: Path) -> np.ndarray:
    photo = Image.open(path).convert("RGB")
    photo.thumbnail((LONG_SIDE, LONG_SIDE))
    return np.asarray(photo)


def _collection(root: Path) -> list[Picture]:
    sets = {each.name: each for each in NEGATIVE_SETS}
    return [
        Picture(path, f"{name}: {sets[name].credit} ({sets[name].licence})")
        for name in HAND_FREE_SETS
        for path in sorted((root / "negatives" / name).glob("*.jpg"))
    ]


def _desktops(root: Path) -> list[Picture]:
    terms = {package: root / "usr/share/doc" / package / "copyright" for package in PACKAGES}
    rules = [
        (pattern, package, licence)
        for package, path in terms.items()
        if path.exists()
        for pattern, licence in licences(path.read_text(encoding="utf-8"))
    ]
    pictures = []
    for path in sorted((root / DESKTOPS).rglob("*")):
        if path.suffix.lower() not in (".jpg", ".png", ".webp"):
            continue
        named = [
            (package, licence) for pattern, package, licence in rules if fnmatch(str(path), f"*/{Path(pattern).name}")
        ]
        if named and named[-1][1].startswith("CC"):
            pictures.append(Picture(path, f"Debian package {named[-1][0]} ({named[-1][1]})"))
    return pictures


def licences(copyright_text: str) -> list[tuple[str, str]]:
    """Patterns of file names with their licences, from Debian's machine-readable copyright file; `*` is left out.

    >>> licences("Files: nature/Dune.jpg\\n       nature/Sea.jpg\\nCopyright: 2007, Somebody\\nLicense: CC-BY-4.0\\n")
    [('nature/Dune.jpg', 'CC-BY-4.0'), ('nature/Sea.jpg', 'CC-BY-4.0')]
    """
    found = []
    for stanza in re.split(r"\n\s*\n", copyright_text):
        files = re.search(r"^Files:((?:.|\n(?=[ \t]))*)", stanza, flags=re.MULTILINE)
        licence = re.search(r"^License:\s*(\S+)", stanza, flags=re.MULTILINE)
        if files and licence:
            found += [(pattern, licence[1]) for pattern in files[1].split() if pattern not in ("*", "debian/*")]
    return found
