"""A training of an assistant that takes seconds; run as a program: python -m tests.training.assistant.tiny RUN."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import default_collate

from tests.training.assistant.drawing import HEIGHT, WIDTH, mixed, scene
from training.assistant.objective import GuidedObjective
from training.assistant.ruler import ClickRuler
from training.assistant.tasks import Tasks, sample_side
from training.augment import augmentation_called
from training.augmented import AugmentedSamples
from training.evaluation.cases import Case
from training.running.recipes import Recipe
from training.running.run import Machine, Training, card_in_progress, go, loss_weights
from training.running.trainer import HandTrainer
from training.sources.labels import of_mask

SIDE = 32
RECIPE = Recipe(samples=480, side=SIDE, batch=8, evaluations=3, learning_rate=2e-2, average=0.9)


class TinyNetwork(nn.Module):
    """Two convolutions over photo and prompts, with batch statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(7, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, photos: Tensor, prompts: Tensor) -> Tensor:
        return self.second(torch.relu(self.norm(self.first(torch.cat([photos, prompts], dim=1)))))


class Scenes:
    """See `training.evaluation.cases.Cases`."""

    name = "scenes"

    def __len__(self) -> int:
        return 6

    def __iter__(self):
        for number in range(101, 107):
            photo, hand = scene(number)
            assert photo.shape[:2] == (HEIGHT, WIDTH)
            yield Case(f"{number}", "drawn", f"{number}", photo, of_mask(hand))


def train(folder: Path) -> HandTrainer:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    samples = AugmentedSamples(mixed(), sample_side(SIDE), RECIPE.samples, 0, augmentation_called("light"))
    objective = GuidedObjective(TinyNetwork(), loss_weights(RECIPE))
    ruler = ClickRuler(Scenes(), card_in_progress("tiny", RECIPE))
    training = Training(recipe=RECIPE, output=folder, machine=Machine(workers=0, cpu=True))
    return go(objective, Tasks(samples, SIDE), ruler, training, default_collate)


def main(folder: str) -> None:
    trainer = train(Path(folder))
    with trainer.average.in_place() as network:
        torch.save(network.state_dict(), Path(folder) / "final.pt")


if __name__ == "__main__":
    main(*sys.argv[1:])
