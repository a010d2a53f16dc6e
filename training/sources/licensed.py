"""The collection of licensed photos: real hands whose licences allow shipping weights trained on them.

    ROOT/<set>/images/<stem>.jpg         photos with a hand
    ROOT/<set>/masks/<stem>.png          0/255, all visible skin
    ROOT/<set>/masks_wrist/<stem>.png    0/255, the hand up to the wrist
    ROOT/negatives/<set>/*.jpg           photos without a hand

The sets follow different label policies. What is certain becomes hand or background; the doubtful band, near the wrist
where an annotator's box or a geometric cut ended the mask, becomes `IGNORE` and teaches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.policies import label_from_masks
from training.sources.protocol import Entry, Found, Wishes, read_file


@dataclass(frozen=True)
class LicensedSet:
    """A set of photos, who made it and under which terms; all of it goes onto the weights card."""

    name: str
    licence: str
    credit: str
    policy: str
    """`wrist`, `skin`, or `both` when each photo has a mask of either kind."""


HAND_SETS = (
    LicensedSet("grocery_holding", "MIT", "Marcus Klasson, GroceryStoreDataset", "skin"),
    LicensedSet("hagrid", "HaGRID licence (rework of CC BY-SA 4.0)", "Kapitanov et al., HaGRID", "wrist"),
    LicensedSet("subhih_hands", "Apache-2.0", "subhih, drone controller hand photos", "wrist"),
    LicensedSet("asl_letters", "public domain", "David Lee, American Sign Language Letters", "wrist"),
    LicensedSet("leb_gestures", "CC BY 4.0", "Lebanese University, Hand Gesture Recognition", "wrist"),
    LicensedSet("rps_green", "CC BY-SA 4.0", "Julien de la Bruere-Terreault, rock-paper-scissors", "both"),
    LicensedSet("digits_tr", "Apache-2.0", "Arda Mavi and Zeynep Dikle, Sign Language Digits", "both"),
    LicensedSet("epsrc_fingers", "CC BY-SA 4.0", "EPSRC project NUMBERS, Finger Counting", "both"),
)

NEGATIVE_SETS = (
    LicensedSet("grocery_produce", "MIT", "Marcus Klasson, GroceryStoreDataset", "none"),
    LicensedSet("hagrid_crops", "HaGRID licence (rework of CC BY-SA 4.0)", "Kapitanov et al., HaGRID", "none"),
    LicensedSet("icub_robot_hand", "CC BY-SA 4.0", "EPSRC project NUMBERS, Finger Counting", "none"),
    LicensedSet("chess_board", "CC BY 4.0", "Joseph Nelson and Brad Dwyer, chess pieces", "none"),
    LicensedSet("epsrc_office", "CC BY-SA 4.0", "EPSRC project NUMBERS, Finger Counting", "none"),
)

SPDX = {
    "public domain": "LicenseRef-public-domain",
    "CC BY 4.0": "CC-BY-4.0",
    "CC BY-SA 4.0": "CC-BY-SA-4.0",
    "HaGRID licence (rework of CC BY-SA 4.0)": "LicenseRef-HaGRID",
}
"""The identifiers of those licences that are not called by them."""

PEOPLE = {"epsrc_fingers": 4}
"""How many letters of a file's name say who it is, in sets where they do."""


def find(place: str, wishes: Wishes) -> Found:
    """All photos of the collection, with a hand and without; near-duplicates aside, only `PEOPLE` are known groups.

    Raises SourceError if a set is missing.
    """
    root = Path(place).expanduser()
    entries = [entry for chosen in HAND_SETS for entry in _hands(root, chosen, wishes)]
    entries += [entry for chosen in NEGATIVE_SETS for entry in _negatives(root, chosen, wishes)]
    return Found(len(entries), entries)


def _hands(root: Path, chosen: LicensedSet, wishes: Wishes) -> Iterator[Entry]:
    terms = wishes.of(_terms(chosen))
    for path in _photos(root / chosen.name / "images"):
        group = f"{chosen.name}/{path.stem[: PEOPLE[chosen.name]]}" if chosen.name in PEOPLE else ""
        yield Entry(f"{chosen.name}/{path.name}", partial(_read, root / chosen.name, path, group, terms))


def _negatives(root: Path, chosen: LicensedSet, wishes: Wishes) -> Iterator[Entry]:
    terms = wishes.of(_terms(chosen))
    for path in _photos(root / "negatives" / chosen.name):
        yield Entry(f"negatives/{chosen.name}/{path.name}", partial(_read_negative, path, terms))


def _read(folder: Path, path: Path, group: str, terms: Terms) -> Example:
    wrist, skin = (
        labels.read_label(masks / f"{path.stem}.png") == labels.HAND if masks.is_dir() else None
        for masks in (folder / "masks_wrist", folder / "masks")
    )
    return Example.of(path.name, read_file(path), label_from_masks(wrist, skin), group, terms)


def _read_negative(path: Path, terms: Terms) -> Example:
    image = read_file(path)
    return Example.of(path.name, image, np.zeros(labels.size_of(image), np.uint8), "", terms)


def _photos(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}; give the licensed collection, whose sets are folders")
    return sorted(path for path in folder.iterdir() if path.suffix == ".jpg")


def _terms(chosen: LicensedSet) -> Terms:
    policy = chosen.policy if chosen.policy == "skin" else "wrist"
    return Terms(chosen.name, SPDX.get(chosen.licence, chosen.licence), chosen.credit, policy)
