"""Surfaces that nobody photographed: wood, plaster, tiles, cloth. All are (H, W, 3) float32 linear RGB."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.noise import picture
from training.synthetic.scene import Texture, linear

SIDE = 256

WOODS = (
    (0.70, 0.52, 0.34),
    (0.55, 0.38, 0.24),
    (0.82, 0.68, 0.50),
    (0.36, 0.22, 0.14),
    (0.62, 0.33, 0.20),
    (0.86, 0.78, 0.66),
)
SKINLIKE = (
    (0.93, 0.80, 0.70),
    (0.85, 0.66, 0.53),
    (0.72, 0.50, 0.38),
    (0.50, 0.33, 0.24),
    (0.35, 0.22, 0.16),
    (0.90, 0.72, 0.65),
)
"""Screen RGB of things that a detector of skin would call a hand."""


def any_colour(rng: Generator) -> NDArray[np.float64]:
    """A screen RGB (3,): sometimes grey or white, sometimes vivid, sometimes like skin."""
    kind = rng.random()
    if kind < 0.22:
        return np.clip(np.full(3, rng.uniform(0.04, 0.95)) + rng.normal(0, 0.015, 3), 0.02, 0.95)
    if kind < 0.42:
        return np.clip(np.array(SKINLIKE[rng.integers(len(SKINLIKE))]) + rng.normal(0, 0.05, 3), 0.03, 0.95)
    hue, saturation, value = rng.uniform(0, 180), rng.uniform(40, 230), rng.uniform(40, 245)
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0] / 255.0


def between(first: ArrayLike, second: ArrayLike, share: NDArray[np.float32]) -> Texture:
    """Two screen colours mixed by a (H, W) share."""
    first, second = linear(first), linear(second)
    return (first + (second - first) * share.clip(0, 1)[..., None]).astype(np.float32)


def wood(rng: Generator) -> Texture:
    """Planks, or one board, with grain along x."""
    base = np.array(WOODS[rng.integers(len(WOODS))]) * rng.uniform(0.85, 1.08)
    planks = int(rng.choice([1, 3, 5, 8]))
    y = np.arange(SIDE) / SIDE * planks
    plank, inside = np.floor(y).astype(int), np.mod(y, 1)
    shift = rng.integers(0, SIDE, planks)[plank]
    rings = picture(SIDE, SIDE, (2.0, 9.0), rng)
    fibres = picture(SIDE, SIDE, (5.0, 110.0), rng)
    share = 0.45 + 0.3 * np.sin(5 * rings) + 0.16 * fibres
    share = np.stack([np.roll(row, offset) for row, offset in zip(share, shift, strict=True)])
    texture = between(base, base * rng.uniform(0.55, 0.85), share)
    texture = texture * (1 + 0.12 * rng.normal(size=planks))[plank][:, None, None]
    if planks > 1:
        texture[np.minimum(inside, 1 - inside) < 0.012 * planks / 3] *= 0.4
    return texture.clip(0.005, 0.9).astype(np.float32)


def plaster(rng: Generator) -> Texture:
    """A painted wall: nearly one colour."""
    colour = any_colour(rng) * 0.6 + 0.35
    share = 0.5 + 0.12 * picture(SIDE, SIDE, (9, 9), rng) + 0.1 * picture(SIDE, SIDE, (120, 120), rng)
    return between(colour, colour * 0.88, share)


def tiles(rng: Generator) -> Texture:
    """Tiles or bricks with joints."""
    across, down = int(rng.integers(2, 9)), int(rng.integers(2, 12))
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    row = np.floor(y * down).astype(int)
    column = np.floor(x * across + 0.5 * (row % 2) * (rng.random() < 0.6)).astype(int) % across
    along = np.mod(x * across + 0.5 * (row % 2), 1)
    tone = rng.normal(1, rng.choice([0.02, 0.12]), (down, across))[row, column]
    base = np.array([0.62, 0.33, 0.25]) if rng.random() < 0.3 else any_colour(rng)
    texture = linear(base) * tone[..., None] * (1 + 0.06 * picture(SIDE, SIDE, (60, 60), rng))[..., None]
    joint = (np.minimum(along, 1 - along) < 0.02 * across / 3) | (np.mod(y * down, 1) < 0.07)
    texture[joint] = linear(np.full(3, rng.uniform(0.3, 0.9)))
    return texture.clip(0.01, 0.9).astype(np.float32)


def speckle(rng: Generator) -> Texture:
    """Stone, carpet, asphalt: noise of several sizes."""
    scale = np.exp(rng.uniform(np.log(4), np.log(120)))
    share = (
        0.5 + 0.3 * picture(SIDE, SIDE, (scale, scale), rng) + 0.15 * picture(SIDE, SIDE, (4 * scale, 4 * scale), rng)
    )
    return between(any_colour(rng), any_colour(rng), share * rng.uniform(0.3, 1.0))


def cloth(rng: Generator) -> Texture:
    """Plain, heathered, striped, checked, dotted or printed fabric; it repeats without a seam in most cases."""
    first, second = any_colour(rng), any_colour(rng)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    kind = rng.choice(
        ["plain", "heather", "stripes", "checks", "dots", "print"], p=[0.34, 0.16, 0.16, 0.12, 0.08, 0.14]
    )
    count = int(rng.integers(3, 26))
    if kind == "stripes":
        share = (np.mod((x if rng.random() < 0.5 else y) * count, 1) < rng.uniform(0.2, 0.7)).astype(np.float32)
    elif kind == "checks":
        share = 0.5 * (np.mod(x * count, 1) < 0.5) + 0.5 * (np.mod(y * count, 1) < 0.5)
    elif kind == "dots":
        share = (np.hypot(np.mod(x * count, 1) - 0.5, np.mod(y * count, 1) - 0.5) < 0.28).astype(np.float32)
    elif kind == "print":
        share = (picture(SIDE, SIDE, (count, count), rng) > 0.3).astype(np.float32)
    else:
        share = np.zeros((SIDE, SIDE), np.float32)
    weave = picture(SIDE, SIDE, (90, 90), rng) * (0.12 if kind == "heather" else 0.03)
    return (between(first, second, share) * (1 + weave[..., None])).clip(0.004, 0.92).astype(np.float32)


def anything(rng: Generator) -> Texture:
    """Any of the surfaces above."""
    makers = (wood, plaster, tiles, speckle, cloth)
    return makers[rng.choice(len(makers), p=[0.3, 0.2, 0.15, 0.15, 0.2])](rng)
