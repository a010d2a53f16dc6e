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
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.sources.examples import BACKGROUND, HAND, IGNORE, Example, read_mask, read_photo

DOUBT = 0.02
"""Width of an ignored band, as a share of the photo's long side (5-8 pixels at the photos' sizes)."""

STRAIGHT = 0.15
"""A mask that touches its bounding box along more than this share of the box's side was cut there by the box."""


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


def read_hands(root: Path, chosen: LicensedSet, long_side: int = 512) -> Iterator[Example]:
    """The labelled photos of one set, sorted by name."""
    folder = root / chosen.name
    for path in sorted((folder / "images").iterdir()):
        photo = read_photo(path, long_side)
        height, width = photo.shape[:2]
        wrist, skin = (
            read_mask(masks / f"{path.stem}.png", height, width) if masks.is_dir() else None
            for masks in (folder / "masks_wrist", folder / "masks")
        )
        label = label_from_masks(wrist, skin)
        known = skin if skin is not None else wrist
        yield Example(name=f"{chosen.name}/{path.stem}", source=chosen.name, photo=photo, label=label, skin=known)


def read_negatives(root: Path, chosen: LicensedSet, long_side: int = 512) -> Iterator[Example]:
    """The photos of one hand-free set, sorted by name, labelled background throughout."""
    for path in sorted((root / "negatives" / chosen.name).glob("*.jpg")):
        photo = read_photo(path, long_side)
        empty = np.zeros(photo.shape[:2], np.uint8)
        yield Example(
            name=f"{chosen.name}/{path.stem}", source=chosen.name, photo=photo, label=empty, skin=empty.astype(bool)
        )


def label_from_masks(wrist: NDArray[np.bool_] | None, skin: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """The training label, (H, W) uint8, from whichever of the two masks exist.

    Raises ValueError if there is neither.
    """
    if wrist is not None and skin is not None:
        return _label_hand_and_arm(wrist, skin)
    if wrist is not None:
        return _label_hand_in_a_box(wrist)
    if skin is not None:
        return _label_skin(skin)
    raise ValueError("a label needs a wrist mask or a skin mask; neither was given")


def _label_hand_and_arm(wrist: NDArray[np.bool_], skin: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The wrist lies where the two masks part; a band around it is ignored, the arm beyond is background."""
    arm = skin & ~wrist
    doubtful = _widen(wrist) & _widen(arm) & skin
    return _labelled(hand=wrist, doubtful=doubtful)


def _label_hand_in_a_box(wrist: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Where the mask runs along its bounding box, the box cut it: a band outside that edge is ignored."""
    doubtful = np.zeros_like(wrist)
    for quarter_turns in range(4):
        _mark_cut_at_top(np.rot90(wrist, quarter_turns), np.rot90(doubtful, quarter_turns), _band(wrist))
    return _labelled(hand=wrist, doubtful=doubtful & ~wrist)


def _mark_cut_at_top(wrist: NDArray[np.bool_], doubtful: NDArray[np.bool_], band: int) -> None:
    """Mark, in place, the band above a mask whose top edge is a straight cut inside the photo."""
    rows, columns = np.flatnonzero(wrist.any(axis=1)), np.flatnonzero(wrist.any(axis=0))
    if not rows.size or rows[0] < 2 or wrist[rows[0]].sum() < STRAIGHT * np.ptp(columns):
        return
    beside = np.convolve(wrist[rows[0]], np.ones(band), mode="same") > 0
    doubtful[max(rows[0] - band, 0) : rows[0], beside] = True


def _label_skin(skin: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """An arm can only come in across the photo's border: hand pixels close to it are ignored."""
    inner = np.zeros_like(skin)
    margin = 3 * _band(skin)
    inner[margin:-margin, margin:-margin] = True
    return _labelled(hand=skin, doubtful=skin & ~inner)


def _labelled(hand: NDArray[np.bool_], doubtful: NDArray[np.bool_]) -> NDArray[np.uint8]:
    label = np.where(hand, HAND, BACKGROUND).astype(np.uint8)
    label[doubtful] = IGNORE
    return label


def _band(mask: NDArray[np.bool_]) -> int:
    return max(2, round(DOUBT * max(mask.shape)))


def _widen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    size = 2 * _band(mask) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)
