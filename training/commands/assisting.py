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
    augmentation: Annotated[
        str | None, typer.Option(help="How photos are varied, none, light, default, strong or seed; else default.")
    ] = None,
    parts: Annotated[int, typer.Option(min=1, help="Cut each step into so many parts, to save memory.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make samples.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the weights, the samples and the clicks.")] = 0,
    bfloat16: Annotated[bool, typer.Option("--bf16", help="Compute in bfloat16 where that is safe.")] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="Stay on the CPU though there is a GPU.")] = False,
) -> None:
    """Train the assistant that answers clicks; may be interrupted, or killed, and gone on with --resume at any time.

    On several GPUs or machines: torchrun --nproc_per_node N -m training assistant ...
    """
    from training.assistant.command import RECIPE, train
    from training.commands.running import tell, validation_cases
    from training.running.run import Machine
    from training.sources.mixture import Mixture

    wishes = {"samples": samples, "side": side, "batch": batch, "learning_rate": learning_rate}
    recipe = RECIPE.but(**wishes, augmentation=augmentation)
    mixture = Mixture.parse(dataset)
    mixed, cases = mixture.open("train", seed, validation or []), validation_cases(mixture, validation)
    machine = Machine(workers=workers, parts=parts, bfloat16=bfloat16, cpu=cpu)
    tell(mixed, cases, recipe, machine)
    if weights := train(mixed, cases, recipe, output, initial, seed, machine, resume):
        typer.echo(f"done; measure it with: python -m training clicks --assistant {weights.folder} --dataset DATASET")
