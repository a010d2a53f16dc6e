"""Things to put behind, under and over hands: textures, shapes, and the black box that imitates a held object."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from training.warp import bounding_box


def texture(side: int, rng: Generator, photos: list[Photo]) -> Photo:
    """(side, side, 3): a piece of a random photo, or a plain, striped, grained or patchy surface."""
    kind = rng.random()
    if kind < 0.4:
        return photo_piece(side, rng, photos)
    first, second = (skin_like_colour(rng) if rng.random() < 0.6 else rng.uniform(0, 255, 3) for _ in range(2))
    pattern = grain(side, rng) if kind < 0.75 else stripes(side, rng) if kind < 0.85 else patches(side, rng)
    surface = first + rng.uniform(0, 1) * (second - first) * pattern[..., None]
    light = 1 - rng.uniform(0, 0.5) * patches(side, rng)[..., None]
    return (surface * light).clip(0, 255).astype(np.uint8)


def grain(side: int, rng: Generator) -> NDArray[np.float64]:
    """(side, side) in [0, 1]: long streaks of several widths, as of wood, with the gaps between boards."""
    streaks = sum(
        cv2.resize(rng.random((side // width + 2, int(rng.integers(2, 6)))), (side, side)) * width
        for width in (1, 4, 12)
    )
    streaks = streaks / streaks.max()
    board = np.arange(side) // int(rng.integers(max(side // 12, 4), side))
    streaks = streaks * rng.uniform(0.6, 1, board[-1] + 1)[board][:, None]
    streaks[1:][np.diff(board) > 0] *= rng.uniform(0.2, 1)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.choice([0, 90, rng.uniform(0, 180)]), 2)
    return cv2.warpAffine(streaks, turn, (side, side), borderMode=cv2.BORDER_REFLECT)


def stripes(side: int, rng: Generator) -> NDArray[np.float64]:
    """(side, side), 0 or 1."""
    rows, columns = np.mgrid[:side, :side] / side
    return 0.5 + 0.5 * np.sign(np.sin(columns * rng.uniform(0, 90) + rows * rng.uniform(0, 90)))


def patches(side: int, rng: Generator) -> NDArray[np.float64]:
    """(side, side) in [0, 1]: soft light and dark, as of a wall or of skin."""
    coarse = rng.random((int(rng.integers(1, 8)), int(rng.integers(1, 8))))
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def furnish(photo: Photo, rng: Generator, photos: list[Photo]) -> Photo:
    """The photo with up to three surfaces of random texture in it: tables, walls, boxes."""
    side = photo.shape[0]
    for _ in range(rng.integers(0, 4)):
        photo = lay(photo, texture(side, rng, photos), shape(side, (0, 0, side, side), rng))
    return photo


def photo_piece(side: int, rng: Generator, photos: list[Photo]) -> Photo:
    """A random square piece of a random photo, as (side, side, 3)."""
    photo = photos[rng.integers(len(photos))]
    height, width = photo.shape[:2]
    length = int(min(height, width) * rng.uniform(0.3, 1.0))
    top, left = rng.integers(height - length + 1), rng.integers(width - length + 1)
    piece = photo[top : top + length, left : left + length]
    piece = np.rot90(piece, rng.integers(4)) if rng.random() < 0.3 else piece
    piece = piece[:, ::-1] if rng.random() < 0.5 else piece
    return cv2.resize(np.ascontiguousarray(piece), (side, side), interpolation=cv2.INTER_AREA)


def skin_like_colour(rng: Generator) -> NDArray[np.float64]:
    """(3,) RGB: wood, cardboard, beige wall, face: colours that are often taken for a hand."""
    green = rng.uniform(0.4, 0.9)
    return rng.uniform(50, 245) * np.array([1.0, green, green * rng.uniform(0.6, 0.95)])


def shape(side: int, box: tuple[int, int, int, int], rng: Generator) -> NDArray[np.uint8]:
    """(side, side) uint8, 0 or 255: a turned rectangle, ellipse or polygon about as large as a part of `box`."""
    left, top, right, bottom = box
    center = rng.uniform((left, top), (right, bottom))
    size = rng.uniform(0.25, 0.8, 2) * max(right - left, bottom - top, 8)
    angle = rng.uniform(0, 180) if rng.random() < 0.6 else 90.0 * rng.integers(2)
    canvas = np.zeros((side, side), np.uint8)
    turned = (tuple(map(float, center)), tuple(map(float, size)), float(angle))
    kind = rng.random()
    if kind < 0.6:
        cv2.fillPoly(canvas, [cv2.boxPoints(turned).astype(np.int32)], 255)
    elif kind < 0.8:
        cv2.ellipse(canvas, turned, 255, -1)
    else:
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 10))))
        corners = center + size / 2 * np.column_stack([np.cos(turns), np.sin(turns)])
        cv2.fillPoly(canvas, [corners.astype(np.int32)], 255)
    return canvas


def lay(photo: Photo, thing: Photo, alpha: NDArray[np.uint8]) -> Photo:
    """`thing` laid over `photo` where `alpha` (H, W) uint8 says so, with a soft edge."""
    weight = cv2.GaussianBlur(alpha, (0, 0), 0.7).astype(np.float32)[..., None] / 255
    return (photo + weight * (thing.astype(np.float32) - photo)).astype(np.uint8)


def cover(
    photo: Photo, label: NDArray[np.uint8], rng: Generator, photos: list[Photo]
) -> tuple[Photo, NDArray[np.uint8]]:
    """Hide a part of the hand under a black box, or its generalisation; what lies on the hand is background."""
    side = photo.shape[0]
    alpha = shape(side, bounding_box(label > 0), rng)
    black = rng.random() < 0.3
    thing = np.zeros_like(photo) if black else texture(side, rng, photos)
    label = np.where(alpha > 127, 0, label).astype(np.uint8)
    return lay(photo, thing, alpha), label
