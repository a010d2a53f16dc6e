"""The checks of one row: its values, and its pictures against them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np

from annotation.verification.findings import Finding
from annotation.verification.metadata import metadata_in
from annotation.verification.sight import PICTURES, Sight, look
from handseg.intake import photo_id
from handseg.intake.alike import perceptual_hash
from handseg.masks import share
from handseg.metrics import count
from handseg.records.row import COLUMNS, Row, RowError, sha256

FULL = 0.95
"""A mask that covers more of its photo is probably wrong."""

_LEVELS = (0, 127, 255)
_TOLERANCE = 1e-3


def check_row(path: str, values: dict[str, Any]) -> tuple[Sight | None, list[Finding]]:
    """All that is wrong with the row that a shard has with these values, and the row; None if values are missing."""
    values = values | {name: values[name] and values[name]["bytes"] for name in PICTURES}
    if lacking := [name for name in COLUMNS if values[name] is None and name != "model_mask"]:
        words = f"it has no {', '.join(lacking)}"
        return None, [Finding("error", "value", words, path, values["id"] or "")]
    sight = look(path, values)
    return sight, [finding for check in CHECKS for finding in check(sight)]


def check_values(row: Sight) -> Iterator[Finding]:
    """Values that no row may have; what the other checks tell more of is not told here."""
    right = {f"{name}_sha256": sha256(row.values[name]) for name in ("image", "mask")}
    try:
        Row(**row.values | right | {"licence": row.values["licence"] or "none"})
    except RowError as error:
        yield row.error("value", str(error))
    try:
        json.loads(row.values["prompts"])
    except ValueError as error:
        yield row.error("value", f"prompts are not JSON ({error})")


def check_licence(row: Sight) -> Iterator[Finding]:
    """Every photo has a licence."""
    if not row.values["licence"].strip():
        yield row.error("licence", "nothing says under which licence the photo may be used")


def check_hashes(row: Sight) -> Iterator[Finding]:
    """The files are those that were stored."""
    for name in ("image", "mask"):
        if (found := sha256(row.values[name])) != (told := row.values[f"{name}_sha256"]):
            yield row.error("hash", f"the sha256 of the {name} is {found[:12]}..., not {told[:12]}...")


def check_readable(row: Sight) -> Iterator[Finding]:
    """Every picture can be decoded, and is of its kind."""
    for name, words in row.damage.items():
        yield row.error("picture", f"the {name} cannot be used: {words}")


def check_metadata(row: Sight) -> Iterator[Finding]:
    """Pictures say nothing beside their pixels."""
    for name in PICTURES:
        if name not in row.damage and row.values[name] is not None and (told := metadata_in(row.values[name])):
            yield row.error("metadata", f"the {name} {told}")


def check_photo(row: Sight) -> Iterator[Finding]:
    """The photo is the one that its columns tell of."""
    if row.photo is None:
        return
    if (told := (row.values["height"], row.values["width"])) != row.size:
        yield row.error("size", f"the photo is {_told(row.size)}, and not {_told(told)} as its columns say")
    if photo_id(row.photo) != row.values["photo_id"]:
        yield row.error("photo_id", f"the pixels are those of {photo_id(row.photo)[:12]}...")
    if (found := perceptual_hash(row.photo)) != row.values["phash"]:
        yield row.error("phash", f"the photo's is {found}, not {row.values['phash']}")


def check_masks(row: Sight) -> Iterator[Finding]:
    """Masks are of the photo's size, and say background, hand or not known."""
    for name, gray in row.grays.items():
        if gray.shape != row.size:
            yield row.error("size", f"the {name} is {_told(gray.shape)}, and the photo {_told(row.size)}")
        there = np.flatnonzero(cv2.calcHist([gray], [0], None, [256], (0, 256)))
        if others := [int(level) for level in there if level not in _LEVELS]:
            shown = ", ".join(map(str, others[:5]))
            yield row.error("mask values", f"the {name} has {shown}; a mask has 0, 255, and 127 where it is not known")


def check_verdict(row: Sight) -> Iterator[Finding]:
    """The mask is what the verdict says about it."""
    if "mask" not in row.hands:
        return
    verdict, hand, shown = row.values["verdict"], row.hands["mask"], row.hands.get("model_mask")
    if verdict == "no_hand" and hand.any():
        yield row.error("verdict", f"it is no_hand, and its mask has {np.count_nonzero(hand)} pixels of hand")
    if verdict == "accepted" and shown is not None and not np.array_equal(hand, shown):
        yield row.error("verdict", "it is accepted, and its mask is not the model's")


def check_iou(row: Sight) -> Iterator[Finding]:
    """The IoU is that of both masks."""
    if "model_mask" in row.damage or "mask" in row.damage:
        return
    found = 0.0
    if row.values["model_mask"] is not None:
        if row.hands["model_mask"].shape != row.hands["mask"].shape:
            return
        found = count(row.hands["model_mask"], row.hands["mask"]).iou
    if not abs(found - row.values["iou_model_human"]) <= _TOLERANCE:
        yield row.error("IoU", f"of model_mask and mask it is {found:.3f}, not {row.values['iou_model_human']:.3f}")


def check_area(row: Sight) -> Iterator[Finding]:
    """A mask has some hand, unless the verdict says that there is none, and not only hand."""
    if "mask" not in row.hands:
        return
    covered = share(row.hands["mask"])
    if covered == 0 and row.values["verdict"] != "no_hand":
        yield row.warning("empty mask", f"it is {row.values['verdict']}, and its mask is empty")
    if covered > FULL:
        yield row.warning("full mask", f"its mask covers {covered:.1%} of the photo")


CHECKS: tuple[Callable[[Sight], Iterator[Finding]], ...] = (
    check_values,
    check_licence,
    check_hashes,
    check_readable,
    check_metadata,
    check_photo,
    check_masks,
    check_verdict,
    check_iou,
    check_area,
)


def _told(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))
