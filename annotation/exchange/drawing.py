"""Masks that other programs drew, as PNG files; stricter than our own, whose values are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annotation.exchange.errors import PairError
from annotation.exchange.incoming import Drawn, content_of
from handseg.errors import PhotoError
from handseg.masks import gray_from_png

ZERO_ONE = "had the values 0 and 1, read as background and hand"


def draw_png(path: Path) -> Drawn:
    """The mask in a gray PNG of 1 or 8 bits, 0 background and 255 hand.

    One with the values 0 and 1, both of them, can mean nothing else than background and hand, and is read so.

    Raises:
        PairError: the file cannot be read or is no such PNG, or has other values; the message begins with its path.
    """
    content = content_of(path)
    try:
        gray = gray_from_png(content)
    except PhotoError as error:
        raise PairError(f"{path}: {error}") from error
    values = np.flatnonzero(np.bincount(gray.ravel(), minlength=256)).tolist()
    if values == [0, 1]:
        return Drawn(gray == 1, ZERO_ONE)
    if not set(values) <= {0, 255}:
        raise PairError(f"{path}: {_listed(values)}; a mask has 0 for background and 255 for hand, save it so")
    return Drawn(gray == 255)


def _listed(values: list[int]) -> str:
    if len(values) == 1:
        return f"all its pixels have the value {values[0]}"
    return f"it has {len(values)} values ({', '.join(map(str, values[:5]))}{', ...' if len(values) > 5 else ''})"
