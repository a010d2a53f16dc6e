"""Zoom, translation, rotation and flip as one affine warp: every pixel is resampled once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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
    if zoom < 0.6:
        photo = cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.array([[1 / zoom, 0, 0], [0, 1 / zoom, 0], [0, 0, 1]])
    return cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)


def warp_label(
    label: NDArray, matrix: Matrix, height: int, width: int, border: int = cv2.BORDER_REFLECT_101
) -> NDArray:
    """The label moved by `matrix`; values are never mixed."""
    return cv2.warpAffine(label, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=border)


def bounding_box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) around the True pixels, right and bottom exclusive; all of it if none is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
