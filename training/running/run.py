"""From what is asked to a finished run."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from torch import nn
from torch.utils.data import Dataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments, set_seed
from transformers.trainer import TRAINER_STATE_NAME

from handseg.held import held
from handseg.models import MEAN, STD
from handseg.weights import Card
from training.evaluation.cases import Cases
from training.losses import LossWeights
from training.running import checkpoints
from training.running.depthwise import keep_depthwise_exact
from training.running.folder import FINISHED, Asked, RunError, begin, finish
from training.running.learned import Learned
from training.running.objective import Objective, collate
from training.running.patience import Patience
from training.running.recipes import DEEPEST, Recipe
from training.running.ruler import MaskRuler, Ruler
from training.running.trainer import METRIC, HandTrainer

_SAVES = 40
"""How often a run's state is saved at least."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """How the machine is used; decides the result by rounding alone, and by what batch normalisation sees of a step."""

    workers: int = 1
    """Processes that make samples."""
    parts: int = 1
    """Into how many parts a step is cut, for a small memory; each process has so many."""
    bfloat16: bool = False
    compiled: bool = False
    cpu: bool = False
    """Stay on the CPU though there is a GPU."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained, and where its run is kept."""

    recipe: Recipe
    output: Path
    seed: int = 0
    machine: Machine = Machine()


def begin_once(output: Path, asked: Asked, resume: bool, machine: Machine, learned: Learned | None = None) -> None:
    """As `begin`, by one of the processes that share a run; the others wait for it.

    Raises RunError before anything is written if a batch cannot be shared or learned from, and as `begin`.
    """
    processes = PartialState(cpu=machine.cpu)
    _share(Recipe(**asked.recipe), processes.num_processes * machine.parts)
    if processes.is_main_process:
        with held(output, _occupied(output)):
            begin(output, asked, resume, asdict(machine), learned)
    processes.wait_for_everyone()


def run(
    network: nn.Module,
    model: str,
    samples: Dataset[tuple[torch.Tensor, torch.Tensor]],
    validation: Cases,
    training: Training,
) -> HandTrainer:
    """Train `network`, an architecture called `model`, from where its run stands to the recipe's end.

    `samples` has all samples of the run in their order: photo (3, side, side), uint8 or float32 in [0, 1], and label
    (side, side) uint8. Under `torchrun` or `accelerate launch` each process calls this, and they share the batch.

    Raises:
        RunError: another process trains this run, the loss is no number, the state cannot be saved, or the batch cannot
            be cut into these parts.
        KeyboardInterrupt: somebody interrupted it; the state was saved.
    """
    recipe = training.recipe
    objective = Objective(network.to(memory_format=torch.channels_last), loss_weights(recipe))
    ruler = MaskRuler(validation, card_in_progress(model, recipe), recipe.threshold)
    return go(objective, samples, ruler, training, collate)


def go(
    objective: nn.Module,
    samples: Dataset[Any],
    ruler: Ruler,
    training: Training,
    collate: Callable[[list[Any]], dict[str, torch.Tensor]],
) -> HandTrainer:
    """As `run`, with any objective; see `HandTrainer`."""
    recipe, output = training.recipe, training.output
    if training.machine.bfloat16:
        keep_depthwise_exact(objective)
    set_seed(training.seed)
    trainer = HandTrainer(objective, _arguments(training), samples, ruler, recipe, collate)
    if recipe.patience:
        trainer.add_callback(Patience(recipe.patience))
    with _alone(trainer, output), _interruptions_between_steps(trainer) as interruption:
        if checkpoint := checkpoints.newest(output):
            trainer.average.load(checkpoint)
        if _is_over(output, checkpoint, recipe):
            trainer.accelerator.print(f"the run in {output} is finished; nothing is left to train")
        else:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if interruption.came:
        raise KeyboardInterrupt
    if trainer.is_world_process_zero():
        finish(output)
    return trainer


