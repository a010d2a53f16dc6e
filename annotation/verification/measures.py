"""What a report tells of the masks: how large they are, where they lie, and which of them look wrong."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.verification.sight import Sight
from handseg.masks import Mask, share
from handseg.photos import Photo
from handseg.records.splits import SPLITS

GRID = (48, 64)
"""Rows and columns into which every photo is divided, to add up where hands are."""
TILE = 240
"""The longer side of a suspect's picture."""

_MOST = 8
_SPECK = 0.0005
_UNUSUAL = 3.0
_NO_GRID = np.zeros(GRID)


@dataclass(frozen=True, order=True)
class Suspect:
    """A row to look at; the worst come last in order."""

    score: float
    number: int
    """No two have one, so that nothing else is compared."""
    row: str = field(compare=False)
    words: str = field(compare=False)
    photo: Photo = field(compare=False)
    """(h, w, 3), scaled to `TILE`."""
    mask: Mask = field(compare=False)
    """Of the same size."""


class Worst:
    """Some of the rows with the highest scores."""

    def __init__(self) -> None:
        self._heap: list[Suspect] = []

    def offer(self, score: float, number: int, sight: Sight, words: str) -> None:
        """Keep the row if its score is among the highest."""
        if len(self._heap) < _MOST or score > self._heap[0].score:
            suspect = Suspect(score, number, sight.values["id"], words, *_tile(sight))
            (heapq.heappush if len(self._heap) < _MOST else heapq.heappushpop)(self._heap, suspect)

    def above(self, score: float) -> list[Suspect]:
        """Those with more than this score, the worst first."""
        return sorted((each for each in self._heap if each.score > score), reverse=True)


class Measures:
    """Measures the masks of rows, of which it remembers a few numbers, and a few rows small."""

    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {split: [] for split in SPLITS}
        """Of each split, how much of its photo each mask covers; those without a hand are left out."""
        self.places: dict[str, NDArray[np.float64]] = {split: _NO_GRID.copy() for split in SPLITS}
        """Of each split, the sum over its masks of how much of each cell of `GRID` is hand."""
        self._small, self._large, self._unlike, self._specked = Worst(), Worst(), Worst(), Worst()
        self._numbers = itertools.count()

    def add(self, sight: Sight, split: str) -> None:
        """Measure a row."""
        mask = sight.hands.get("mask")
        if sight.photo is None or mask is None or mask.shape != sight.size or not mask.any():
            return
        covered, number = share(mask), next(self._numbers)
        self.shares[split].append(covered)
        self.places[split] += cv2.resize(mask.astype(np.float32), GRID[::-1], interpolation=cv2.INTER_AREA)
        self._small.offer(-_logit(covered), number, sight, f"mask covers only {covered:.2%}")
        self._large.offer(_logit(covered), number, sight, f"mask covers {covered:.0%}")
        if sight.values["verdict"] == "edited" and sight.values["model_mask"] is not None:
            iou = sight.values["iou_model_human"]
            self._unlike.offer(1 - iou, number, sight, f"IoU {iou:.2f} with the first mask")
        if count := _specks(mask):
            self._specked.offer(count, number, sight, f"{count} tiny islands")

    @property
    def suspects(self) -> list[Suspect]:
        """The masks whose size is unusual, that are nothing like the first mask, or have islands; each row once."""
        logits = _logit(np.array([covered for shares in self.shares.values() for covered in shares] or [0.5]))
        middle = float(np.median(logits))
        # The median distance from the median, as a standard deviation would be of normally distributed values.
        spread = 1.4826 * float(np.median(np.abs(logits - middle))) + 1e-6
        found = [
            *self._small.above(_UNUSUAL * spread - middle),
            *self._large.above(_UNUSUAL * spread + middle),
            *self._unlike.above(0.5),
            *self._specked.above(0),
        ]
        once: dict[str, Suspect] = {}
        for suspect in found:
            once.setdefault(suspect.row, suspect)
        return list(once.values())


def _logit(covered: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    inside = np.clip(covered, 1e-6, 1 - 1e-6)
    return np.log(inside / (1 - inside))


def _specks(mask: Mask) -> int:
    """How many parts of the hand are smaller than any finger could be, if there is a larger one."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int(np.count_nonzero(areas < min(_SPECK * mask.size, areas.max())))


def _tile(sight: Sight) -> tuple[Photo, Mask]:
    height, width = sight.size
    scale = TILE / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    photo = cv2.resize(sight.photo, size_wh, interpolation=kind)
    mask = cv2.resize(sight.hands["mask"].view(np.uint8), size_wh, interpolation=cv2.INTER_NEAREST)
    return photo, mask > 0
