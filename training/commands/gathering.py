"""What is learned from: python -m training import | preview | synthesize."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from handseg.outputs import check_writable, write_whole


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="egohands, eyth, hof, gtea, gcompris, scikit_image, folder, coco, licensed, renders, dataset."
        ),
    ],
    path: Annotated[str, typer.Argument(help="The folder of the collection; training/sources describes its layout.")],
    output: Annotated[
        str,
        typer.Option(
            metavar="DATASET",
            help="A folder, or USER/NAME on the Hugging Face Hub; a new folder inside another is ./a/b.",
        ),
    ],
    licence: Annotated[
        str, typer.Option(help="SPDX identifier, such as CC-BY-4.0, instead of what the source says.")
    ] = "",
    name: Annotated[str, typer.Option(help="What rows call the source; its own name by default.")] = "",
    policy: Annotated[str, typer.Option(help="What the masks of a folder call a hand: wrist, forearm or skin.")] = "",
    ignore_arms: Annotated[
        bool, typer.Option("--ignore-arms", help="Accept masks of hand and arm, and learn nothing from their pixels.")
    ] = False,
    category: Annotated[
        list[str] | None, typer.Option(help="The category of a COCO file that means a hand; may be repeated.")
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="Take only this split of a dataset: train, validation or test; may be repeated."),
    ] = None,
    behind: Annotated[
        str,
        typer.Option(
            metavar="DATASET", help="A dataset whose photos without hands come behind renders without surroundings."
        ),
    ] = "",
) -> None:
    """Add a collection of photos and masks to a dataset.

    What is there already is kept. You can interrupt this and run it again.
    """
    from training.importing_command import run
    from training.sources.protocol import Wishes

    categories = tuple(category) if category else Wishes.categories
    run(source, path, output, Wishes(licence, name, policy, ignore_arms, categories, tuple(split or ()), behind))


def preview(
    output: Annotated[Path, typer.Option(help="The PNG to write.")],
    dataset: Annotated[
        list[str], typer.Option(metavar="DATASET[@REV][=WEIGHT]", help="The dataset to draw from; may be repeated.")
    ],
    augmentation: Annotated[
        str, typer.Option(help="How photos are varied: none, light, default, strong or seed.")
    ] = "default",
    count: Annotated[int, typer.Option(help="How many samples to draw, ten in a row.")] = 100,
    side: Annotated[int, typer.Option(min=32, help="The side of a sample, in pixels.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the samples.")] = 0,
) -> None:
    """Draw photos as they are, and nine times varied.

    The hand is outlined, and what is ignored is violet.
    """
    from training.augment import augmentation_called
    from training.augmented import AugmentedSamples
    from training.preview import before_after
    from training.sources.mixture import Mixture

    check_writable(output)
    samples = AugmentedSamples(
        Mixture.parse(dataset).open("train", seed), side, count, seed, augmentation_called(augmentation)
    )
    write_whole(output, before_after(samples, max(1, count // 10), seed))


def synthesize(
    output: Annotated[Path, typer.Option(help="The folder to render into; what is there already is kept.")],
    count: Annotated[int, typer.Option(help="How many pictures to make in all.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pictures.")] = 0,
    size: Annotated[int, typer.Option(help="The side of a picture, in pixels.")] = 320,
    workers: Annotated[int, typer.Option(help="How many processes, of one thread each.")] = 1,
    samples: Annotated[int, typer.Option(help="How many paths of light to trace through each pixel.")] = 16,
    assets: Annotated[
        Path | None, typer.Option(help="Where the baked body model is kept; in HANDSEG_HOME by default.")
    ] = None,
    furniture: Annotated[
        Path | None, typer.Option(help="The folder of the *.sh3f files; where Debian puts it by default.")
    ] = None,
    photos: Annotated[Path | None, typer.Option(help="The licensed collection, for backgrounds.")] = None,
    desktops: Annotated[Path | None, typer.Option(help="Where Debian's background packages are unpacked.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Also write a page of 48 samples there, as a JPEG.")] = None,
) -> None:
    """Render photos of hands with exact masks.

    You can interrupt this and run it again.
    """
    from training.synthetic.command import assets_folder, run
    from training.synthetic.studio import Setup

    run(Setup(assets_folder(assets), size, samples, furniture, photos, desktops), output, count, seed, workers, sheet)
