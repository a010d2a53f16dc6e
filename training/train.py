"""Training one network from scratch: samples in, checkpoints out, resumable at any moment.

RUN/config.json       what was asked for
RUN/checkpoint.pt     network, average, optimiser and images seen; replaced as a whole, never half-written
RUN/material.json     what it learns from, for the card
RUN/curve.jsonl       one line per report: images seen, loss, learning rate, seconds
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader

from handseg.models import build_model
from training.losses import hand_loss
from training.samples import Material, Samples

MATERIAL = "material.json"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Recipe:
    """What decides a run's result, beside the photos."""

    architecture: str
    images: int
    side: int = 256
    batch: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warmup: int = 3_000
    """Images during which the learning rate rises."""
    cooldown: float = 0.4
    """Share of the run, at its end, during which the learning rate falls to zero."""
    average: float = 0.998
    """Decay of the moving average of the weights, per step."""
    bfloat16: bool = False
    seed: int = 0

    def rate(self, seen: int) -> float:
        """The learning rate after `seen` images: rise, plateau, cosine fall (a plateau can be prolonged later)."""
        start = self.images * (1 - self.cooldown)
        rising = min(1.0, (seen + self.batch) / self.warmup)
        falling = 0.5 + 0.5 * math.cos(math.pi * min(1.0, max(0.0, (seen - start) / (self.images - start))))
        return self.learning_rate * rising * falling


class Run:
    """A training with its state; `advance` to the end, `save` whenever."""

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.seen = recipe, folder, 0
        self.network = build_model(recipe.architecture).to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.network, multi_avg_fn=_moving_average(recipe.average), use_buffers=True)
        self.optimizer = torch.optim.AdamW(_groups(self.network, recipe.weight_decay), lr=recipe.learning_rate)

    @property
    def exists(self) -> bool:
        """Whether the folder holds a state to resume from."""
        return self._checkpoint.exists()

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        """Write the state beside the old one, then replace it in one step."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.json").write_text(json.dumps(asdict(self.recipe), indent=2))
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "seen": self.seen,
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self._checkpoint)

    def resume(self) -> None:
        """Take up the state of the last `save`, if there is one.

        Only the number of images may differ from then: a run can be prolonged. Raises ValueError for other differences.
        """
        if self.exists:
            self._refuse_another_recipe()
            state = torch.load(self._checkpoint, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.seen = state["seen"]

    def _refuse_another_recipe(self) -> None:
        then, now = json.loads((self.folder / "config.json").read_text()), asdict(self.recipe)
        for name in now.keys() - {"images"}:
            if then.get(name) != now[name]:
                raise ValueError(f"{self.folder} was trained with {name} {then.get(name)}, not {now[name]}; use that")

    def advance(
        self,
        material: Material,
        workers: int = 1,
        on_step: Callable[[int], object] = lambda _: None,
        report_every: int = 50,
        save_every: int = 100,
    ) -> None:
        """Train from where the run stands to the recipe's end, reporting and saving every so many steps.

        `on_step` is told the images of each step. Raises RuntimeError if the loss is not a number.
        """
        recipe = self.recipe
        samples = Samples(material, recipe.side, recipe.images, recipe.seed)
        rest = torch.utils.data.Subset(samples, range(self.seen, recipe.images))
        loader = DataLoader(rest, recipe.batch, num_workers=workers, drop_last=True)
        losses, since = [], time.monotonic()
        for step, (photos, labels) in enumerate(loader, start=1):
            losses.append(self._step(photos, labels))
            if not math.isfinite(losses[-1]):
                raise RuntimeError(f"the loss is {losses[-1]} after {self.seen} images; lower the learning rate")
            on_step(len(photos))
            if step % report_every == 0:
                self._report(sum(losses) / len(losses), (time.monotonic() - since) / len(losses) / recipe.batch)
                losses, since = [], time.monotonic()
            if step % save_every == 0:
                self.save()
        self.save()

    def _step(self, photos: torch.Tensor, labels: torch.Tensor) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate(self.seen)
        self.network.train()
        photos = normalise(photos).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bfloat16):
            logits = self.network(photos)
        loss = hand_loss(logits.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), max_norm=1.0)
        self.optimizer.step()
        self.average.update_parameters(self.network)
        self.seen += len(photos)
        return loss.item()

    def _report(self, loss: float, seconds: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        line = {
            "images": self.seen,
            "loss": round(loss, 4),
            "rate": self.recipe.rate(self.seen),
            "seconds_per_image": round(seconds, 4),
        }
        with (self.folder / "curve.jsonl").open("a") as curve:
            curve.write(json.dumps(line) + "\n")


def normalise(photos: torch.Tensor) -> torch.Tensor:
    """Photos in [0, 1], (B, 3, H, W), to what the networks take."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (photos - mean) / std


def _groups(network: nn.Module, weight_decay: float) -> list[dict]:
    """Weight decay for the kernels; none for biases and norms."""
    kernels = [each for each in network.parameters() if each.ndim > 1]
    others = [each for each in network.parameters() if each.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _moving_average(decay: float) -> Callable:
    """An exponential moving average that looks back over at most a ninth of the run, so that its start is forgotten.

    Without that, batch normalisation would keep a trace of its initial variance of 1, thousands of times too large.
    """

    @torch.no_grad()
    def update(averages: list[torch.Tensor], currents: list[torch.Tensor], count: torch.Tensor) -> None:
        keep = min(decay, (1 + int(count)) / (10 + int(count)))
        for average, current in zip(averages, currents, strict=True):
            average.copy_(torch.lerp(average, current, 1 - keep) if average.is_floating_point() else current)

    return update
