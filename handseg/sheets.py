"""Sheets of photos to look over, with the outlines of their masks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from handseg.masks import Mask
from handseg.photos import Photo


def outlined(photo: Photo, mask: Mask, colour: tuple[int, int, int], thickness: int = 1) -> Photo:
    """A copy of the photo (H, W, 3) with the edges of the mask (H, W) drawn on it, `thickness` pixels wide."""
    edges, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.array(photo, order="C"), edges, -1, colour, thickness)


def in_rows(tiles: Sequence[Photo], columns: int, gray: int = 0) -> Photo:
    """At least one tile, all of one size, `columns` in a row; the last row ends in tiles of this `gray`.

    >>> in_rows([np.full((1, 1, 3), value, np.uint8) for value in (1, 2, 3)], columns=2)[..., 0]
    array([[1, 2],
           [3, 0]], dtype=uint8)
    """
    whole = [*tiles, *[np.full_like(tiles[0], gray)] * (-len(tiles) % columns)]
    return np.vstack([np.hstack(whole[start : start + columns]) for start in range(0, len(whole), columns)])
