"""What a step of the assistant's training computes: some rounds of clicks and answers, then the loss of the last one.

Iterative training after Mahadevan et al. (arXiv:1805.04398) and Sofiiuk et al. (arXiv:2102.06583, section 3): the
simulated annotator clicks where the network's own last answer is most wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from handseg.assistants.correction import corrected
from handseg.assistants.guidance import Guidance, guidance
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.masks import Mask
from training.clicks.annotator import next_click
from training.losses import LossWeights, hand_loss
from training.running.objective import Normalised
from training.sources.labels import Label

ROUNDS = (0.4, 0.3, 0.2, 0.1)
"""How likely 0, 1, 2... answers come before the one that is learned from."""

EXACT = 0.3
"""Share of clicks at the centre of an error; the others are beside it."""
MOST_NOISE = 0.8

BOX_ALONE = 0.5
"""Share of boxes that come without a click at first."""

THREADS = 8


@dataclass
class Dialogue:
    """An annotator and the network about one task; everything is in the network frame, (side, side)."""

    label: Label
    mask: Mask
    """So far."""
    box: Box | None
    rng: Generator
    points: list[Point] = field(default_factory=list)

    def ask(self) -> Guidance:
        """Click where the mask is most wrong, if it is wrong; gives what the network is told."""
        if not (self.box and not self.points and self.rng.random() < BOX_ALONE):
            noise = 0.0 if self.rng.random() < EXACT else self.rng.uniform(0.2, MOST_NOISE)
            click = next_click(self.mask, self.label, self.points, noise, self.rng)
            self.points += [click] if click else []
        return guidance(self.mask, self.points, self.box)

    def hear(self, answer: Mask) -> None:
        """Take the network's answer as the canvas would."""
        self.mask = corrected(self.mask, answer, Prompt(tuple(self.points), self.box))


class GuidedObjective(nn.Module):
    """A promptable network with the loss that it shall minimise."""

    def __init__(self, network: nn.Module, weights: LossWeights) -> None:
        super().__init__()
        self.network, self._normalised, self._weights = network, Normalised(), weights

    def forward(
        self, photos: Tensor, labels: Tensor, starts: Tensor, boxes: Tensor, numbers: Tensor
    ) -> dict[str, Tensor]:
        """The loss and the logits (B, 1, side, side) of a batch of tasks, see `training.assistant.tasks.Tasks`."""
        seen = self._normalised(photos)
        dialogues = list(_dialogues(labels, starts, boxes, numbers))
        chance = np.random.default_rng([int(numbers[0]), 3])
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in range(chance.choice(len(ROUNDS), p=ROUNDS)):
                answers = self._answers(seen, self._told(pool, dialogues, seen))
                list(pool.map(Dialogue.hear, dialogues, answers))
            told = self._told(pool, dialogues, seen)
        logits = self.network(seen, told)
        return {"loss": hand_loss(logits.float(), labels, self._weights), "logits": logits}

    @torch.no_grad()
    def _answers(self, seen: Tensor, told: Tensor) -> np.ndarray:
        """(B, side, side) bool: the masks of the network as it serves, without learning from it."""
        was_training = self.network.training
        self.network.eval()
        answers = (self.network(seen, told)[:, 0] > 0).cpu().numpy()
        self.network.train(was_training)
        return answers

    def _told(self, pool: ThreadPoolExecutor, dialogues: list[Dialogue], like: Tensor) -> Tensor:
        told = torch.from_numpy(np.stack(list(pool.map(Dialogue.ask, dialogues))))
        return told.to(like.device).contiguous(memory_format=torch.channels_last)


def _dialogues(labels: Tensor, starts: Tensor, boxes: Tensor, numbers: Tensor) -> Iterator[Dialogue]:
    tensors = (labels, starts, boxes, numbers)
    for label, start, corners, number in zip(*(tensor.cpu().numpy() for tensor in tensors), strict=True):
        box = Box(*corners.tolist()) if corners.any() else None
        yield Dialogue(label, start.astype(bool), box, np.random.default_rng([int(number), 2]))
