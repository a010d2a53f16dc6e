"""Things to put behind, under and over hands: surfaces, shapes, and the black box that imitates a held object.

All of it is uint8, and made small or in one channel as long as possible: that is what makes it fast.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from training.augment import Augmentation
from training.warp import bounding_box

Gray = NDArray[np.uint8]
"""(side, side), 0 to 255."""

Window = tuple[slice, slice]
"""Rows and columns."""


def texture(side: int, rng: Generator, photos: Sequence[Photo]) -> Photo:
    """(side, side, 3): a piece of a random photo, or a plain, striped, grained or patchy surface."""
    kind = rng.random()
    if kind < 0.4 and photos:
        return photo_piece(side, rng, photos)
    pattern = grain(side, rng) if kind < 0.75 else stripes(side, rng) if kind < 0.85 else patches(side, rng)
    return multiply(coloured(pattern, rng), cv2.merge([shade(side, rng)] * 3))


def coloured(pattern: Gray, rng: Generator) -> Photo:
    """The pattern between two random colours, often those of skin: (side, side, 3)."""
    first, second = (skin_like_colour(rng) if rng.random() < 0.6 else rng.uniform(0, 255, 3) for _ in range(2))
    table = first + rng.uniform(0, 1) * (second - first) * np.linspace(0, 1, 256)[:, None]
    return cv2.LUT(cv2.merge([pattern] * 3), table.clip(0, 255).astype(np.uint8)[None])


def shade(side: int, rng: Generator) -> Gray:
    """How the light falls: 255 where it is brightest."""
    return cv2.convertScaleAbs(patches(side, rng), alpha=-rng.uniform(0, 0.5), beta=255)


def grain(side: int, rng: Generator) -> Gray:
    """Long streaks of several widths, as of wood, with the gaps between boards."""
    streaks = np.zeros((side, side), np.uint8)
    for width, weight in ((1, 0.06), (4, 0.24), (12, 0.7)):
        coarse = rng.integers(0, 256, (side // width + 2, int(rng.integers(2, 6))), np.uint8)
        streaks = cv2.addWeighted(streaks, 1, cv2.resize(coarse, (side, side)), weight, 0)
    board = np.arange(side) // int(rng.integers(max(side // 12, 4), side))
    light = rng.uniform(0.6, 1, board[-1] + 1)[board]
    light[1:][np.diff(board) > 0] *= rng.uniform(0.2, 1)
    streaks = multiply(streaks, np.repeat((255 * light).astype(np.uint8)[:, None], side, axis=1))
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.choice([0, 90, rng.uniform(0, 180)]), 2)
    return cv2.warpAffine(streaks, turn, (side, side), borderMode=cv2.BORDER_REFLECT)


def stripes(side: int, rng: Generator) -> Gray:
    """Straight and sharp, in any direction."""
    across, down = rng.uniform(0, 90, 2)
    places = np.arange(side, dtype=np.float32) / side
    phase = (across * places + (down * places)[:, None]) * np.float32(128 / np.pi)
    return np.where(phase.astype(np.uint8) < 128, np.uint8(255), np.uint8(0))


def patches(side: int, rng: Generator) -> Gray:
    """Soft light and dark, as of a wall or of skin."""
    coarse = rng.integers(0, 256, rng.integers(1, 8, 2), np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def furnish(photo: Photo, rng: Generator, photos: Sequence[Photo]) -> Photo:
    """The photo with up to three surfaces of random texture in it: tables, walls, boxes."""
    side = photo.shape[0]
    for _ in range(rng.integers(0, 4)):
        photo = lay_texture(photo, shape(side, (0, 0, side, side), rng), rng, photos)
    return photo


def photo_piece(side: int, rng: Generator, photos: Sequence[Photo]) -> Photo:
    """A random square piece of a random photo, as (side, side, 3)."""
    photo = photos[rng.integers(len(photos))]
    height, width = photo.shape[:2]
    length = max(1, int(min(height, width) * rng.uniform(0.3, 1.0)))
    top, left = rng.integers(height - length + 1), rng.integers(width - length + 1)
    piece = photo[top : top + length, left : left + length]
    while piece.shape[0] >= 2 * side:
        piece = cv2.resize(piece, (piece.shape[1] // 2, piece.shape[0] // 2), interpolation=cv2.INTER_AREA)
    piece = cv2.resize(piece, (side, side), interpolation=cv2.INTER_LINEAR)
    piece = cv2.rotate(piece, int(rng.integers(3))) if rng.random() < 0.25 else piece
    return cv2.flip(piece, 1) if rng.random() < 0.5 else piece


def skin_like_colour(rng: Generator) -> NDArray[np.float64]:
    """(3,) RGB: wood, cardboard, beige wall, face: colours that are often taken for a hand."""
    green = rng.uniform(0.4, 0.9)
    return rng.uniform(50, 245) * np.array([1.0, green, green * rng.uniform(0.6, 0.95)])


def shape(side: int, box: tuple[int, int, int, int], rng: Generator, upright: bool = False) -> Gray:
    """0 or 255: a turned rectangle, ellipse or polygon about as large as a part of `box`; `upright`, a rectangle."""
    left, top, right, bottom = box
    center = rng.uniform((left, top), (right, bottom))
    size = rng.uniform(0.25, 0.8, 2) * max(right - left, bottom - top, 8)
    angle = rng.uniform(0, 180) if rng.random() < 0.6 else 90.0 * rng.integers(2)
    kind = rng.random()
    canvas = np.zeros((side, side), np.uint8)
    if upright:
        angle, kind = 0.0, 0.0
    turned = (tuple(map(float, center)), tuple(map(float, size)), float(angle))
    if kind < 0.6:
        cv2.fillPoly(canvas, [cv2.boxPoints(turned).astype(np.int32)], 255)
    elif kind < 0.8:
        cv2.ellipse(canvas, turned, 255, -1)
    else:
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 10))))
        corners = center + size / 2 * np.column_stack([np.cos(turns), np.sin(turns)])
        cv2.fillPoly(canvas, [corners.astype(np.int32)], 255)
    return canvas


def lay(photo: Photo, thing: Photo, alpha: Gray) -> Photo:
    """`thing` laid over `photo` where `alpha` (H, W) uint8 says so, with a soft edge."""
    window = _window(alpha)
    return _lay_in(window, photo, thing[window], alpha[window])


def lay_texture(photo: Photo, alpha: Gray, rng: Generator, photos: Sequence[Photo]) -> Photo:
    """Something with a random texture laid over `photo` as `lay` does; no more of it is made than is seen."""
    rows, columns = window = _window(alpha)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    thing = texture(max(height, width, 16), rng, photos)[:height, :width]
    return _lay_in(window, photo, thing, alpha[window])


def _lay_in(window: Window, photo: Photo, thing: Photo, alpha: Gray) -> Photo:
    weight = cv2.merge([cv2.GaussianBlur(alpha, (5, 5), 0.7)] * 3)
    laid = photo.copy()
    laid[window] = cv2.add(multiply(photo[window], cv2.bitwise_not(weight)), multiply(thing, weight))
    return laid


def _window(alpha: Gray) -> Window:
    """The rows and columns that are touched where `alpha` is laid."""
    left, top, right, bottom = bounding_box(alpha)
    height, width = alpha.shape
    return slice(max(top - 2, 0), min(bottom + 2, height)), slice(max(left - 2, 0), min(right + 2, width))


def multiply(photo: NDArray[np.uint8], light: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two uint8 arrays of one shape, multiplied as if 255 were 1."""
    return cv2.multiply(photo, light, scale=1 / 255)


def cover(
    photo: Photo, label: NDArray[np.uint8], rng: Generator, photos: Sequence[Photo], plan: Augmentation
) -> tuple[Photo, NDArray[np.uint8]]:
    """Hide a part of the hand under a black box, or its generalisation; what lies on the hand is background."""
    side = photo.shape[0]
    alpha = shape(side, bounding_box(label), rng, plan.upright)
    if rng.random() < plan.black:
        return lay(photo, np.zeros_like(photo), alpha), erase(label, alpha)
    return lay_texture(photo, alpha, rng, photos), erase(label, alpha)


def erase(label: NDArray[np.uint8], alpha: Gray) -> NDArray[np.uint8]:
    """The label, with background where something opaque lies."""
    return cv2.bitwise_and(label, cv2.compare(alpha, 127, cv2.CMP_LE))
