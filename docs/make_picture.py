"""Draws the README's picture with the default model: python -m docs.make_picture"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handseg import Removal, open_segmenter, read, remove
from handseg.photos import encode_png

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "handseg" / "demo" / "examples" / "hand-showing-orange.jpg"
CELL, GAP = 16, 12
"""Of the checkerboard, and between the pictures; in pixels."""


def main() -> None:
    """The photo, the hand cut out, and the hand filled in, side by side."""
    photo = read(EXAMPLE)
    mask = open_segmenter().predict(photo).mask()
    cutout = on_checkerboard(remove(photo, mask, Removal(mode="cutout")))
    filled = remove(photo, mask, Removal(mode="inpaint"))
    gap = np.full((photo.shape[0], GAP, 3), 255, np.uint8)
    (HERE / "before_after.png").write_bytes(encode_png(np.hstack([photo, gap, cutout, gap, filled])[::2, ::2]))


def on_checkerboard(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) over gray and white squares: (H, W, 3)."""
    rows, columns = np.indices(rgba.shape[:2]) // CELL
    board = np.where((rows + columns) % 2, 255, 215)[..., None]
    alpha = rgba[..., 3:] / 255
    return np.rint(alpha * rgba[..., :3] + (1 - alpha) * board).astype(np.uint8)


if __name__ == "__main__":
    main()
