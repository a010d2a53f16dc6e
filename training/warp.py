"""Zoom, translation, rotation and flip as one affine warp: every pixel is resampled once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from training.augment import Augmentation

Matrix = NDArray[np.float64]
"""(2, 3), takes a source point (x, y, 1) to a destination point (x, y)."""


@dataclass(frozen=True)
class Pose:
    """Where a thing goes: its `center_xy` lands on `target_xy`, turned by `angle` degrees and scaled by `zoom`."""

    center_xy: tuple[float, float]
    target_xy: tuple[float, float]
    zoom: float
    angle: float = 0.0
    mirrored: bool = False
    stretch: float = 1.0
    """Width over height, relative to the source."""

    def matrix(self) -> Matrix:
        """The affine matrix of this pose."""
        turn = np.deg2rad(self.angle)
        scale_x = self.zoom * np.sqrt(self.stretch) * (-1 if self.mirrored else 1)
        scale_y = self.zoom / np.sqrt(self.stretch)
        linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([scale_x, scale_y])
        shift = np.array(self.target_xy) - linear @ np.array(self.center_xy)
        return np.column_stack([linear, shift])


def warp_photo(
    photo: NDArray, matrix: Matrix, height: int, width: int, border: int = cv2.BORDER_REFLECT_101
) -> NDArray:
    """The photo moved by `matrix` into a (`height`, `width`) frame, smoothly; shrinking averages first."""
    zoom = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    # Halving is many times faster than shrinking to measure, and at half a zoom and more, linear interpolation skips
    # no pixel.
    while zoom < 0.5 and min(photo.shape[:2]) > 1:
        photo = cv2.resize(photo, (photo.shape[1] // 2, photo.shape[0] // 2), interpolation=cv2.INTER_AREA)
        matrix, zoom = from_smaller(matrix, 2), zoom * 2
    if photo.ndim == 2 or photo.shape[2] == 4:
        return cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    # OpenCV warps four channels in half of the time that three take.
    four = cv2.cvtColor(photo, cv2.COLOR_RGB2RGBA)
    return cv2.cvtColor(
        cv2.warpAffine(four, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border), cv2.COLOR_RGBA2RGB
    )


def from_smaller(matrix: Matrix, times: int) -> Matrix:
    """What takes a photo that was made `times` smaller to where `matrix` takes the photo.

    The middle of its first pixel is the middle of the first `times` x `times` pixels of the photo.
    """
    middle = (times - 1) / 2
    return matrix @ np.array([[times, 0, middle], [0, times, middle], [0, 0, 1]])


def warp_label(
    label: NDArray, matrix: Matrix, height: int, width: int, border: int = cv2.BORDER_REFLECT_101
) -> NDArray:
    """The label moved by `matrix`; values are never mixed."""
    return cv2.warpAffine(label, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=border)


def bounding_box(mask: NDArray[np.bool_] | NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) around all pixels but 0, right and bottom exclusive; all of it if none is."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return (left, top, left + width, top + height) if width else (0, 0, mask.shape[1], mask.shape[0])


def frame(
    box: tuple[int, int, int, int], height: int, width: int, side: int, plan: Augmentation, rng: Generator
) -> Pose:
    """The pose of a (height, width) photo in a square of `side`, which it fills where it can, with `box` mostly inside.

    A box is (left, top, right, bottom).
    """
    zoom = side / np.sqrt(height * width) * np.exp(rng.uniform(*np.log(plan.zoom)))
    middle = np.array([width, height]) / 2
    target = np.full(2, side / 2)
    if plan.move:
        point = zoom * rng.uniform(box[:2], box[2:])
        slack = side - zoom * 2 * middle
        offset = rng.uniform(0.15, 0.85, 2) * side - point
        target = offset.clip(np.minimum(slack, 0), np.maximum(slack, 0)) + zoom * middle
    return Pose(
        center_xy=tuple(middle),
        target_xy=tuple(target),
        zoom=zoom,
        angle=rng.uniform(-180, 180) if rng.random() < plan.any_turn else rng.normal(0, plan.turn),
        mirrored=rng.random() < plan.mirror,
        stretch=np.exp(rng.normal(0, plan.stretch)),
    )


def reframe(
    photo: Photo, label: NDArray[np.uint8], side: int, rng: Generator, plan: Augmentation
) -> tuple[Photo, NDArray[np.uint8]]:
    """Zoom, move, turn and flip a photo with its label into a square frame: (side, side, 3) and (side, side)."""
    matrix = frame(bounding_box(label), *label.shape, side, plan, rng).matrix()
    return warp_photo(photo, matrix, side, side), warp_label(label, matrix, side, side)
