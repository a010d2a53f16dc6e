"""The recipe of the training set: an endless, seeded stream of augmented samples."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch.utils.data import Dataset

from handseg.photos import Photo
from training.augment import AUGMENTATIONS, Augmentation
from training.camera import through_a_camera
from training.cutouts import Cutout, compose, cut_out
from training.scenery import cover, furnish, lay, photo_piece
from training.sources.examples import Scene, is_held_back
from training.sources.licensed import HAND_SETS, NEGATIVE_SETS, read_hands, read_negatives
from training.sources.renders import RENDERS_TERMS, read_renders
from training.warp import reframe

SHARES = {
    "grocery_holding": 0.12,
    "hagrid": 0.12,
    "subhih_hands": 0.06,
    "asl_letters": 0.09,
    "leb_gestures": 0.08,
    "composite": 0.22,
    "render": 0.20,
    "empty": 0.15,
}
"""How often each kind of sample is drawn: real scenes by set, cut-outs and renders on other photos, and no hand at all.
Kinds for which there is no material are left out."""


@dataclass(frozen=True)
class Material:
    """Everything the samples are made from, held in memory as it was decoded."""

    scenes: dict[str, list[Scene]]
    cutouts: list[Cutout]
    renders: list[Cutout]
    empty: dict[str, list[Photo]]
    held_back: list[Scene]

    @classmethod
    def read(cls, root: Path, renders: Path | None = None) -> Material:
        """Read the licensed collection at `root`, and a folder of renders.

        A hash of the name holds some photos of each set back.
        """
        # Processes that make samples are forked from this one, and OpenCV's threads would not survive that.
        cv2.setNumThreads(1)
        hands = [example for chosen in HAND_SETS for example in read_hands(root, chosen)]
        empty = [example for chosen in NEGATIVE_SETS for example in read_negatives(root, chosen)]
        used = [example for example in hands if not is_held_back(example.name)]
        return cls(
            scenes={chosen.name: [each for each in used if each.source == chosen.name] for chosen in HAND_SETS},
            cutouts=[cut_out(each) for each in used if each.source != "grocery_holding"],
            renders=list(read_renders(renders)) if renders else [],
            empty={
                chosen.name: [
                    each.photo for each in empty if each.source == chosen.name and not is_held_back(each.name)
                ]
                for chosen in NEGATIVE_SETS
            },
            held_back=[each for each in hands + empty if is_held_back(each.name)],
        )


def facts(material: Material) -> dict[str, Any]:
    """What the weights card says of the material: each set with its terms and photos, and a hash of all of it."""
    used = [each for examples in material.scenes.values() for each in examples]
    counts = Counter(each.source for each in used)
    counts.update({source: len(photos) for source, photos in material.empty.items()})
    sets = [
        {"source": chosen.name, "licence": chosen.licence, "credit": chosen.credit, "photos": counts[chosen.name]}
        for chosen in (*HAND_SETS, *NEGATIVE_SETS)
    ]
    if material.renders:
        sets.append({"source": "renders", **RENDERS_TERMS, "photos": len(material.renders)})
    digest = hashlib.sha256()
    for each in (*used, *material.renders):
        digest.update(each.photo.tobytes() + each.label.tobytes())
    for photos in material.empty.values():
        for photo in photos:
            digest.update(photo.tobytes())
    return {"training_data": sets, "dataset_revision": f"sha256:{digest.hexdigest()}"}


class Samples(Dataset):
    """Sample i of a seeded stream: photo float32 (3, side, side) in [0, 1], label uint8 (side, side)."""

    def __init__(
        self,
        material: Material,
        side: int,
        length: int,
        seed: int = 0,
        augmentation: Augmentation = AUGMENTATIONS["default"],
    ) -> None:
        self.material, self.side, self.length, self.seed = material, side, length, seed
        self.augmentation = augmentation

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        photo, label = self.draw(np.random.default_rng([self.seed, index]))
        return torch.from_numpy(photo).permute(2, 0, 1).float() / 255, torch.from_numpy(label)

    def draw(self, rng: Generator) -> tuple[Photo, NDArray[np.uint8]]:
        """One augmented sample: (side, side, 3) uint8 and (side, side) uint8."""
        photo, label = self._scene(rng)
        if (label > 0).any() and rng.random() < self.augmentation.cover:
            photo, label = cover(photo, label, rng, self.backdrops, self.augmentation)
        return through_a_camera(photo, rng, self.augmentation), label

    @cached_property
    def backdrops(self) -> list[Photo]:
        """All hand-free photos, in one list."""
        return [photo for photos in self.material.empty.values() for photo in photos]

    def _scene(self, rng: Generator) -> tuple[Photo, NDArray[np.uint8]]:
        kinds = [kind for kind in SHARES if kind != "render" or self.material.renders]
        shares = np.array([SHARES[kind] for kind in kinds])
        kind = rng.choice(kinds, p=shares / shares.sum())
        if kind == "composite":
            return compose(self.side, rng, self.material.cutouts, self.backdrops)
        if kind == "render":
            return self._render(rng)
        if kind == "empty":
            return self._empty(rng)
        example = _one_of(self.material.scenes[kind], rng)
        return reframe(example.photo, example.label, self.side, rng, self.augmentation)

    def _render(self, rng: Generator) -> tuple[Photo, NDArray[np.uint8]]:
        render = _one_of(self.material.renders, rng)
        rgba, label = reframe(np.dstack([render.photo, render.alpha]), render.label, self.side, rng, self.augmentation)
        backdrop = furnish(photo_piece(self.side, rng, self.backdrops), rng, self.backdrops)
        return lay(backdrop, rgba[..., :3], rgba[..., 3]), label

    def _empty(self, rng: Generator) -> tuple[Photo, NDArray[np.uint8]]:
        photo = _one_of(_one_of(list(self.material.empty.values()), rng), rng)
        photo, label = reframe(photo, np.zeros(photo.shape[:2], np.uint8), self.side, rng, self.augmentation)
        return furnish(photo, rng, self.backdrops), label


def _one_of(choices: list[Any], rng: Generator) -> Any:
    return choices[rng.integers(len(choices))]
