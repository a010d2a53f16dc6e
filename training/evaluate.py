"""Measuring weights on folders of photos with masks, and on photos without hands.

A collection is a folder with `images/` and `masks/<stem>.png` (0 background, 127 unknown, 255 hand), or simply photos
without hands and without masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handseg import photos
from handseg.metrics import Counts, count
from handseg.photos import Photo
from handseg.segmenter import Prediction
from training.sources.examples import HAND, IGNORE

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))
NEAR_BEST = 0.005
"""In mean IoU: half a point."""


class Predictor(Protocol):
    """What can be measured: a `Segmenter`, or a rule to compare one with."""

    def predict(self, photo: Photo) -> Prediction:
        """The prediction for a photo, (H, W, 3) uint8 RGB."""
        ...


@dataclass(frozen=True)
class Pair:
    """A photo and the file with its mask; no mask means that there is no hand."""

    photo: Path
    mask: Path | None

    def label(self, height: int, width: int) -> NDArray[np.uint8]:
        """(height, width) uint8, 0 background, 127 unknown, 255 hand; raises ValueError for another size."""
        if self.mask is None:
            return np.zeros((height, width), np.uint8)
        label = np.asarray(Image.open(self.mask).convert("L"))
        if label.shape != (height, width):
            raise ValueError(f"{self.mask} is {label.shape} and its photo {(height, width)}; they must agree")
        return label


def pairs(images: Path, truth: Path | None = None) -> list[Pair]:
    """The photos below `images` with `truth/<stem>.png`; without `truth`, all of them, as hand-free."""
    found = [Pair(photo, truth / f"{photo.stem}.png" if truth else None) for photo in photos.find([images])]
    return [pair for pair in found if pair.mask is None or pair.mask.exists()]


def collection(folder: Path) -> list[Pair]:
    """The pairs of a collection's folder; raises ValueError if it has none."""
    masked = (folder / "masks").is_dir()
    found = pairs(folder / "images", folder / "masks") if masked else pairs(folder)
    if not found:
        raise ValueError(f"there are no photos in {folder}")
    return found


def predictions(segmenter: Predictor, chosen: Iterable[Pair]) -> Iterator[tuple[Prediction, NDArray[np.uint8]]]:
    """The prediction and the label of each pair, in turn."""
    for pair in chosen:
        photo = photos.read(pair.photo)
        yield segmenter.predict(photo), pair.label(*photo.shape[:2])


def measure(segmenter: Predictor, chosen: list[Pair], threshold: float | None = None) -> dict[str, object]:
    """Pooled scores, the mean IoU over photos, and the area called a hand by mistake."""
    each = []
    for prediction, label in predictions(segmenter, chosen):
        each.append(count(prediction.mask(threshold), label == HAND, known=label != IGNORE))
    return {"threshold": prediction.threshold if threshold is None else threshold, **summarise(each)}


def summarise(each: list[Counts]) -> dict[str, object]:
    """The scores of some photos from their counts."""
    pooled = sum(each, Counts())
    false_area = [one.false_alarm / max(one.false_alarm + one.correct_rest, 1) for one in each]
    return {
        "photos": len(each),
        "pooled": {name: round(getattr(pooled, name), 4) for name in ("precision", "recall", "f1", "iou")},
        "mean_iou": round(float(np.mean([one.iou for one in each])), 4),
        "median_false_area": round(float(np.median(false_area)), 5),
        "mean_false_area": round(float(np.mean(false_area)), 5),
    }


def best_threshold(segmenter: Predictor, collections: list[list[Pair]]) -> float:
    """The threshold for the card, from validation photos.

    It is the highest whose mean IoU over photos, each collection weighing the same, comes within `NEAR_BEST` of the
    best: where the curve is flat, a higher threshold makes fewer false alarms on photos like none of these.
    """
    scores = np.zeros(len(THRESHOLDS))
    for chosen in collections:
        for prediction, label in predictions(segmenter, chosen):
            masks = [prediction.mask(threshold) for threshold in THRESHOLDS]
            ious = [count(mask, label == HAND, known=label != IGNORE).iou for mask in masks]
            scores += np.array(ious) / len(chosen)
    near_best = scores / len(collections) >= scores.max() / len(collections) - NEAR_BEST
    return max(threshold for threshold, near in zip(THRESHOLDS, near_best, strict=True) if near)
