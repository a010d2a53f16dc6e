"""`transformers.Trainer`, told what is special about hands: the order of samples, the average, and the ruler."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from torch.utils.data import Dataset, SequentialSampler
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from handseg.errors import OutputError
from handseg.outputs import write_whole
from training.running import checkpoints, pictures
from training.running.averaging import Average
from training.running.folder import BEST, CURVES, EXAMPLES, SCORES, RunError
from training.running.recipes import Recipe
from training.running.ruler import Ruler

METRIC = "eval_iou"


class HandTrainer(Trainer):
    """Trains an `Objective` on a stream of samples, and measures its average as the product would use it."""

    def __init__(
        self,
        objective: nn.Module,
        arguments: TrainingArguments,
        samples: Dataset[Any],
        ruler: Ruler,
        recipe: Recipe,
        collate: Callable[[list[Any]], dict[str, torch.Tensor]],
    ) -> None:
        """`objective` has the `network` to train, and takes what `collate` makes of samples; see `Objective`."""
        self.average = Average(objective.network, recipe.average)
        self._ruler, self._recipe = ruler, recipe
        self._run = Path(arguments.output_dir)
        super().__init__(
            model=objective,
            args=arguments,
            train_dataset=samples,
            data_collator=collate,
            eval_dataset=[],  # measured by `evaluate` below
            callbacks=[self.average, _Keeper(self)],
        )

    def _get_train_sampler(self, train_dataset: Dataset[Any] | None = None) -> SequentialSampler:
        """The stream is random already; in its own order, a resumed run goes on with the very next sample."""
        return SequentialSampler(train_dataset or self.train_dataset)

    def training_step(self, model: torch.nn.Module, inputs: dict[str, torch.Tensor], *rest: Any) -> torch.Tensor:
        """One part of a step; raises RunError when the loss is no number, before it can harm the weights."""
        loss = super().training_step(model, inputs, *rest)
        if not math.isfinite(float(loss)):
            step, batch = self.state.global_step, self._recipe.batch
            raise RunError(
                f"the loss is {float(loss)} at step {step + 1}, samples {step * batch} to {(step + 1) * batch - 1}; "
                "the weights before it are kept: lower the learning rate, or look at these samples"
            )
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Measure the average."""
        with self.average.in_place() as network:
            found = self._ruler.measure(network, self.args.device)
        metrics = {f"eval_{name}": value for name, value in found.items() if value is not None}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:
        """As always; a full disk is told in words, and the checkpoint before stays."""
        with _told_in_words(f"the state at step {self.state.global_step}"):
            super()._save_checkpoint(model, trial)
            if self.is_world_process_zero():
                folder = checkpoints.at_step(self._run, self.state.global_step)
                self.average.save(folder)
                checkpoints.finish(folder)
                checkpoints.rotate(self._run, self.state.best_model_checkpoint)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, torch.Tensor] | None = None) -> None:
        """As always, though weights are kept with their channels last, which files cannot be."""
        state_dict = self.model.state_dict() if state_dict is None else state_dict
        super()._save(output_dir, {name: value.contiguous() for name, value in state_dict.items()})


@contextlib.contextmanager
def _told_in_words(what: str) -> Iterator[None]:
    """A full disk, told by whoever writes in its own way, becomes a RunError."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError, OutputError) as error:
        raise RunError(f"{what} cannot be saved ({error}); make room, then --resume") from error


class _Keeper(TrainerCallback):
    """Keeps the best weights, and draws pictures for people."""

    def __init__(self, trainer: HandTrainer) -> None:
        self._trainer = trainer

    def on_evaluate(
        self,
        _args: TrainingArguments,
        state: TrainerState,
        _control: TrainerControl,
        metrics: dict[str, float],
        **_: Any,
    ) -> None:
        """See `transformers.TrainerCallback`; called before `state` knows the new score."""
        trainer = self._trainer
        if not state.is_world_process_zero:
            return
        run = trainer._run
        if state.best_metric is None or metrics[METRIC] > state.best_metric:
            scores = json.dumps({"step": state.global_step, **metrics}, indent=2)
            with _told_in_words(f"the best weights, of step {state.global_step},"):
                trainer.average.save(run / BEST, {SCORES: scores})  # in one file, so that they always belong together
                write_whole(run / BEST / SCORES, scores.encode())
        write_whole(run / CURVES, pictures.curves(state.log_history))
        with trainer.average.in_place() as network:
            drawn = trainer._ruler.draw(network, trainer.args.device, metrics["eval_threshold"])
        write_whole(run / EXAMPLES / f"{state.global_step:07}.png", drawn)
