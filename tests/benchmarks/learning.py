"""Whether every architecture learns: python -m tests.benchmarks.learning --dataset D --validation FOLDER... [NAME ...]

Each one is trained on a dataset for some minutes on one thread, packaged, and measured on the photos in
FOLDER/images with FOLDER/masks, beside its untrained self. The threshold of the trained network comes from the
dataset's own validation split; the untrained one is given the best for the very photos that it is measured on.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from transformers import set_seed

from handseg.engines import OnnxEngine, TorchEngine
from handseg.models import ARCHITECTURES, MEAN, STD, build_model
from handseg.models.initial import start_from
from handseg.records.opening import open_snapshot
from handseg.segmenter import Segmenter
from handseg.weights import Card, Weights
from training.augment import augmentation_called
from training.augmented import AugmentedSamples
from training.evaluation.cases import Cases, DatasetCases, FolderCases, Several
from training.evaluation.scores import THRESHOLDS, Score, scores
from training.evaluation.summary import rulers
from training.export import averaged_network, card_of_run, export
from training.running.engine import NetworkEngine
from training.running.folder import Asked, begin
from training.running.objective import Objective, collate
from training.running.recipes import RECIPES, Recipe
from training.running.run import Machine, Training, run
from training.sources.mixture import Mixed, Mixture

SEED = 0
TIMED = 4
"""Steps by which the speed of a network is estimated."""


@dataclass(frozen=True)
class Bench:
    """What all architectures have in common."""

    mixed: Mixed
    validation: Cases
    photos: Cases
    seconds: float
    recipe: Recipe
    learning_rates: dict[str, float]

    def samples(self, recipe: Recipe) -> AugmentedSamples:
        plan = augmentation_called(recipe.augmentation)
        return AugmentedSamples(self.mixed, recipe.side, recipe.samples, SEED, plan)

    def recipe_for(self, name: str) -> Recipe:
        """As many samples as the network can learn from in the time."""
        set_seed(SEED)
        network = Objective(build_model(name).train(), run_losses(self.recipe))
        batch = collate([self.samples(self.recipe)[number] for number in range(self.recipe.batch)])
        begun = time.perf_counter()
        for _ in range(TIMED):
            network(**batch)["loss"].backward()
        steps = max(20, int(self.seconds * TIMED / (time.perf_counter() - begun)))
        rate = self.learning_rates.get(name.split("-")[0], self.recipe.learning_rate)
        return replace(self.recipe, samples=steps * self.recipe.batch, learning_rate=rate)


def run_losses(recipe: Recipe) -> object:
    from training.losses import LossWeights

    return LossWeights(recipe.cross_entropy, recipe.dice, recipe.boundary)


def row(name: str, bench: Bench, folder: Path, initial: str) -> str:
    """A line of the table."""
    set_seed(SEED)
    network = build_model(name)
    segmenter = Segmenter(card_of(name, bench.recipe), NetworkEngine(network.eval()))
    before = at_best(list(scores(segmenter, bench.photos, others=THRESHOLDS)))
    origin = start_from(network, name, initial).to_card() if initial else {}
    recipe = bench.recipe_for(name)
    begin(folder, Asked.of(name, recipe, [bench.mixed.facts()], bench.validation.name, SEED, origin), resume=False)
    training = Training(recipe=recipe, output=folder, seed=SEED, machine=Machine(cpu=True))
    run(network.train(), name, bench.samples(recipe), bench.validation, training)
    trained, about = averaged_network(folder)
    weights = export(trained, card_of_run(name, about, zoom=False), folder / "weights")
    after = list(scores(Segmenter(weights.card, TorchEngine(weights)), bench.photos))
    equal = equal_masks(weights, bench.photos)
    return (
        f"| `{name}` | {recipe.samples} | {told(before)} | {told(after)} | {equal} of {len(after)} | "
        f"{'yes' if pooled(after) > pooled(before) else 'NO'} |"
    )


def card_of(name: str, recipe: Recipe) -> Card:
    return Card(name, name, recipe.side, MEAN, STD, threshold=0.5, licence="", sha256={}, zoom=False)


def at_best(found: list[Score]) -> list[Score]:
    """The scores at the threshold that is best for them."""
    tried = [[replace(score, counts=score.at(threshold)) for score in found] for threshold in THRESHOLDS]
    return max(tried, key=pooled)


def pooled(found: list[Score]) -> float:
    return rulers(found)["pooled"]["iou"] or 0.0


def told(found: list[Score]) -> str:
    return f"{pooled(found):.3f} / {rulers(found)['mean_iou']:.3f}"


def equal_masks(weights: Weights, photos: Cases) -> int:
    """On how many photos the masks of torch and ONNX Runtime differ in at most one pixel in ten thousand."""
    engines = [Segmenter(weights.card, engine) for engine in (TorchEngine(weights), OnnxEngine(weights, 1))]
    masks = [[segmenter.predict(case.photo).mask() for case in photos] for segmenter in engines]
    return sum(bool(np.mean(one != other) <= 1e-4) for one, other in zip(*masks, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(ARCHITECTURES))
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--validation", type=Path, nargs="+", required=True)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--initial", default="", help="weights to begin with, for one architecture")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(
        mixed=Mixture.parse([asked.dataset]).open("train", SEED),
        validation=DatasetCases(open_snapshot(asked.dataset), "validation"),
        photos=Several([FolderCases(folder / "images", folder / "masks") for folder in asked.validation]),
        seconds=60 * asked.minutes,
        recipe=replace(RECIPES["quick"], side=asked.side, batch=8, evaluations=1, average=0.99),
        learning_rates={"vit": 3e-4, "segformer": 6e-4, "aspp": 5e-4},
    )
    print(
        "| model | samples | untrained: pooled / mean IoU | trained | torch = ONNX | better |\n"
        "|---|---|---|---|---|---|"
    )
    for name in asked.names:
        with tempfile.TemporaryDirectory() as folder:
            print(row(name, bench, Path(folder) / "run", asked.initial), flush=True)


if __name__ == "__main__":
    main()
