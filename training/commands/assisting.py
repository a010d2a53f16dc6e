"""Training the hand assistant: python -m training assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.running import (
    BFloat16Option,
    CpuOption,
    DatasetsOption,
    PartsOption,
    ResumeOption,
    WorkersOption,
    tell,
    validation_cases,
)


def assistant(
    dataset: DatasetsOption,
    output: Annotated[Path, typer.Option(help="The folder of the run; its weights go into the folder weights there.")],
    validation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET[@REV]",
            help="The dataset whose validation split is clicked through; those of --dataset by default.",
        ),
    ] = None,
    resume: ResumeOption = False,
    initial: Annotated[
        str, typer.Option(metavar="FOLDER|USER/NAME", help="Weights of unet-efficientnet-lite2 to begin with.")
    ] = "",
    samples: Annotated[
        int | None, typer.Option(min=1, help="How many samples to learn from; 80000 by default.")
    ] = None,
    side: Annotated[
        int | None, typer.Option(min=32, help="The side that the network sees, in pixels; 320 by default.")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; 8 by default.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="0.0007 by default.")] = None,
    augmentation: Annotated[
        str | None,
        typer.Option(help="How photos are varied: none, light, default, strong or seed; 'default' by default."),
    ] = None,
    parts: PartsOption = 1,
    workers: WorkersOption = 1,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the weights, the samples and the clicks.")] = 0,
    bfloat16: BFloat16Option = False,
    cpu: CpuOption = False,
) -> None:
    """Train the assistant that answers clicks.

    You can interrupt or kill it at any time, and go on with --resume.

    On several GPUs or machines: torchrun --nproc_per_node N -m training assistant ...
    """
    from training.assistant.command import RECIPE, train
    from training.running.run import Machine, Training
    from training.sources.mixture import Mixture

    wishes = {"samples": samples, "side": side, "batch": batch, "learning_rate": learning_rate}
    recipe = RECIPE.but(**wishes, augmentation=augmentation)
    mixture = Mixture.parse(dataset)
    mixed, cases = mixture.open("train", seed, validation or []), validation_cases(mixture, validation)
    machine = Machine(workers=workers, parts=parts, bfloat16=bfloat16, cpu=cpu)
    tell(mixed, cases, recipe, machine)
    training = Training(recipe=recipe, output=output, seed=seed, machine=machine)
    if weights := train(mixed, cases, training, initial, resume):
        typer.echo(f"done; measure it with: python -m training clicks --assistant {weights.folder} --dataset DATASET")
