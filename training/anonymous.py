"""Faces as those who publish photos hide them: smoothed until nothing is left but a patch of skin, which is no hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.masks import grow
from handseg.photos import Photo
from training.skin_rule import place_of_skin
from training.sources.labels import Label

RADII = 0.08, 0.35
"""Of the ellipse, as shares of the photo's longer side."""

CELLS = 1, 6
"""So many colours across a radius are left."""

SPARED = 3
"""Pixels around what is hand, or may be, that stay sharp."""


def anonymise(photo: Photo, label: Label, rng: Generator) -> Photo:
    """The photo, (H, W, 3), smoothed in an ellipse around a place of skin colour beside the hands, if there is one."""
    place = place_of_skin(photo, label, rng)
    if place is None:
        return photo
    x, y = place
    radii = rng.uniform(*RADII, 2) * max(photo.shape[:2])
    reach = int(1.3 * radii.max()) + 1
    around = slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach)
    centre = min(x, reach), min(y, reach)
    changed = photo.copy()
    changed[around] = _smoothed_at(centre, radii, photo[around], label[around], rng)
    return changed


def _smoothed_at(
    centre: tuple[int, int], radii: NDArray[np.float64], photo: Photo, label: Label, rng: Generator
) -> Photo:
    """A piece of a photo with an ellipse smoothed, but for what is hand, or may be."""
    ellipse = np.zeros(label.shape, np.float32)
    axes = tuple(np.ceil(radii).astype(int).tolist())
    cv2.ellipse(ellipse, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, cv2.FILLED)
    edge = 2 * int(0.15 * radii.min()) + 1
    soft = (cv2.blur(ellipse, (edge, edge)) * ~grow(label > 0, SPARED))[..., None]
    smooth = _smoothed(photo, radii.min() / rng.uniform(*CELLS))
    return (photo + soft * (smooth - photo) + np.float32(0.5)).astype(np.uint8)


def _smoothed(photo: Photo, cell: float) -> NDArray[np.float32]:
    """With one colour for `cell` x `cell` pixels and soft changes between them."""
    height, width = photo.shape[:2]
    small = max(2, round(width / cell)), max(2, round(height / cell))
    cells = cv2.resize(photo, small, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
