"""Photos and hands to test with, drawn on the spot; never square, so that a swapped axis fails."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 48, 64


def drawn_photo(height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> NDArray[np.uint8]:
    """(height, width, 3): a gradient with some noise, different in every corner."""
    rows, columns = np.mgrid[:height, :width]
    base = np.stack([255 * rows / height, 255 * columns / width, 128 + 0 * rows], axis=2)
    noise = np.random.default_rng(seed).normal(0, 10, base.shape)
    return (base + noise).clip(0, 255).astype(np.uint8)


def drawn_mask(height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.bool_]:
    """(height, width): an ellipse left of and above the middle."""
    rows, columns = np.mgrid[:height, :width]
    return ((rows / height - 0.4) / 0.2) ** 2 + ((columns / width - 0.35) / 0.25) ** 2 < 1


def encoded(photo: NDArray[np.uint8], kind: str = "PNG", **options: object) -> bytes:
    """The photo as the bytes of a file."""
    file = io.BytesIO()
    Image.fromarray(photo).save(file, kind, **options)
    return file.getvalue()
