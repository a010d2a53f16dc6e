"""The rule that a model must beat: pixels of skin colour, by fixed limits in YCrCb, are hand.

Chai and Ngan, "Face Segmentation Using Skin-Color Map in Videophone Applications" (IEEE TCSVT, 1999): Cr from 133 to
173 and Cb from 77 to 127.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from handseg.segmenter import Prediction

COARSE = 96
"""A place of skin is looked for in so many pixels along the longer side, which is quick."""

LEAST_CR_CB, GREATEST_CR_CB = (133, 77), (173, 127)


class SkinRule:
    """A `Segmenter` in what it offers to evaluation."""

    name, threshold = "skin-rule", 0.5

    def predict(self, photo: Photo) -> Prediction:
        """Probability 1 where the colour is that of skin, 0 elsewhere."""
        return Prediction(skin_coloured(photo).astype(np.float32), self.threshold, self.name)


def skin_coloured(photo: Photo) -> NDArray[np.bool_]:
    """Which pixels of a (H, W, 3) photo have the colour of skin, (H, W)."""
    cr_cb = cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb)[..., 1:]
    return ((cr_cb >= LEAST_CR_CB) & (cr_cb <= GREATEST_CR_CB)).all(axis=2)


def place_of_skin(photo: Photo, label: NDArray[np.uint8], rng: Generator) -> tuple[int, int] | None:
    """A random (x, y) where the photo has the colour of skin, and the label (H, W) no hand; None if there is none."""
    step = max(1, max(photo.shape[:2]) // COARSE)
    coarse = np.ascontiguousarray(photo[::step, ::step])
    rows, columns = np.nonzero(skin_coloured(coarse) & (label[::step, ::step] == 0))
    if not len(rows):
        return None
    at = rng.integers(len(rows))
    return int(columns[at]) * step, int(rows[at]) * step
