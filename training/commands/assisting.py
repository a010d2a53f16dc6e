"""Training the hand assistant: python -m training assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def assistant(
    dataset: Annotated[
        list[str],
        typer.Option(metavar="DATASET[@REV][=WEIGHT]", help="A folder, or USER/NAME on the Hub; may be given again."),
    ],
    output: Annotated[Path, typer.Option(help="Folder of the run; its weights come into the folder weights there.")],
    validation: Annotated[
        list[str] | None,
        typer.Option(metavar="DATASET[@REV]", help="Whose validation split is clicked through; else the datasets'."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the run in OUTPUT stopped.")] = False,
    initial: Annotated[
        str, typer.Option(metavar="FOLDER|USER/NAME", help="Weights of unet-efficientnet-lite2 to begin with.")
    ] = "",
    samples: Annotated[int | None, typer.Option(min=1, help="How many samples; else 80000.")] = None,
    side: Annotated[int | None, typer.Option(min=32, help="What the network sees, in pixels; else 320.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; else 8.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0, help="Else 0.0007.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make samples.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the weights, the samples and the clicks.")] = 0,
    bfloat16: Annotated[bool, typer.Option("--bf16", help="Compute in bfloat16 where that is safe.")] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="Stay on the CPU though there is a GPU.")] = False,
) -> None:
    """Train the assistant that answers clicks; may be interrupted, or killed, and gone on with --resume at any time."""
    from training.assistant.command import recipe_with, train
    from training.commands.running import validation_cases
    from training.running.run import Machine
    from training.sources.mixture import Mixture

    if side and side % 32:
        raise typer.BadParameter(f"the side is {side}; give a multiple of 32")
    recipe = recipe_with(samples=samples, side=side, batch=batch, learning_rate=learning_rate)
    mixture = Mixture.parse(dataset)
    mixed, cases = mixture.open("train", seed), validation_cases(mixture, validation)
    typer.echo(
        f"{len(mixed)} photos to learn from, {len(cases)} to validate on; {recipe.samples} samples of {recipe.side} "
        f"pixels in {recipe.steps} steps"
    )
    machine = Machine(workers=workers, bfloat16=bfloat16, cpu=cpu)
    weights = train(mixed, cases, recipe, output, initial, seed, machine, resume)
    typer.echo(f"done; measure it with: python -m training clicks --assistant {weights.folder} --dataset DATASET")
