"""Datasets with something wrong in them, written as no program of ours would."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, PngImagePlugin

from handseg.photos import decode
from handseg.records.row import Row, sha256
from handseg.records.schema import SCHEMA, to_table
from handseg.records.splits import SPLITS, split_of
from tests.records.filling import row_of, rows

TRAIN, VALIDATION, TEST = "another film", "film 16", "a film"
"""Groups by their splits."""
EDITED, ACCEPTED, NO_HAND = range(3)
"""Rows of `clean`, all of them in train."""

Values = dict[str, Any]
Defect = Callable[[dict[str, list[Values]]], None]
"""Changes the rows of the splits."""


def clean() -> dict[str, list[Values]]:
    """Rows by split, with nothing wrong."""
    groups = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    return {split: to_table(rows(6, seed, group_id=groups[split])).to_pylist() for seed, split in enumerate(SPLITS)}


def name_in(split: str) -> str:
    return f"data/{split}/20261121T101500Z-5f2c9a1e.parquet"


def plain(folder: Path, there: dict[str, list[Values]]) -> Path:
    """A folder as people download it."""
    for split, values in there.items():
        write_shard(folder / name_in(split), pa.Table.from_pylist(values, SCHEMA))
    return folder


def write_shard(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def changed(number: int = EDITED, **values: object) -> Defect:
    """A row of train has other values."""

    def change(there: dict[str, list[Values]]) -> None:
        there["train"][number].update(values)

    return change


def repainted(name: str, make: Callable[[bytes], bytes], number: int = EDITED, **values: object) -> Defect:
    """A picture of a row of train is another file, whose hash is right."""

    def change(there: dict[str, list[Values]]) -> None:
        row = there["train"][number]
        row[name] = {"bytes": make(row[name]["bytes"]), "path": "a"}
        if name != "model_mask":
            row[f"{name}_sha256"] = sha256(row[name]["bytes"])
        row.update(values)

    return change


def more(split: str, *new: Row) -> Defect:
    """Rows are in a split, whatever their group says."""
    return lambda there: there[split].extend(to_table(new).to_pylist())


def again(split: str, **values: object) -> Defect:
    """The first row of train is in a split once more, with other values."""
    return lambda there: there[split].append({**there["train"][0], "id": "0" * 32, **values})


def nearly_again() -> Defect:
    """A photo that looks like the first one of train is in test."""

    def change(there: dict[str, list[Values]]) -> None:
        photo = decode(there["train"][0]["image"]["bytes"]).copy()
        photo[0, 0] ^= 1
        more("test", row_of(photo, np.eye(*photo.shape[:2], dtype=bool), group_id=TEST))(there)

    return change


def filled_with(value: int) -> Callable[[bytes], bytes]:
    """A mask of one value everywhere."""
    return lambda mask: png(np.full_like(pixels(mask), value))


def with_values(hand: int, background: int) -> Callable[[bytes], bytes]:
    """The same mask, written with other values."""
    return lambda mask: png(np.where(pixels(mask) > 127, hand, background).astype(np.uint8))


def in_mode(mode: str) -> Callable[[bytes], bytes]:
    """The same mask in another mode of Pillow."""

    def make(mask: bytes) -> bytes:
        if mode == "I;16":
            return png(pixels(mask).astype(np.uint16) * 257)
        return saved(Image.open(io.BytesIO(mask)).convert(mode), "PNG")

    return make


def with_text(picture: bytes) -> bytes:
    """The same PNG, with words in it."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "Ann")
    return saved(Image.open(io.BytesIO(picture)), "PNG", pnginfo=told)


def png(array: np.ndarray) -> bytes:
    return saved(Image.fromarray(array), "PNG")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def photo_row(content: bytes, **values: object) -> Row:
    """A row whose image is this file."""
    photo = decode(content)
    mask = np.zeros(photo.shape[:2], bool)
    mask[3:6, 2:9] = True
    return row_of(photo, mask, image=content, id=sha256(content)[:32], **values)


assert [split_of(group) for group in (TRAIN, VALIDATION, TEST)] == list(SPLITS)
