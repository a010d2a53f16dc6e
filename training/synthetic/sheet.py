"""A page of samples to look at, each with the outline of its mask."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from handseg.photos import Photo, encode_jpeg

COLUMNS = 8
GREEN = (40, 255, 60)


def sheet(dataset: Path, count: int = 48, side: int = 224) -> bytes:
    """The first `count` pictures of a dataset's manifest, as a JPEG."""
    lines = map(json.loads, (dataset / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    stems = [line["stem"] for line in lines if "failed" not in line][:count]
    samples = [_outlined(dataset, stem, side) for stem in stems]
    samples += [np.full((side, side, 3), 255, np.uint8)] * (-len(samples) % COLUMNS)
    rows = [np.concatenate(samples[start : start + COLUMNS], axis=1) for start in range(0, len(samples), COLUMNS)]
    return encode_jpeg(np.concatenate(rows), quality=88)


def _outlined(dataset: Path, stem: str, side: int) -> Photo:
    picture = Image.open(dataset / "images" / f"{stem}.png").convert("RGB").resize((side, side), Image.Resampling.BOX)
    mask = Image.open(dataset / "masks" / f"{stem}.png").resize((side, side), Image.Resampling.BOX)
    contours, _ = cv2.findContours((np.asarray(mask) > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.array(picture), contours, -1, GREEN, 1)
