"""Training a model from datasets: python -m training train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from training.evaluation.cases import Cases
    from training.running.recipes import Recipe
    from training.running.run import Machine
    from training.sources.mixture import Mixed, Mixture

DatasetsOption = Annotated[
    list[str],
    typer.Option(
        "--dataset", metavar="DATASET[@REV][=WEIGHT]", help="A folder, or USER/NAME on the Hub; may be repeated."
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on where the run in OUTPUT stopped.")]
PartsOption = Annotated[int, typer.Option(min=1, help="Cut each step into this many parts, to save memory.")]
WorkersOption = Annotated[int, typer.Option(min=0, help="How many processes make samples.")]
BFloat16Option = Annotated[bool, typer.Option("--bf16", help="Compute in bfloat16 where that is safe.")]
CpuOption = Annotated[bool, typer.Option("--cpu", help="Stay on the CPU even if there is a GPU.")]


def train(
    dataset: DatasetsOption,
    model: Annotated[str, typer.Option(help="An architecture, such as unet-mobilenetv3.")],
    output: Annotated[Path, typer.Option(help="The folder of the run.")],
    recipe: Annotated[
        str, typer.Option(help="quick, default, quality, seed-unet, seed-hgrnet or seed-vit.")
    ] = "default",
    validation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET[@REV]",
            help="The dataset whose validation split is measured; those of --dataset by default.",
        ),
    ] = None,
    resume: ResumeOption = False,
    initial: Annotated[
        str, typer.Option(metavar="FOLDER|USER/NAME", help="Weights to begin with: ours, or a published backbone.")
    ] = "",
    samples: Annotated[
        int | None, typer.Option(min=1, help="How many samples to learn from; the recipe decides by default.")
    ] = None,
    side: Annotated[
        int | None, typer.Option(min=32, help="The side of a sample in pixels; the recipe decides by default.")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; the recipe decides by default.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="The recipe decides by default.")] = None,
    augmentation: Annotated[
        str | None,
        typer.Option(help="How photos are varied: none, light, default, strong or seed; the recipe's by default."),
    ] = None,
    parts: PartsOption = 1,
    workers: WorkersOption = 1,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the weights and of the samples.")] = 0,
    bfloat16: BFloat16Option = False,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the network first; pays on a GPU.")] = False,
    cpu: CpuOption = False,
) -> None:
    """Train a model.

    You can interrupt or kill it at any time, and go on with --resume.

    On several GPUs or machines: torchrun --nproc_per_node N -m training train ...
    """
    from training.augment import augmentation_called
    from training.augmented import AugmentedSamples
    from training.running.folder import Asked
    from training.running.learned import Learned
    from training.running.recipes import recipe_called
    from training.running.run import Machine, Training, begin_once, run
    from training.sources.mixture import Mixture

    wishes = {"samples": samples, "side": side, "batch": batch, "learning_rate": learning_rate}
    chosen = recipe_called(recipe).but(**wishes, augmentation=augmentation)
    varied = augmentation_called(chosen.augmentation)
    mixture = Mixture.parse(dataset)
    mixed, cases = mixture.open("train", seed, validation or []), validation_cases(mixture, validation)
    network, started = _network(model, initial, seed)
    machine = Machine(workers=workers, parts=parts, bfloat16=bfloat16, compiled=compiled, cpu=cpu)
    asked = Asked.of(model, chosen, [mixed.facts()], cases.name, seed, started)
    training = Training(recipe=chosen, output=output, seed=seed, machine=machine)
    begin_once(output, asked, resume, machine, Learned.with_initial(mixed.hashes, initial, started))
    tell(mixed, cases, chosen, machine)
    stream = AugmentedSamples(mixed, chosen.side, chosen.samples, seed, varied)
    trainer = run(network, model, stream, cases, training)
    if trainer.is_world_process_zero():
        typer.echo(f"done; package it with: python -m training export {output} WEIGHTS")


def validation_cases(mixture: Mixture, others: list[str] | None) -> Cases:
    """The validation photos of other datasets, or else of those that are learned from; some may have none.

    Raises CaseError if there are none at all, or none of them shows a hand.
    """
    from handseg.records.opening import open_snapshot
    from training.evaluation.cases import CaseError, DatasetCases, Several, with_hands

    addresses = others or [part.address for part in mixture.parts]
    filled = [each for each in map(open_snapshot, addresses) if "validation" in each.shards.values()]
    if not filled:
        raise CaseError(
            f"the split validation of {' and '.join(addresses)} is empty; publish more photos first, or give "
            "--validation with a dataset that has some"
        )
    parts: list[Any] = [DatasetCases(each, "validation") for each in filled]
    return with_hands(parts[0] if len(parts) == 1 else Several(parts))


def _network(model: str, initial: str, seed: int) -> tuple[Any, dict[str, Any]]:
    """The network with its first weights, and whose these are."""
    from transformers import set_seed

    from handseg.models import build_model

    set_seed(seed)
    network = build_model(model)
    if not initial:
        return network, {}
    from handseg.models.initial import start_from

    return network, start_from(network, model, initial).to_card()


def tell(mixed: Mixed, cases: Cases, recipe: Recipe, machine: Machine) -> None:
    """Say what is trained on, once for all processes that share the run."""
    from accelerate import PartialState

    held = f" ({mixed.left_out} left out, which are held out to validate or test on)" if mixed.left_out else ""
    PartialState(cpu=machine.cpu).print(
        f"{len(mixed)} photos to learn from{held}, {len(cases)} to validate on; {recipe.samples} samples of "
        f"{recipe.side} pixels in {recipe.steps} steps"
    )
