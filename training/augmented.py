"""Samples for training from mixed datasets: sample number i is always the same, whichever process makes it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.random import Generator
from torch.utils.data import Dataset

from handseg.photos import JPEG, Photo
from handseg.resizing import shrunk
from training.anonymous import anonymise
from training.augment import AUGMENTATIONS, Augmentation
from training.camera import through_a_camera
from training.cutouts import Cutout, compose, cut_out, paste
from training.scenery import cover, furnish
from training.skin_rule import place_of_skin
from training.sources.examples import Example, Scene, SourceError
from training.sources.labels import HAND, Label
from training.sources.mixture import Mixed
from training.warp import bounding_box, frame, from_smaller, reframe, warp_label, warp_photo

MOST_BACKDROPS = 200
LEAST_HAND = 24
"""Pixels across: a smaller hand is not cut out."""

# How much smaller a JPEG can be decoded, which is faster the smaller it gets; the factors are those of libjpeg.
_REDUCED = {1: 0, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4}

Sample = tuple[Photo, Label]
"""(side, side, 3) and (side, side), both uint8."""


class AugmentedSamples(Dataset):
    """A seeded, endless series of which a `length` is told; photos (3, side, side) and labels (side, side), uint8.

    Who trains turns uint8 into numbers where that is fastest, on the GPU.
    """

    def __init__(
        self,
        mixed: Mixed,
        side: int,
        length: int,
        seed: int = 0,
        augmentation: Augmentation = AUGMENTATIONS["default"],
        keep: bool = False,
    ) -> None:
        """`keep` decoded photos in the memory of each process; for sets that fit there, it saves the decoding."""
        cv2.setNumThreads(1)  # processes that make samples are forked, and OpenCV's threads would not survive that
        self.mixed, self.side, self.length, self.seed = mixed, side, length, seed
        self.augmentation = augmentation
        self._kept: dict[str, Sample] | None = {} if keep else None
        self._labels = _Labels()

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        photo, label = self.draw(number)
        return torch.from_numpy(photo).permute(2, 0, 1), torch.from_numpy(label)

    def draw(self, number: int) -> Sample:
        """Sample `number`; raises SourceError, naming the photo, if its files cannot be decoded."""
        return self.vary(self.mixed[number], np.random.default_rng([self.seed, number]))

    def vary(self, example: Example, rng: Generator) -> Sample:
        """One of the endlessly many samples of an example; raises as `draw`."""
        photo, label = self._scene(example, rng)
        if rng.random() < self.augmentation.cover and label.any():
            photo, label = cover(photo, label, rng, self.backdrops, self.augmentation)
        if rng.random() < self.augmentation.anonymous:
            photo = anonymise(photo, label, rng)
        return through_a_camera(photo, rng, self.augmentation), label

    @cached_property
    def backdrops(self) -> Sequence[Photo]:
        """Photos without hands, about as large as a sample: what is seen behind hands, and on things."""
        free = self.mixed.hand_free
        some = free[:: max(1, -(-len(free) // MOST_BACKDROPS))]  # of all datasets, not only of the first
        return [shrunk(_decode(example)[0], 2 * self.side) for example in some]

    def _scene(self, example: Example, rng: Generator) -> Sample:
        plan, kind = self.augmentation, rng.random()
        if kind < plan.empty and self.backdrops:
            return self._empty(self.backdrops[rng.integers(len(self.backdrops))], rng)
        if kind > 1 - plan.composite and not example.hand_free:
            composed = self._composed(example, rng)
            if composed:
                return composed
        photo, label = self._framed(example, rng)
        return (furnish(photo, rng, self.backdrops) if example.hand_free and plan.furnish else photo), label

    def _framed(self, example: Example, rng: Generator) -> Sample:
        """The example in the sample's frame; the photo is decoded no larger than it is needed."""
        kept = self._decoded(example) if self._kept is not None else None
        label = kept[1] if kept else self._labels.of(example)
        pose = frame(bounding_box(label), *label.shape, self.side, self.augmentation, rng)
        matrix = pose.matrix()
        photo, times = (kept[0], 1) if kept else _decode(example, pose.zoom)
        moved = warp_photo(photo, from_smaller(matrix, times), self.side, self.side)
        return moved, warp_label(label, matrix, self.side, self.side)

    def _empty(self, photo: Photo, rng: Generator) -> Sample:
        photo, label = reframe(photo, np.zeros(photo.shape[:2], np.uint8), self.side, rng, self.augmentation)
        return (furnish(photo, rng, self.backdrops) if self.augmentation.furnish else photo), label

    def _composed(self, example: Example, rng: Generator) -> Sample | None:
        """The example's hands on another photo; None if they are too small to be cut out."""
        photo, label = self._decoded(example)
        hand = label == HAND
        left, top, right, bottom = bounding_box(hand)
        if not hand.any() or min(right - left, bottom - top) < LEAST_HAND:
            return None
        cutout = cut_out(Scene(example.name, example.source, photo, label, hand))
        before_skin = self._before_skin(cutout, rng) if rng.random() < self.augmentation.alike else None
        return before_skin or compose(self.side, rng, [cutout], self.backdrops)

    def _before_skin(self, cutout: Cutout, rng: Generator) -> Sample | None:
        """The hand before something of skin colour in another photo; None if that has nothing of the kind."""
        photo, label = self._framed(self.mixed[int(rng.integers(1 << 32))], rng)
        place = place_of_skin(photo, label, rng)
        return paste(photo, label, cutout, rng, self.backdrops, place) if place else None

    def _decoded(self, example: Example) -> Sample:
        if self._kept is None:
            return _decode(example)[0], self._labels.of(example)
        if example.name not in self._kept:
            self._kept[example.name] = _decode(example)[0], self._labels.of(example)
        return self._kept[example.name]


def _decode(example: Example, zoom: float = 1.0) -> tuple[Photo, int]:
    """The photo of an example, and how many times smaller than it is, as it will be shown with `zoom`.

    What a dataset stores is upright and in sRGB, so that OpenCV shows it as `handseg.photos` does, in a third of the
    time.
    """
    fits = [times for times in _REDUCED if times * zoom <= 1 and example.image.startswith(JPEG)]
    times = max(fits, default=1)
    flags = _REDUCED[times] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    photo = cv2.imdecode(np.frombuffer(example.image, np.uint8), flags)
    if photo is None:
        raise SourceError(f"the photo {example.name} of {example.source} cannot be decoded; verify the dataset")
    return photo, times


class _Labels:
    """Labels, packed so that they are unpacked in an eighth of the time that a PNG takes."""

    def __init__(self) -> None:
        self._packed: dict[str, tuple[tuple[int, int], bytes]] = {}

    def of(self, example: Example) -> Label:
        """The label of an example; raises SourceError if it cannot be decoded."""
        if example.name not in self._packed:
            label = cv2.imdecode(np.frombuffer(example.mask, np.uint8), cv2.IMREAD_GRAYSCALE)
            if label is None:
                raise SourceError(f"the mask of {example.name} of {example.source} is damaged; verify the dataset")
            self._packed[example.name] = label.shape, zlib.compress(label, 1)
        shape, packed = self._packed[example.name]
        return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)
