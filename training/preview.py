"""A sheet of samples, to see with one's own eyes what a network is taught."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.photos import Photo, encode_png
from training.samples import Material, Samples
from training.sources.examples import HAND, IGNORE

GREEN, VIOLET = (0, 255, 0), (190, 60, 190)
COLUMNS = 10


def sheet(material: Material, count: int, seed: int, side: int = 256) -> bytes:
    """A PNG of `count` samples in rows of ten."""
    samples = Samples(material, side, length=count, seed=seed)
    tiles = [outlined(*samples.draw(np.random.default_rng([seed, index]))) for index in range(count)]
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-count % COLUMNS)
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return encode_png(np.vstack(rows))


def outlined(photo: Photo, label: NDArray[np.uint8]) -> Photo:
    """The photo with the label's outline and its ignored pixels."""
    shown = np.ascontiguousarray(photo)
    shown[label == IGNORE] = VIOLET
    edges, _ = cv2.findContours((label == HAND).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shown, edges, -1, GREEN, 1)
    return shown
