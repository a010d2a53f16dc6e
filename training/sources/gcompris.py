"""GCompris: photos of animals, fishes, things and monuments from a game for children, none of which shows a hand.

FOLDER/usr/share/gcompris-qt/rcc/<activity>.rcc       Qt resource files, see `training.sources.qt_resources`, with
    gcompris/src/activities/<activity>/.../README     whose photos they are, and under which licence
    gcompris/src/activities/<activity>/.../<photo>    WebP, or JPEG in other versions

FOLDER is what `dpkg -x gcompris-qt-data_3.1-2_all.deb FOLDER` makes of Debian's package. A README has blocks with
empty lines between them, each of lines Copyright, Source, License, Comments and Files in any order; the names of files
follow on the same line or on those below.

What Debian's own usr/share/doc/gcompris-qt-data/copyright says is not used: it tells of the photos of earlier versions,
of which other photographers' had the same names.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from handseg.errors import PhotoError
from training.sources import labels
from training.sources.examples import Example, Terms
from training.sources.protocol import Entry, Found, Wishes, root_of
from training.sources.qt_resources import files_in

TERMS = Terms(
    "gcompris", "NOASSERTION", "the photographers whom docs/photos.md names, by way of GCompris (gcompris.net)"
)
"""Of the source as a whole; each photo has its own licence and credit."""

RESOURCES = "usr/share/gcompris-qt/rcc"

FOLDERS = {
    "erase": "erase/resource",
    "farm": "explore_farm_animals/resource/animals",
    "fishes": "categorization/resource/images/fishes",
    "monuments": "categorization/resource/images/monuments",
    "others": "categorization/resource/images/others",
    "tools": "categorization/resource/images/tools",
    "world": "explore_world_animals/resource/animals",
}
"""Where photos are looked for, by what their names begin with here."""

LEAST_SIDE = 160
"""Of a photo, the longer side in pixels; smaller ones are icons."""

_PEOPLE, _STATUE, _MONKEY = "people are to be seen", "a statue has hands", "a monkey's hand looks like a person's"
SHOWN = {
    "erase/gibbon.webp": _MONKEY,
    "erase/gorilla.webp": _MONKEY,
    "erase/long_nosed_monkey.webp": _MONKEY,
    "monuments/IndiaGate.webp": _PEOPLE,
    "monuments/arcDeTriomphe.webp": _PEOPLE,
    "monuments/bayterek.webp": _PEOPLE,
    "monuments/brandenburgGate.webp": _PEOPLE,
    "monuments/cathedral.webp": _PEOPLE,
    "monuments/christTheRedeemer.webp": _STATUE,
    "monuments/colosseum.webp": _PEOPLE,
    "monuments/eiffelTower.webp": _PEOPLE,
    "monuments/greatWall.webp": _PEOPLE,
    "monuments/leMusee.webp": _PEOPLE,
    "monuments/leaningTowerOfPisa.webp": _PEOPLE,
    "monuments/monument1.webp": _PEOPLE,
    "monuments/statueOfLiberty.webp": _STATUE,
    "monuments/usCapitol.webp": _PEOPLE,
    "monuments/victoriaMemorial.webp": _STATUE,
    "others/erasers.webp": "was made by a computer",
    "others/pillow.webp": "a finger is to be seen",
}
"""What the photos show that are not taken; all of version 3.1 were looked at."""


@dataclass(frozen=True)
class Credited:
    """A photo of the package, and what its README tells of it."""

    name: str
    image: bytes
    author: str
    licence: str
    """SPDX identifier."""
    page: str
    """Where it was published; "" where the README does not tell."""

    @property
    def credit(self) -> str:
        """Whom to thank, and where the photo is from."""
        return ", ".join(filter(None, (self.author, self.page)))


def find(place: str, wishes: Wishes) -> Found:
    """The photos without hands whose licences allow any use, each by itself; raises SourceError."""
    chosen, left_out = choose(place)
    entries = [Entry(each.name, partial(_read, each, wishes)) for each in chosen]
    return Found(len(entries), entries, tuple(left_out))


def credits_of(place: str) -> list[tuple[str, str, str, str]]:
    """Of each photo that is taken its name, author, licence and page, for those who use what learned from them."""
    return [(each.name, each.author, each.licence, each.page) for each in choose(place)[0]]


def choose(place: str) -> tuple[list[Credited], list[str]]:
    """The photos that are taken, in the order of their names, and for people what is not taken, and why.

    Raises SourceError if a resource file is missing or damaged.
    """
    root = root_of(place, "gcompris-qt-data", (RESOURCES,)) / RESOURCES
    chosen, left_out = [], []
    for short, folder in FOLDERS.items():
        files = _files_of(root / f"{folder.partition('/')[0]}.rcc", f"gcompris/src/activities/{folder}")
        told = _told_by(files.get("README", b"").decode(errors="replace"))
        for file in sorted(name for name in files if name.endswith((".jpg", ".webp"))):
            about = told.get(file, {})
            photo = Credited(
                f"{short}/{file}",
                files[file],
                about.get("Copyright", ""),
                spdx_of(about.get("License", "")),
                about.get("Source", ""),
            )
            if refused := _refusal(photo, about.get("License", "")):
                left_out.append(f"{photo.name}: {refused}")
            else:
                chosen.append(photo)
    return chosen, left_out


def spdx_of(licence: str) -> str:
    """The identifier of a licence that allows any use of photos, as READMEs spell it; "" for all others.

    >>> spdx_of("CC-BY-SA 4.0"), spdx_of("Public domain"), spdx_of("GPLv3")
    ('CC-BY-SA-4.0', 'LicenseRef-public-domain', '')
    """
    name = "-".join(licence.upper().split())
    if name == "PUBLIC-DOMAIN":
        return "LicenseRef-public-domain"
    return name if re.fullmatch(r"CC0-1\.0|CC-BY(-SA)?-\d\.\d", name) else ""


def _files_of(resources: Path, folder: str) -> dict[str, bytes]:
    """The files that lie in a folder, not below it, by their names."""
    return {
        PurePosixPath(path).name: content
        for path, content in files_in(resources)
        if PurePosixPath(path).parent == PurePosixPath(folder)
    }


def _told_by(readme: str) -> dict[str, dict[str, str]]:
    """What a README tells of each file."""
    return {file: about for about in _blocks(readme) for file in about.get("Files", "").split()}


def _blocks(readme: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n\s*\n", readme):
        fields = re.findall(r"^(\w+):((?:.|\n(?!\w+:))*)", block, flags=re.MULTILINE)
        yield {name: text.strip() for name, text in fields}


def _refusal(photo: Credited, licence: str) -> str:
    """Why a photo is not taken, in words; "" if it is."""
    if shown := SHOWN.get(photo.name):
        return shown
    if not licence:
        return "its README does not tell under which licence it is"
    if not photo.licence:
        return f"its licence is {licence}; those that are taken are CC0, public domain, CC-BY and CC-BY-SA"
    if photo.licence.startswith("CC-BY") and not photo.author:
        return f"its licence is {licence}, and its README does not tell whom to name"
    try:
        return _unfit(photo.image)
    except (PhotoError, OSError) as error:
        return f"it cannot be read ({error})"


def _unfit(image: bytes) -> str:
    """Why the bytes of a file are no photo to learn from; "" if they are one. Raises PhotoError and OSError."""
    if max(size := labels.size_of(image)) < LEAST_SIDE:
        return f"it is {size[1]} x {size[0]}, and a photo has at least {LEAST_SIDE} pixels on its longer side"
    with Image.open(io.BytesIO(image)) as opened:
        if opened.has_transparency_data and opened.convert("RGBA").getchannel("A").getextrema()[0] < 255:
            return "it is transparent in part"
    return ""


def _read(photo: Credited, wishes: Wishes) -> Example:
    terms = wishes.of(replace(TERMS, licence=photo.licence, credit=photo.credit))
    return Example.of(photo.name, photo.image, np.zeros(labels.size_of(photo.image), np.uint8), "", terms)
