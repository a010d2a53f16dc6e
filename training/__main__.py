"""The maintainer's command line: python -m training import | preview | train | export | evaluate | ..."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.evaluate import Predictor

from handseg.errors import HandsegError
from handseg.outputs import write_whole

app = typer.Typer(
    name="training",
    help="Train, measure and package hand segmentation models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Photos = Annotated[Path, typer.Option(help="The licensed collection; its layout is told in training/sources.")]
Renders = Annotated[Path | None, typer.Option(help="A folder of rendered hands; see training/sources/renders.py.")]


@app.command()
def train(
    photos: Photos,
    model: Annotated[str, typer.Option(help="An architecture, as lraspp-mobilenetv3.")],
    output: Annotated[Path, typer.Option(help="Folder of the run.")],
    renders: Renders = None,
    images: Annotated[int, typer.Option(help="How many augmented samples to learn from.")] = 100_000,
    side: Annotated[int, typer.Option(help="Of a sample, in pixels.")] = 256,
    batch: Annotated[int, typer.Option(help="Samples per step.")] = 16,
    seed: Annotated[int, typer.Option(help="Of the weights and of the samples.")] = 0,
    bfloat16: Annotated[bool, typer.Option("--bfloat16", help="Compute in bfloat16 where that is safe.")] = False,
    workers: Annotated[int, typer.Option(help="Processes that make samples.")] = 1,
    threads: Annotated[int, typer.Option(help="CPU threads of the network; 0 for torch's own choice.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the run in OUTPUT stopped.")] = False,
) -> None:
    """Train an architecture from random weights; may be interrupted and resumed at any time."""
    import torch

    from training.samples import Material, facts
    from training.train import MATERIAL, Recipe, Run

    if threads:
        torch.set_num_threads(threads)
    run = Run(Recipe(model, images, side=side, batch=batch, seed=seed, bfloat16=bfloat16), output)
    if resume:
        run.resume()
    elif run.exists:
        raise typer.BadParameter(f"{output} holds a run; give --resume to go on with it, or another --output")
    material = Material.read(photos, renders)
    write_whole(output / MATERIAL, json.dumps(facts(material), indent=2).encode())
    with typer.progressbar(length=images, label=model, file=sys.stderr) as bar:
        bar.update(run.seen)
        run.advance(material, workers=workers, on_step=bar.update)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    output: Annotated[Path, typer.Argument(help="The weights folder to write; replaced if it exists.")],
    side: Annotated[int, typer.Option(help="The network sees about side x side pixels of a photo.")] = 320,
    name: Annotated[str | None, typer.Option(help="Of the model; else the folder's.")] = None,
    zoom: Annotated[bool, typer.Option(help="Whether to look closer at small hands.")] = True,
    program: Annotated[
        bool, typer.Option("--program", help="Also write model.pt2, for torch without handseg.")
    ] = False,
    int8: Annotated[
        Path | None, typer.Option(metavar="PHOTOS", help="Also try 8 bits, calibrated on the photos of this folder.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="What 8 bits are judged by: a folder with images/ and masks/.")
    ] = None,
) -> None:
    """Package a run's averaged weights with their card, as safetensors and ONNX."""
    from training.export import averaged_network, new_card
    from training.export import export as write
    from training.export.command import try_int8
    from training.train import MATERIAL

    if int8 and not validation:
        raise typer.BadParameter("8 bits are kept only if photos with masks say so; give --validation, too")
    network, about = averaged_network(run)
    material = json.loads((run / MATERIAL).read_text(encoding="utf-8"))
    weights = write(network, new_card(name or output.name, about, side, zoom=zoom, **material), output, program)
    if int8:
        typer.echo(try_int8(weights, int8, validation or []))


@app.command()
def evaluate(
    weights: Annotated[str, typer.Option(help="An installed model's name, a weights folder, or skin-rule.")],
    images: Annotated[Path, typer.Option(help="Folder of photos.")],
    masks: Annotated[Path | None, typer.Option(help="Folder of <stem>.png; without it, no photo has a hand.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Else the model's own.")] = None,
    report: Annotated[Path | None, typer.Option("--json", help="Write the scores there, too.")] = None,
) -> None:
    """Measure a model on photos with masks, or on photos without hands."""
    from training.evaluate import measure, pairs

    scores = measure(_segmenter(weights), pairs(images, masks), threshold)
    text = json.dumps(scores, indent=2)
    typer.echo(text)
    if report:
        write_whole(report, f"{text}\n".encode())


