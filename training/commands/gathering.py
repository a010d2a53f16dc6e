"""What is learned from: python -m training import | preview | synthesize."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from handseg.outputs import write_whole


def import_(
    source: Annotated[
        str,
        typer.Argument(
            help="egohands, eyth, hof, gtea, gcompris, scikit_image, folder, coco, licensed, renders, dataset."
        ),
    ],
    path: Annotated[str, typer.Argument(help="The folder of the collection; its layout is told in training/sources.")],
    output: Annotated[str, typer.Option(metavar="DATASET", help="A folder, or USER/NAME on the Hugging Face Hub.")],
    licence: Annotated[str, typer.Option(help="SPDX identifier, as CC-BY-4.0, in place of what the source says.")] = "",
    name: Annotated[str, typer.Option(help="What rows call the source; else it is called by itself.")] = "",
    policy: Annotated[str, typer.Option(help="What masks of a folder call a hand: wrist, forearm or skin.")] = "",
    ignore_arms: Annotated[
        bool, typer.Option("--ignore-arms", help="Take masks of hand and arm, and learn nothing from these pixels.")
    ] = False,
    category: Annotated[list[str] | None, typer.Option(help="Of a COCO file, which means a hand.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="Of a dataset: train, validation or test.")] = None,
    behind: Annotated[
        str, typer.Option(metavar="DATASET", help="Its photos without hands come behind renders without surroundings.")
    ] = "",
) -> None:
    """Add a collection of photos and masks to a dataset; what is there already is kept.

    May be interrupted and started again at any time.
    """
    from training.importing_command import run
    from training.sources.protocol import Wishes

    categories = tuple(category) if category else Wishes.categories
    run(source, path, output, Wishes(licence, name, policy, ignore_arms, categories, tuple(split or ()), behind))


def preview(
    output: Annotated[Path, typer.Option(help="The PNG to write.")],
    dataset: Annotated[list[str], typer.Option(metavar="DATASET[@REV][=WEIGHT]", help="May be given again.")],
    augmentation: Annotated[str, typer.Option(help="none, light, default, strong or seed.")] = "default",
    count: Annotated[int, typer.Option(help="How many samples, ten in a row.")] = 100,
    side: Annotated[int, typer.Option(min=32, help="Of a sample, in pixels.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Of the samples.")] = 0,
) -> None:
    """Draw photos as they are, and nine times varied: the hand outlined, what is ignored in violet."""
    from training.augment import augmentation_called
    from training.augmented import AugmentedSamples
    from training.preview import before_after
    from training.sources.mixture import Mixture

    samples = AugmentedSamples(
        Mixture.parse(dataset).open("train", seed), side, count, seed, augmentation_called(augmentation)
    )
    write_whole(output, before_after(samples, max(1, count // 10), seed))


def synthesize(
    output: Annotated[Path, typer.Option(help="Folder of the dataset; what is there already is kept.")],
    count: Annotated[int, typer.Option(help="How many pictures there shall be.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same pictures.")] = 0,
    size: Annotated[int, typer.Option(help="Of a picture's sides, in pixels.")] = 320,
    workers: Annotated[int, typer.Option(help="Processes, of one thread each.")] = 1,
    samples: Annotated[int, typer.Option(help="Paths of light through each pixel.")] = 16,
    assets: Annotated[
        Path | None, typer.Option(help="Where the baked body model is kept; else in HANDSEG_HOME.")
    ] = None,
    furniture: Annotated[Path | None, typer.Option(help="Of *.sh3f; else where Debian puts it.")] = None,
    photos: Annotated[Path | None, typer.Option(help="The licensed collection, for backgrounds.")] = None,
    desktops: Annotated[Path | None, typer.Option(help="Where Debian's background packages are unpacked.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Also write a page of 48 samples there, as a JPEG.")] = None,
) -> None:
    """Render photos of hands with exact masks; may be interrupted and started again at any time."""
    from training.synthetic.command import assets_folder, run
    from training.synthetic.studio import Setup

    run(Setup(assets_folder(assets), size, samples, furniture, photos, desktops), output, count, seed, workers, sheet)
