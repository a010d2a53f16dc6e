"""One row of a dataset: a photo, what a person said is hand in it, and how that came about."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from handseg.errors import HandsegError

SCHEMA_VERSION = 1
"""Of the columns. A reader of an older version refuses a newer dataset and says so."""

VERDICTS = ("accepted", "edited", "no_hand")
"""The first mask was right; it was corrected; there is no hand, and the mask is empty."""

_HEX = {"id": 32, "photo_id": 64, "image_sha256": 64, "mask_sha256": 64, "phash": 16}
_NOT_EMPTY = ("group_id", "annotator", "source", "licence")


class RowError(HandsegError):
    """A row has a value that no dataset takes."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One accepted photo. Bytes are files as they were stored, and come out of a dataset as they went in."""

    image: bytes
    """JPEG or PNG, upright, in sRGB, without metadata."""
    mask: bytes
    """PNG of the photo's size, 8-bit gray: 0 background, 255 hand, and 127 where it is not known."""
    model_mask: bytes | None
    """PNG: the mask that was shown to the person; None if there was none."""
    prompts: str
    """JSON: the clicks and boxes that the assistant was given, "[]" for none."""
    id: str
    """32 hex digits, never used again."""
    photo_id: str
    """The sha256 of size and pixels, see `handseg.intake.photo_id`."""
    group_id: str
    """Photos of one group are always in one split."""
    image_sha256: str
    mask_sha256: str
    phash: str
    """16 hex digits, see `handseg.intake.alike.perceptual_hash`."""
    height: int
    width: int
    verdict: str
    """One of `VERDICTS`."""
    iou_model_human: float
    """Of `model_mask` and `mask`, 0 to 1; 0 if there was no model's mask."""
    model_id: str
    """As "accurate@0123456789ab"; "" for none."""
    assistant_id: str
    annotator: str
    """A salted hash of the name."""
    reviewer: str
    """A salted hash of the name; "" if nobody has reviewed it."""
    seconds: float
    """Of work on it."""
    created_at: datetime
    """Aware, in UTC."""
    supersedes: str
    """The id of the annotator's earlier record of the photo, which is not in the dataset any more; "" for none."""
    source: str
    """Where the photo comes from, in a word."""
    licence: str
    """SPDX identifier."""
    consent: str
    """The sentence that the giver of the photo agreed to; "" where the licence says all."""
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if lacking := [name for name, value in vars(self).items() if value is None and name != "model_mask"]:
            raise RowError(f"the row {self.id} has no {', '.join(lacking)}; only model_mask may be missing")
        for name, digits in _HEX.items():
            if not re.fullmatch(f"[0-9a-f]{{{digits}}}", getattr(self, name)):
                raise RowError(f"{name} is {getattr(self, name)!r:.100}; it is {digits} hex digits")
        for name in _NOT_EMPTY:
            if not getattr(self, name):
                raise RowError(f"the row {self.id} has no {name}; every row needs one")
        if self.verdict not in VERDICTS:
            raise RowError(f"the verdict of the row {self.id} is {self.verdict!r}; one of: {', '.join(VERDICTS)}")
        if not self.height > 0 < self.width:
            raise RowError(f"the photo of the row {self.id} is {self.height} x {self.width}; it has pixels")
        if not (0 <= self.iou_model_human <= 1 and 0 <= self.seconds < float("inf")):
            raise RowError(f"the row {self.id} has IoU {self.iou_model_human} and took {self.seconds} seconds")
        if self.created_at.utcoffset() != timedelta(0):
            raise RowError(f"created_at of the row {self.id} is {self.created_at}; give it in UTC")
        for name in ("image", "mask"):
            if sha256(getattr(self, name)) != getattr(self, f"{name}_sha256"):
                raise RowError(f"the {name} of the row {self.id} is not what its sha256 says; it was damaged")


COLUMNS = tuple(field.name for field in fields(Row))
HEAVY = ("image", "mask", "model_mask", "prompts")
"""The columns that take nearly all of the room..."""
LIGHT = tuple(name for name in COLUMNS if name not in HEAVY)
"""...and those from which everything but the pictures can be told."""


def sha256(content: bytes) -> str:
    """The sha256 of bytes, as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def utc(moment: datetime) -> datetime:
    """The same moment, told in UTC."""
    return moment.astimezone(UTC)
