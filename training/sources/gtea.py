"""GTEA and GTEA Gaze+: frames of cooking, seen from the cook's head, whose masks are of hands with their arms.

ROOT/GTEA/Images/<film>_<number>.jpg, ROOT/GTEA/Masks/<film>_<number>.png                    720 x 405
ROOT/GTEA_GAZE_PLUS/Images/<film>/<frame>.jpg, ROOT/GTEA_GAZE_PLUS/Masks/<film>/<frame>.png  960 x 720
ROOT/Images/<frame>.jpg, ROOT/Masks/<frame>.png                                              EGTEA's 14,000 frames
ROOT/gtea_cropped/.../<frame>.png            GTEA's masks cropped at the wrist, by A. Urooj Khan and A. Borji (2018)

ROOT is what hand2K_dataset.zip or hand14k.zip unpacks to. Masks have several grays, for left hand, right hand and where
both meet; the publishers call hand what has a tenth of white or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.policies import check, label_from_masks, settle
from training.sources.protocol import Entry, Found, Wishes, read_file

TERMS = Terms("gtea", "NOASSERTION", "Fathi, Li, Rehg: GTEA, GTEA Gaze+ and EGTEA hand masks", "forearm")
SUBSETS = ("GTEA", "GTEA_GAZE_PLUS", "")
CROPPED = "gtea_cropped"

_HAND = 26
_INSTEAD = (
    f"put the masks that are cropped at the wrist (data/{CROPPED}.zip of github.com/aurooj/"
    f"Hand-Segmentation-in-the-Wild) into a folder {CROPPED} beside them, "
)


def find(place: str, wishes: Wishes) -> Found:
    """The labelled frames, each film a group.

    Raises:
        SourceError: none of the layouts is there.
        PolicyError: there are no cropped masks, and arms shall not be ignored.
    """
    root = _root(Path(place).expanduser())
    cropped = {path.stem: path for path in sorted((root / CROPPED).rglob("*.png"))}
    if not cropped:
        check(TERMS.label_policy, wishes.ignore_arms, _INSTEAD)
    terms = wishes.of(TERMS)
    entries, left_out = [], []
    for images, photo in _photos(root):
        name = photo.relative_to(root).as_posix()
        if photo.stem not in cropped and not wishes.ignore_arms:
            left_out.append(f"{name}: has no mask cropped at the wrist")
            continue
        entries.append(Entry(name, partial(_read, images, photo, name, cropped.get(photo.stem), terms)))
    return Found(len(entries), entries, tuple(left_out))


def _read(images: Path, photo: Path, name: str, cropped: Path | None, terms: Terms) -> Example:
    arm = labels.read_mask_above((images.parent / "Masks" / photo.relative_to(images)).with_suffix(".png"), _HAND)
    if cropped:
        label = label_from_masks(labels.read_mask_above(cropped, _HAND), arm)
    else:
        label = settle(labels.of_mask(arm), terms.label_policy)
    return Example.of(name, read_file(photo), label, f"{terms.source}/{_film(images, photo)}", terms)


def _film(images: Path, photo: Path) -> str:
    """The film of a frame: its folder, or its name without the number at the end.

    >>> _film(Path("Images"), Path("Images/Ahmad_Pizza/0017.jpg"))
    'Ahmad_Pizza'
    >>> _film(Path("Images"), Path("Images/s2_coffee_0017.jpg"))
    's2_coffee'
    """
    if photo.parent != images:
        return photo.parent.name
    return re.sub(r"[-_]*(frame|img)?[-_]*\d+$", "", photo.stem, flags=re.IGNORECASE) or images.parent.name


def _root(place: Path) -> Path:
    for root in (place, place / "hand2K_dataset", place / "hand14k"):
        if any(_is_subset(root / name) for name in SUBSETS):
            return root
    raise SourceError(
        f"there is no GTEA in {place}; looked for folders Images and Masks, in it and in {' and '.join(SUBSETS[:2])}"
    )


def _is_subset(folder: Path) -> bool:
    return (folder / "Images").is_dir() and (folder / "Masks").is_dir()


def _photos(root: Path) -> Iterator[tuple[Path, Path]]:
    """The folder Images of each photo, and the photo."""
    for name in SUBSETS:
        if _is_subset(root / name):
            images = root / name / "Images"
            yield from ((images, photo) for photo in sorted(images.rglob("*.jpg")))
