"""Smooth random fields: what keeps skin, cloth and wood from being of one colour."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

CELLS = 64
"""The field repeats after this many of its own grains; at the sizes used here that never shows."""


@lru_cache(maxsize=1)
def _volume() -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    volume = np.random.default_rng(7).normal(size=(CELLS, CELLS, CELLS)).astype(np.float32)
    volume = gaussian_filter(volume, 1.0, mode="wrap")
    return volume / volume.std()


def field(points: ArrayLike, grains_per_metre: float, rng: Generator) -> NDArray[np.float32]:
    """Noise of mean 0 and deviation about 1 at points (N, 3): (N,), turned and shifted by `rng`."""
    from scipy.ndimage import map_coordinates

    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    places = np.asarray(points, np.float32) @ (turn.T * grains_per_metre).astype(np.float32)
    places += rng.uniform(0, CELLS, 3).astype(np.float32)
    return map_coordinates(_volume(), (places % CELLS).T, order=1, mode="grid-wrap", prefilter=False)


def picture(height: int, width: int, scale_xy: tuple[float, float], rng: Generator) -> NDArray[np.float32]:
    """Noise (height, width) with about `scale_xy` grains along each side; not turned, so that grain can run along x."""
    from scipy.ndimage import map_coordinates

    y, x = np.mgrid[:height, :width].astype(np.float32)
    places = np.stack([x / width * scale_xy[0], y / height * scale_xy[1], np.zeros_like(x)])
    places += rng.uniform(0, CELLS, 3).astype(np.float32)[:, None, None]
    return map_coordinates(_volume(), places % CELLS, order=1, mode="grid-wrap", prefilter=False)
