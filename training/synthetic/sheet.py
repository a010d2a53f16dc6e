"""A page of samples to look at, each with the outline of its mask."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from handseg.photos import Photo, encode_jpeg
from handseg.sheets import in_rows, outlined

COLUMNS = 8
GREEN = (40, 255, 60)


def sheet(dataset: Path, count: int = 48, side: int = 224) -> bytes:
    """The first `count` pictures of a dataset's manifest, as a JPEG."""
    lines = map(json.loads, (dataset / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    stems = [line["stem"] for line in lines if "failed" not in line][:count]
    return encode_jpeg(in_rows([_outlined(dataset, stem, side) for stem in stems], COLUMNS, gray=255), quality=88)


def _outlined(dataset: Path, stem: str, side: int) -> Photo:
    picture = Image.open(dataset / "images" / f"{stem}.png").convert("RGB").resize((side, side), Image.Resampling.BOX)
    mask = Image.open(dataset / "masks" / f"{stem}.png").resize((side, side), Image.Resampling.BOX)
    return outlined(np.asarray(picture), np.asarray(mask) > 127, GREEN)
