"""The rule that a model must beat: pixels of skin colour, by fixed limits in YCrCb, are hand.

Chai and Ngan, "Face Segmentation Using Skin-Color Map in Videophone Applications" (IEEE TCSVT, 1999): Cr from 133 to
173 and Cb from 77 to 127.
"""

from __future__ import annotations

import cv2
import numpy as np

from handseg.photos import Photo
from handseg.segmenter import Prediction

LEAST_CR_CB, GREATEST_CR_CB = (133, 77), (173, 127)


class SkinRule:
    """A `Segmenter` in what it offers to evaluation."""

    name, threshold = "skin-rule", 0.5

    def predict(self, photo: Photo) -> Prediction:
        """Probability 1 where the colour is that of skin, 0 elsewhere."""
        cr_cb = cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb)[..., 1:]
        is_skin = ((cr_cb >= LEAST_CR_CB) & (cr_cb <= GREATEST_CR_CB)).all(axis=2)
        return Prediction(is_skin.astype(np.float32), self.threshold, self.name)
