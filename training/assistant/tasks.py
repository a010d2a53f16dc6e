"""What the assistant is asked in training: sample number i is always the same task, whichever process makes it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import Dataset

from handseg.assistants.prompts import Box
from handseg.masks import Mask
from handseg.photos import Photo
from training.assistant.corruption import corrupted
from training.augmented import AugmentedSamples
from training.sources.labels import HAND, IGNORE, Label
from training.warp import bounding_box

LARGER = 1.5
"""Samples are drawn so many times as wide as the network sees, so that windows of them are sharp."""

CLOSE = 0.6
"""Share of tasks that are seen in a window around the hand, as after a first look; the others in the whole sample."""
AROUND = (1.1, 2.4)
"""How many times as large as the hand such a window is."""

ONE_HAND = 0.3
"""Share of tasks about a single hand where there are several: what is asked of the others is left open."""
LEAST_HAND = 0.002
"""Of the sample's area: smaller parts are no hand of their own."""

FROM_NOTHING = 0.4
"""Share of tasks that begin without a mask; the others begin with a wrong one."""
BOXED = 0.25
"""Share of tasks with a box around the hand."""


@dataclass(frozen=True)
class Task:
    """A photo with what is to be found, and with what the annotator begins."""

    photo: Photo
    """(side, side, 3) uint8."""
    label: Label
    """(side, side) uint8: 0 background, 127 left open, 255 the hand that is meant."""
    start: Mask
    """(side, side)."""
    box: Box | None


class Tasks(Dataset):
    """A seeded series of tasks, as tensors: `photos` (3, side, side), `labels` and `starts` (side, side) uint8,
    `boxes` (4,) int64, empty for none, and the `numbers` of the tasks."""

    def __init__(self, samples: AugmentedSamples, side: int) -> None:
        """`samples` are `LARGER` than `side`, see `sample_side`."""
        self._samples, self._side = samples, side

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        task = self.draw(number)
        return {
            "photos": torch.from_numpy(task.photo).permute(2, 0, 1),
            "labels": torch.from_numpy(task.label),
            "starts": torch.from_numpy(task.start.view(np.uint8)),
            "boxes": torch.tensor(task.box.corners if task.box else (0, 0, 0, 0)),
            "numbers": torch.tensor(number),
        }

    def draw(self, number: int) -> Task:
        """Task `number`; raises SourceError, naming the photo, if its files cannot be decoded."""
        rng = np.random.default_rng([self._samples.seed, number, 1])
        photo, label = self._samples.draw(number)
        photo, label = _seen(photo, label, self._side, rng)
        label = _about_one_hand(label, rng) if rng.random() < ONE_HAND else label
        hand = label == HAND
        box = _around(hand, rng) if hand.any() and rng.random() < BOXED else None
        nothing = hand.any() and rng.random() < FROM_NOTHING
        return Task(photo, label, np.zeros_like(hand) if nothing else corrupted(hand, rng), box)


def sample_side(side: int) -> int:
    """How large samples are drawn for tasks of this side.

    >>> sample_side(320)
    480
    """
    return round(LARGER * side)


def _seen(photo: Photo, label: Label, side: int, rng: Generator) -> tuple[Photo, Label]:
    """All of a sample, or a window around its hands, in the side that the network sees."""
    hand, whole = label == HAND, label.shape[0]
    length = whole
    if hand.any() and rng.random() < CLOSE:
        left, top, right, bottom = bounding_box(hand)
        length = int(np.clip(rng.uniform(*AROUND) * max(right - left, bottom - top), side / 2, whole))
        middle = np.array([(top + bottom) / 2, (left + right) / 2]) + rng.normal(0, 0.1, 2) * length
        top, left = (middle - length / 2).round().clip(0, whole - length).astype(int)
        photo, label = (array[top : top + length, left : left + length] for array in (photo, label))
    kind = cv2.INTER_AREA if length > side else cv2.INTER_LINEAR
    return (
        cv2.resize(photo, (side, side), interpolation=kind),
        cv2.resize(label, (side, side), interpolation=cv2.INTER_NEAREST),
    )


def _about_one_hand(label: Label, rng: Generator) -> Label:
    """The label with one of its hands; the others are left open, as whoever clicks on one may want them, too."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats((label == HAND).astype(np.uint8))
    large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= LEAST_HAND * label.size) + 1
    if len(large) < 2:
        return label
    return np.where((label == HAND) & (parts != rng.choice(large)), IGNORE, label).astype(np.uint8)


def _around(hand: Mask, rng: Generator) -> Box:
    """A box as people draw it: a little too large or too small."""
    left, top, right, bottom = bounding_box(hand)
    off = rng.normal(0.02, 0.04, 4) * max(right - left, bottom - top)
    height, width = hand.shape
    left, top = int(np.clip(left - off[0], 0, right - 1)), int(np.clip(top - off[1], 0, bottom - 1))
    return Box(left, top, int(np.clip(right + off[2], left + 1, width)), int(np.clip(bottom + off[3], top + 1, height)))
