"""A training that takes seconds; run as a program: python -m tests.training.running.tiny RUN [PARTS] [MODE]."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.evaluation.cases import Case
from training.running.recipes import Recipe
from training.running.run import Machine, Training, run
from training.running.trainer import HandTrainer

SIDE = 32
RECIPE = Recipe(samples=320, side=SIDE, batch=8, evaluations=4, learning_rate=1e-2)


class TinyNetwork(nn.Module):
    """Two convolutions, with what makes resuming hard: dropout, and (unless told) batch statistics."""

    def __init__(self, normed: bool = True) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6) if normed else nn.Identity()
        self.drop = nn.Dropout(0.1 if normed else 0.0)
        self.second = nn.Conv2d(6, 1, 3, padding=1)

    def forward(self, photos: Tensor) -> Tensor:
        return self.second(self.drop(torch.relu(self.norm(self.first(photos)))))


class Squares(torch.utils.data.Dataset):
    """Bright squares are hands; sample i is always the same. `spoiled` is one whose photo is no number."""

    def __init__(self, length: int, spoiled: int = -1) -> None:
        self.length, self.spoiled = length, spoiled

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        drawn = np.random.default_rng([1, index])
        photo = 0.3 * drawn.random((3, SIDE, SIDE), dtype=np.float32)
        label = np.zeros((SIDE, SIDE), np.uint8)
        y, x = drawn.integers(0, SIDE - 12, 2)
        label[y : y + 10, x : x + 12] = 255
        photo[0, label > 0] += 0.5
        if index == self.spoiled:
            photo[:] = np.nan
        return torch.from_numpy(photo), torch.from_numpy(label)


class SquareCases:
    """See `training.evaluation.cases.Cases`."""

    name = "squares"

    def __len__(self) -> int:
        return 6

    def __iter__(self) -> Iterator[Case]:
        for index in range(6):
            photo, label = Squares(0)[10_000 + index]
            pixels = (255 * photo.permute(1, 2, 0).numpy()).astype(np.uint8)
            yield Case(f"{index}", "drawn", f"{index // 2}", pixels, label.numpy())


def train(folder: Path, parts: int = 1, normed: bool = True, spoiled: int = -1, recipe: Recipe = RECIPE) -> HandTrainer:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, samples = TinyNetwork(normed), Squares(recipe.samples, spoiled)
    training = Training(recipe=recipe, output=folder, machine=Machine(workers=0, parts=parts, cpu=True))
    return run(network, "tiny", samples, SquareCases(), training)


def weights(trainer: HandTrainer) -> dict[str, Tensor]:
    """The averaged weights."""
    with trainer.average.in_place() as network:
        return {name: value.clone() for name, value in network.state_dict().items()}


def main(folder: str, parts: str = "1", mode: str = "normed") -> None:
    trainer = train(Path(folder), int(parts), normed=mode == "normed")
    if trainer.is_world_process_zero():
        torch.save(weights(trainer), Path(folder) / "final.pt")


if __name__ == "__main__":
    main(*sys.argv[1:])
