"""Faces as those who publish photos hide them: smoothed until nothing is left but a patch of skin, which is no hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from handseg.masks import grow
from handseg.photos import Photo
from training.skin_rule import SkinRule
from training.sources.labels import Label

RADII = 0.08, 0.35
"""Of the ellipse, as shares of the photo's longer side."""

CELLS = 1, 6
"""So many colours across a radius are left."""

SPARED = 3
"""Pixels around what is hand, or may be, that stay sharp."""


def anonymise(photo: Photo, label: Label, rng: Generator) -> Photo:
    """The photo, (H, W, 3), smoothed in an ellipse around a place of skin colour beside the hands, if there is one."""
    beside = ~grow(label > 0, SPARED)
    rows, columns = np.nonzero((SkinRule().predict(photo).probability > 0) & beside)
    if not len(rows):
        return photo
    at = rng.integers(len(rows))
    radii = rng.uniform(*RADII, 2) * max(photo.shape[:2])
    ellipse = np.zeros(photo.shape[:2], np.float32)
    centre, axes = (int(columns[at]), int(rows[at])), tuple(np.ceil(radii).astype(int).tolist())
    cv2.ellipse(ellipse, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, cv2.FILLED)
    soft = (cv2.GaussianBlur(ellipse, (0, 0), 1 + 0.1 * radii.min()) * beside)[..., None]
    return (photo + soft * (_smoothed(photo, radii.min() / rng.uniform(*CELLS)) - photo) + 0.5).astype(np.uint8)


def _smoothed(photo: Photo, cell: float) -> np.ndarray:
    """Float32, with one colour for `cell` x `cell` pixels and soft changes between them."""
    height, width = photo.shape[:2]
    small = max(2, round(width / cell)), max(2, round(height / cell))
    cells = cv2.resize(photo, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255)