@app.command()
def calibrate(
    weights: Annotated[Path, typer.Argument(help="A weights folder; its card is rewritten.")],
    validation: Annotated[list[Path], typer.Option(help="A folder with images/ and masks/; may be given again.")],
    negatives: Annotated[list[Path] | None, typer.Option(help="A folder of photos without hands.")] = None,
    limitations: Annotated[str | None, typer.Option(help="What to say about them on the card.")] = None,
) -> None:
    """Choose the threshold on validation photos, and write it and the scores onto the card."""
    from handseg.weights import Weights
    from training.evaluate import best_threshold, collection, measure
    from training.export import rewrite_card
    from training.skin_rule import SkinRule

    hands = {folder.name: collection(folder) for folder in validation}
    empty = {folder.name: collection(folder) for folder in negatives or []}
    threshold = best_threshold(_segmenter(str(weights)), list(hands.values()))
    rewrite_card(Weights.open(weights), threshold=threshold)
    segmenter = _segmenter(str(weights))
    everything = [pair for chosen in hands.values() for pair in chosen]
    scores = {"validation": {**measure(segmenter, everything), "skin_rule": measure(SkinRule(), everything)["pooled"]}}
    scores |= {name: measure(segmenter, chosen) for name, chosen in {**hands, **empty}.items()}
    scores["command"] = shlex.join(["python", "-m", "training", "calibrate", "WEIGHTS", *_options(hands, empty)])
    rewrite_card(Weights.open(weights), scores=scores)
    if limitations:
        rewrite_card(Weights.open(weights), limitations=limitations)
    typer.echo(json.dumps(scores, indent=2))


@app.command()
def preview(
    output: Annotated[Path, typer.Option(help="The PNG to write.")],
    dataset: Annotated[list[str] | None, typer.Option(metavar="DATASET[@REV][=WEIGHT]", help="See `import`.")] = None,
    augmentation: Annotated[str, typer.Option(help="none, light, default, strong or seed.")] = "default",
    photos: Annotated[Path | None, typer.Option(help="Instead of --dataset: the licensed collection.")] = None,
    renders: Renders = None,
    count: Annotated[int, typer.Option(help="How many samples, ten in a row.")] = 100,
    side: Annotated[int, typer.Option(help="Of a sample, in pixels.")] = 256,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
) -> None:
    """Draw samples as the network sees them: the hand outlined green, what is ignored in violet.

    Of datasets, each row shows a photo as it is, and nine ways in which it is varied.
    """
    from training.augment import augmentation_called
    from training.augmented import AugmentedSamples
    from training.preview import before_after, sheet
    from training.samples import Material
    from training.sources.mixture import Mixture

    if photos:
        write_whole(output, sheet(Material.read(photos, renders), count, seed, side))
        return
    samples = AugmentedSamples(
        Mixture.parse(dataset or []).open("train", seed), side, count, seed, augmentation_called(augmentation)
    )
    write_whole(output, before_after(samples, max(1, count // 10), seed))


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help="egohands, eyth, hof, gtea, folder, coco, licensed, renders, dataset.")],
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
) -> None:
    """Add a collection of photos and masks to a dataset; what is there already is kept.

    May be interrupted and started again at any time.
    """
    from training.importing_command import run
    from training.sources.protocol import Wishes

    categories = tuple(category) if category else Wishes.categories
    run(source, path, output, Wishes(licence, name, policy, ignore_arms, categories, tuple(split or ())))


@app.command()
def synthesize(
    output: Annotated[Path, typer.Option(help="Folder of the dataset; what is there already is kept.")],
    count: Annotated[int, typer.Option(help="How many pictures there shall be.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same pictures.")] = 0,
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


def _segmenter(weights: str) -> Predictor:
    from handseg.engines import start_engine
    from handseg.segmenter import Segmenter
    from handseg.settings import Settings
    from handseg.weights import Weights, choose
    from training.skin_rule import SkinRule

    if weights == SkinRule.name:
        return SkinRule()
    settings = Settings.from_environment()
    chosen = Weights.open(Path(weights)) if Path(weights).is_dir() else choose(settings, weights)
    return Segmenter(chosen.card, start_engine(chosen, settings.device, settings.threads))


def _options(hands: dict, empty: dict) -> list[str]:
    """The command's options without this machine's paths."""
    given = [("--validation", name) for name in hands] + [("--negatives", name) for name in empty]
    return [word for pair in given for word in pair]


def main() -> None:
    """Run a command; errors that are meant for people come without a traceback."""
    try:
        app(prog_name="python -m training")
    except (HandsegError, ValueError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(os.EX_DATAERR)


if __name__ == "__main__":
    main()
