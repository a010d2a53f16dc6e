"""Rows to fill datasets with: small, never square, and true to their pictures, so that a verification finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handseg.intake import photo_id
from handseg.intake.alike import perceptual_hash
from handseg.masks import Mask, to_png
from handseg.metrics import count
from handseg.photos import encode_png
from handseg.places import Revision
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.row import Row, sha256
from handseg.records.snapshot import Snapshot

HEIGHT, WIDTH = 12, 16
BEGAN = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)


def rows(count: int, seed: int = 0, height: int = HEIGHT, width: int = WIDTH, **values: object) -> Iterator[Row]:
    """Different rows, three of a group: edited, accepted, and without a hand. `values` are fields of all of them.

    From 18 rows on there are some of every split.
    """
    random = np.random.default_rng(seed)
    for number in range(count):
        photo = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        shown, corrected = _box(random, height, width), _box(random, height, width)
        verdict = ("edited", "accepted", "no_hand")[number % 3]
        mask = {"edited": corrected, "accepted": shown, "no_hand": np.zeros_like(shown)}[verdict]
        drawn = {"verdict": verdict, "id": random.bytes(16).hex(), "group_id": f"{seed}/{number // 3}"}
        drawn["created_at"] = BEGAN + timedelta(seconds=number, microseconds=seed)
        yield row_of(photo, mask, shown, **{**drawn, **values})


def row_of(photo: NDArray[np.uint8], mask: Mask, shown: Mask | None = None, /, **values: object) -> Row:
    """The row of a (H, W, 3) photo, its mask and the one shown first, bool (H, W), with all that follows from them."""
    image = encode_png(photo)
    told: dict[str, object] = {
        "image": image,
        "mask": to_png(mask),
        "model_mask": None if shown is None else to_png(shown),
        "prompts": '[{"kind": "point", "x": 3, "y": 2, "label": 1}]',
        "id": sha256(image)[:32],
        "photo_id": photo_id(photo),
        "group_id": "a film",
        "phash": perceptual_hash(photo),
        "height": photo.shape[0],
        "width": photo.shape[1],
        "verdict": "edited",
        "iou_model_human": 0.0 if shown is None else count(shown, mask).iou,
        "model_id": "" if shown is None else "accurate@0123456789ab",
        "assistant_id": "grabcut",
        "annotator": "5f2c9a1e",
        "reviewer": "",
        "seconds": 12.5,
        "created_at": BEGAN,
        "supersedes": "",
        "source": "drawn",
        "licence": "CC0-1.0",
        "consent": "",
    }
    return Row(**_hashed({**told, **values}))


def replaced(row: Row, **values: object) -> Row:
    """The row with other values, as `dataclasses.replace`, and hashes that fit the files again."""
    told = {field.name: getattr(row, field.name) for field in fields(Row) if not field.name.endswith("sha256")}
    return Row(**_hashed({**told, **values}))


def _hashed(told: dict[str, object]) -> dict[str, object]:
    hashes = {f"{name}_sha256": sha256(told[name]) for name in ("image", "mask") if isinstance(told[name], bytes)}
    return {**hashes, **told}


def filled(folder: Path, count: int = 30, **values: object) -> FolderPlace:
    """A dataset of `rows` in a folder."""
    place = FolderPlace(folder)
    add(place, *rows(count, **values))
    return place


def add(place: FolderPlace, *new: Row, drop: tuple[str, ...] = ()) -> Revision:
    """A new revision of a dataset."""
    return commit(Snapshot(place), Edit(message=f"{len(new)} rows", add=new, drop=drop))


def by_id(snapshot: Snapshot) -> dict[str, Row]:
    """All rows; each id once."""
    found = list(snapshot.rows())
    assert len({row.id for row in found}) == len(found)
    return {row.id: row for row in found}


def _box(random: np.random.Generator, height: int, width: int) -> Mask:
    """A hand of one box of at least 2 x 2 pixels that is not everywhere."""
    top, left = random.integers(0, height // 2), random.integers(0, width // 2)
    mask = np.zeros((height, width), bool)
    mask[top : top + random.integers(2, height // 2), left : left + random.integers(2, width // 2)] = True
    return mask
