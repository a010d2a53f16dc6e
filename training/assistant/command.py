"""What `python -m training assistant` does."""

from __future__ import annotations

import torch
from torch.utils.data import default_collate
from transformers import set_seed

from handseg.weights import Weights
from training.assistant import ARCHITECTURE
from training.assistant.export import export
from training.assistant.network import start
from training.assistant.objective import GuidedObjective
from training.assistant.ruler import ClickRuler
from training.assistant.tasks import Tasks, sample_side
from training.augment import augmentation_called
from training.augmented import AugmentedSamples
from training.evaluation.cases import Cases
from training.running.folder import WEIGHTS, Asked
from training.running.learned import Learned
from training.running.recipes import Recipe
from training.running.run import Training, begin_once, card_in_progress, go, loss_weights
from training.sources.mixture import Mixed

RECIPE = Recipe(samples=80_000, side=320, batch=8, learning_rate=7e-4, average=0.999, boundary=0.2, threshold=0.5)
"""A day on a few cores, minutes on a GPU."""


def train(mixed: Mixed, validation: Cases, training: Training, initial: str, resume: bool) -> Weights | None:
    """Train the hand assistant to the recipe's end, from where its run stands, and package it there.

    Of the processes that share the run, one packages it, and the others get None.

    Raises as `training.running.run.run`, `training.assistant.network.start` and `export` do.
    """
    recipe, output, seed = training.recipe, training.output, training.seed
    set_seed(seed)
    network, origin = start(initial)
    told = origin.to_card() if origin else {}
    asked = Asked.of(ARCHITECTURE, recipe, [mixed.facts()], validation.name, seed, told)
    begin_once(output, asked, resume, training.machine, Learned.with_initial(mixed.hashes, initial, told))
    samples = AugmentedSamples(
        mixed, sample_side(recipe.side), recipe.samples, seed, augmentation_called(recipe.augmentation)
    )
    objective = GuidedObjective(network.to(memory_format=torch.channels_last), loss_weights(recipe))
    ruler = ClickRuler(validation, card_in_progress(ARCHITECTURE, recipe))
    trainer = go(objective, Tasks(samples, recipe.side), ruler, training, default_collate)
    return export(output, output / WEIGHTS) if trainer.is_world_process_zero() else None
