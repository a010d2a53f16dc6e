"""Do renders teach what photos are? python -m tests.benchmarks.transfer --real D --renders D --validation FOLDER...

One small network, from the same first weights, for the same number of samples: of real photos only, and of so many
renders, alone and together with the photos, at last with the black box in place of textured things over the hands. Each
is measured on the photos in FOLDER/images with FOLDER/masks, and on photos without hands. All at the threshold that is
best on the real photos' own validation split.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from statistics import mean, median

import torch
from transformers import set_seed

from handseg.engines import TorchEngine
from handseg.models import build_model
from handseg.models.initial import start_from
from handseg.records.opening import open_snapshot
from handseg.records.splits import SPLITS
from handseg.segmenter import Segmenter
from tests.benchmarks.learning import told
from training.augment import AUGMENTATIONS, Augmentation
from training.augmented import AugmentedSamples
from training.evaluation.cases import Cases, DatasetCases, FolderCases, Several
from training.evaluation.scores import Score, scores
from training.export import averaged_network, card_of_run, export
from training.running.folder import Asked, begin
from training.running.recipes import RECIPES, Recipe
from training.running.run import Machine, Training, run
from training.sources.mixture import Mixed, Pool

MODEL = "unet-efficientnet-lite0"
BOX = replace(AUGMENTATIONS["default"], black=1.0, upright=True)


@dataclass(frozen=True)
class Mix:
    """What one network learns from."""

    name: str
    pools: tuple[Pool, ...]
    weights: tuple[float, ...]
    augmentation: Augmentation = AUGMENTATIONS["default"]


def mixes(real: Pool, renders: Pool, counts: Sequence[int]) -> list[Mix]:
    """Those of the table; in a mixture, as many samples come from photos as from renders."""
    found = [Mix("real photos", (real,), (1.0,))]
    for count in counts:
        some = replace(renders, examples=renders.examples[:count])
        balance = (1.0, len(real.examples) / len(some.examples))
        found += [Mix("renders", (some,), (1.0,)), Mix("both", (real, some), balance)]
    return [*found, replace(found[-1], name="both, black boxes over hands", augmentation=BOX)]


def all_of(addresses: Sequence[str]) -> Pool:
    """The rows of all splits: nothing here is measured on renders."""
    pools = [Pool.read(address, split) for address in addresses for split in SPLITS]
    return replace(pools[0], examples=tuple(chain.from_iterable(pool.examples for pool in pools)))


def row(
    mix: Mix, recipe: Recipe, initial: str, places: dict[str, Cases], folder: Path, machine: Machine, seed: int
) -> str:
    """A line of the table."""
    mixed = Mixed(mix.pools, mix.weights, seed)
    set_seed(seed)
    network = build_model(MODEL)
    origin = start_from(network, MODEL, initial).to_card() if initial else {}
    begin(folder, Asked.of(MODEL, recipe, [mixed.facts()], places["chosen on"].name, seed, origin), resume=False)
    samples = AugmentedSamples(mixed, recipe.side, recipe.samples, seed, mix.augmentation)
    training = Training(recipe=recipe, output=folder, seed=seed, machine=machine)
    run(network, MODEL, samples, places["chosen on"], training)
    trained, about = averaged_network(folder)
    weights = export(trained, card_of_run(MODEL, about, zoom=False), folder / "weights")
    segmenter = Segmenter(weights.card, TorchEngine(weights))
    with_hands, without = (list(scores(segmenter, places[name])) for name in ("hands", "no hands"))
    areas = [false_area(score) for score in without]
    sizes = " + ".join(f"{len(pool.examples):,}" for pool in mix.pools)
    return f"| {mix.name} | {sizes} | {told(with_hands)} | {median(areas):.2%} | {mean(areas):.2%} |"


def false_area(score: Score) -> float:
    return score.counts.false_alarm / (score.counts.false_alarm + score.counts.correct_rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", required=True, metavar="DATASET")
    parser.add_argument("--renders", nargs="+", required=True, metavar="DATASET")
    parser.add_argument("--counts", type=int, nargs="+", required=True, help="of renders")
    parser.add_argument("--validation", type=Path, nargs="+", required=True)
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--initial", default="", help="weights that all begin with")
    parser.add_argument("--samples", type=int, default=6000)
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and of the samples")
    parser.add_argument("--batch", type=int, default=RECIPES["quick"].batch)
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="as 'renders': the rows of these mixes")
    parser.add_argument("--workers", type=int, default=1, help="processes that make samples")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    places: dict[str, Cases] = {
        "chosen on": DatasetCases(open_snapshot(asked.real), "validation"),
        "hands": Several([FolderCases(folder / "images", folder / "masks") for folder in asked.validation]),
        "no hands": FolderCases(asked.negatives),
    }
    recipe = replace(RECIPES["quick"], samples=asked.samples, side=asked.side, batch=asked.batch, evaluations=1)
    recipe = replace(recipe, average=0.99, learning_rate=7e-4)
    machine = Machine(workers=asked.workers)
    print(
        "| learned from | photos | pooled / mean IoU | false area without hands, median | mean |\n|---|---|---|---|---|"
    )
    wanted = mixes(Pool.read(asked.real, "train"), all_of(asked.renders), asked.counts)
    for mix in (mix for mix in wanted if not asked.only or mix.name in asked.only):
        with tempfile.TemporaryDirectory() as folder:
            print(row(mix, recipe, asked.initial, places, Path(folder) / "run", machine, asked.seed), flush=True)


if __name__ == "__main__":
    main()
