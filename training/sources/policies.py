"""What a mask calls a hand, and how it becomes what we call one: the visible hand up to the wrist.

    wrist     the hand up to the wrist, as ours
    forearm   the hand with the arm
    skin      the hand with whatever arm is bare

What is certain becomes hand or background; where the mask does not tell, the label is `IGNORE` and teaches nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.errors import HandsegError
from training.sources.labels import IGNORE, Label, of_mask

POLICIES = ("wrist", "forearm", "skin")

DOUBT = 0.02
"""Width of an ignored band, as a share of the photo's long side (5-8 pixels at the photos' sizes)."""

STRAIGHT = 0.15
"""A mask that touches its bounding box along more than this share of the box's side was cut there by the box."""


class PolicyError(HandsegError):
    """Masks mean something else by a hand than we do."""


def check(policy: str, ignore_arms: bool, instead: str = "") -> None:
    """Refuse, with PolicyError and what can be done `instead`, masks of hand and arm, unless arms shall be ignored.

    Nothing in such a mask says where the wrist is.
    """
    if policy != "wrist" and not ignore_arms:
        raise PolicyError(
            f"these masks have arms in them (label policy {policy}), and ours end at the wrist; {instead}or give "
            "--ignore-arms: the arms' pixels then teach nothing, and the others that they are no hand"
        )


def settle(label: Label, policy: str) -> Label:
    """The label of a source whose policy was checked, (H, W) uint8, in our sense: of an arm, all is `IGNORE`."""
    return label if policy == "wrist" else np.where(label > 0, IGNORE, label).astype(np.uint8)


def label_from_masks(wrist: NDArray[np.bool_] | None, skin: NDArray[np.bool_] | None) -> Label:
    """The label, (H, W) uint8, of a photo with a mask up to the wrist, one of all bare skin, or both.

    Raises ValueError if there is neither.
    """
    if wrist is not None and skin is not None:
        return _label_hand_and_arm(wrist, skin)
    if wrist is not None:
        return _label_hand_in_a_box(wrist)
    if skin is not None:
        return _label_skin(skin)
    raise ValueError("a label needs a wrist mask or a skin mask; neither was given")


def _label_hand_and_arm(wrist: NDArray[np.bool_], skin: NDArray[np.bool_]) -> Label:
    """The wrist lies where the two masks part; a band around it is ignored, the arm beyond is background."""
    arm = skin & ~wrist
    return of_mask(wrist, unknown=_widen(wrist) & _widen(arm) & skin)


def _label_hand_in_a_box(wrist: NDArray[np.bool_]) -> Label:
    """Where the mask runs along its bounding box, the box cut it: a band outside that edge is ignored."""
    doubtful = np.zeros_like(wrist)
    for quarter_turns in range(4):
        _mark_cut_at_top(np.rot90(wrist, quarter_turns), np.rot90(doubtful, quarter_turns), _band(wrist))
    return of_mask(wrist, unknown=doubtful & ~wrist)


def _mark_cut_at_top(wrist: NDArray[np.bool_], doubtful: NDArray[np.bool_], band: int) -> None:
    """Mark, in place, the band above a mask whose top edge is a straight cut inside the photo."""
    rows, columns = np.flatnonzero(wrist.any(axis=1)), np.flatnonzero(wrist.any(axis=0))
    if not rows.size or rows[0] < 2 or wrist[rows[0]].sum() < STRAIGHT * np.ptp(columns):
        return
    beside = np.convolve(wrist[rows[0]], np.ones(band), mode="same") > 0
    doubtful[max(rows[0] - band, 0) : rows[0], beside] = True


def _label_skin(skin: NDArray[np.bool_]) -> Label:
    """An arm can only come in across the photo's border: hand pixels close to it are ignored."""
    inner = np.zeros_like(skin)
    margin = 3 * _band(skin)
    inner[margin:-margin, margin:-margin] = True
    return of_mask(skin, unknown=skin & ~inner)


def _band(mask: NDArray[np.bool_]) -> int:
    return max(2, round(DOUBT * max(mask.shape)))


def _widen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    size = 2 * _band(mask) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)
