"""Light from all around, as a picture of the sky or of a room: (32, 64, 3) radiance, the top row above."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import facing, unit
from training.synthetic.scene import Material, Mesh, Texture, plain
from training.synthetic.solids import sheet

HEIGHT, WIDTH = 32, 64
Sky = NDArray[np.float32]


def indoor(rng: Generator) -> Sky:
    """Windows and lamps: large soft lights at the side, small ones above, of one temperature or two."""
    sky = _gradient(rng, above=rng.uniform(0.25, 0.9), below=rng.uniform(0.1, 0.4))
    for _ in range(rng.integers(1, 4)):
        row, column = rng.uniform(3, 15), rng.uniform(0, WIDTH)
        size = np.exp(rng.uniform(np.log(1.2), np.log(7)))
        sky += _glow(row, column, size) * rng.uniform(3, 30) / size * _tint(rng)
    return sky.astype(np.float32)


def outdoor(rng: Generator) -> Sky:
    """Sky and sun, from overcast to hard."""
    sky = _gradient(rng, above=rng.uniform(0.6, 1.4), below=rng.uniform(0.15, 0.5)) * (0.85, 0.95, 1.15)
    if rng.random() < 0.7:
        sun = _glow(rng.uniform(2, 13), rng.uniform(0, WIDTH), rng.uniform(0.7, 2.0))
        sky += sun * rng.uniform(10, 60) * np.array([1.1, 1.0, 0.8])
    return sky.astype(np.float32)


def like(picture: Texture, rng: Generator) -> Sky:
    """Light that goes with a picture: its own colours, blurred all around, with a light or two."""
    rows = np.linspace(0, picture.shape[0] - 1, HEIGHT).astype(int)
    columns = np.abs(np.linspace(-1, 1, WIDTH)) * (picture.shape[1] - 1)
    around = picture[rows][:, columns.astype(int)]
    grey = around.mean(axis=2, keepdims=True)
    # The colours of the picture would turn skin orange or green; half of them is enough.
    sky = 0.5 * grey + 0.5 * around + 0.08
    return (0.6 * sky / sky.mean() + indoor(rng) * 0.8).astype(np.float32)


def flash(position: ArrayLike, target: ArrayLike, rng: Generator) -> Mesh:
    """A small bright panel beside the camera."""
    position = np.asarray(position, float)
    forward = unit(np.asarray(target, float) - position)
    distance = float(np.linalg.norm(np.asarray(target, float) - position))
    panel = sheet("flash", 0.04, 0.04, Material(plain([0.5] * 3)))
    offset = position - 0.05 * forward + np.array([0, 0, rng.uniform(0.02, 0.08)])
    lamp = panel.carried(facing(forward, [0, 0, 1], offset))
    return replace(lamp, light=float(rng.uniform(1.5, 5) * distance**2 / 0.0016 / 3))


def _gradient(rng: Generator, above: float, below: float) -> NDArray[np.float64]:
    share = np.linspace(0, 1, HEIGHT)[:, None, None]
    blend = 1 / (1 + np.exp((share - 0.5) * rng.uniform(5, 30)))
    return np.tile(below + (above - below) * blend, (1, WIDTH, 1)) * _tint(rng)


def _glow(row: float, column: float, size: float) -> NDArray[np.float64]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    across = np.minimum(abs(x - column), WIDTH - abs(x - column))
    return np.exp(-((y - row) ** 2 + across**2) / (2 * size**2))[..., None]


def _tint(rng: Generator) -> NDArray[np.float64]:
    warmth = rng.normal(0, 0.13)
    return np.array([1 + warmth, 1.0, 1 - warmth]).clip(0.55, 1.5)