def _is_over(output: Path, checkpoint: Path | None, recipe: Recipe) -> bool:
    """Whether the run has come to its end; `Trainer` would make one more step before it asks."""
    if (output / FINISHED).exists():
        return True
    if not (checkpoint and recipe.patience):
        return False
    history = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME)).log_history
    return Patience(recipe.patience).ends(history)


def _alone(trainer: HandTrainer, output: Path) -> contextlib.AbstractContextManager[None]:
    """Of the processes that share a run, one is there for all."""
    if not trainer.is_world_process_zero():
        return contextlib.nullcontext()
    return held(output, _occupied(output))


def _occupied(output: Path) -> RunError:
    return RunError(f"another process trains the run in {output}; wait for it, or stop it first")


def loss_weights(recipe: Recipe) -> LossWeights:
    """How much each term of the loss counts."""
    return LossWeights(recipe.cross_entropy, recipe.dice, recipe.boundary)


def card_in_progress(model: str, recipe: Recipe) -> Card:
    """The card of a network that is not done yet."""
    return Card(model, model, recipe.side, MEAN, STD, threshold=0.5, licence="", sha256={}, zoom=False)


def _arguments(training: Training) -> TrainingArguments:
    recipe, machine = training.recipe, training.machine
    every = max(1, recipe.steps // recipe.evaluations)
    cosine = recipe.schedule == "cosine"
    arguments = TrainingArguments(
        output_dir=str(training.output),
        max_steps=recipe.steps,
        gradient_accumulation_steps=machine.parts,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        lr_scheduler_type="cosine" if cosine else "reduce_lr_on_plateau",
        lr_scheduler_kwargs={} if cosine else {"mode": "max", "factor": 0.1, "patience": max(1, recipe.patience // 2)},
        warmup_steps=round(recipe.warmup * recipe.steps),
        max_grad_norm=1.0,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=max(1, min(every, recipe.steps // _SAVES)),
        metric_for_best_model=METRIC,
        greater_is_better=True,
        logging_steps=max(1, min(50, recipe.steps // 20)),
        logging_nan_inf_filter=False,
        report_to=["tensorboard"],
        bf16=machine.bfloat16,
        torch_compile=machine.compiled,
        use_cpu=machine.cpu or not torch.accelerator.is_available(),
        dataloader_num_workers=machine.workers,
        dataloader_drop_last=True,
        dataloader_prefetch_factor=4 if machine.workers else None,
        remove_unused_columns=False,
        disable_tqdm=not sys.stderr.isatty(),
        seed=training.seed,
        data_seed=training.seed,
    )
    arguments.per_device_train_batch_size = _share(recipe, arguments.world_size * machine.parts)
    return arguments


def _share(recipe: Recipe, shares: int) -> int:
    """How many samples of a step go through the network at once; raises RunError."""
    if recipe.batch % shares:
        raise RunError(f"a batch of {recipe.batch} cannot be shared by {shares}; choose a number that divides it")
    share = recipe.batch // shares
    if share == 1 and recipe.side == DEEPEST:
        raise RunError(
            f"one sample of {recipe.side} pixels at once is a single pixel to the deepest networks, which cannot be "
            f"normalised by itself; give a --side of {2 * DEEPEST}, or a larger --batch"
        )
    return share


class _Interruption(TrainerCallback):
    """Ends a run after the step that is under way, with its state saved."""

    def __init__(self) -> None:
        self.came = False

    def on_step_end(self, _args: object, _state: object, control: TrainerControl, **_: Any) -> TrainerControl:
        """See `transformers.TrainerCallback`."""
        if self.came:
            control.should_save = control.should_training_stop = True
        return control


@contextlib.contextmanager
def _interruptions_between_steps(trainer: HandTrainer) -> Iterator[_Interruption]:
    """Ctrl-C waits for the end of the step; a second one does not."""
    interruption = _Interruption()
    trainer.add_callback(interruption)
    before = signal.getsignal(signal.SIGINT)

    def interrupted(*_: object) -> None:
        interruption.came = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)
