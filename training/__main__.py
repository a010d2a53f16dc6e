"""The maintainer's command line: python -m training train | export | evaluate | calibrate | preview."""

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
) -> None:
    """Package a run's averaged weights with their card, as safetensors and ONNX."""
    from training.export import averaged_network, new_card
    from training.export import export as write
    from training.train import MATERIAL

    network, about = averaged_network(run)
    material = json.loads((run / MATERIAL).read_text(encoding="utf-8"))
    write(network, new_card(name or output.name, about, side, zoom=zoom, **material), output)


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
    photos: Photos,
    output: Annotated[Path, typer.Option(help="The PNG to write.")],
    renders: Renders = None,
    count: Annotated[int, typer.Option(help="How many samples.")] = 40,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
) -> None:
    """Draw samples as the network sees them: the hand outlined green, what is ignored in violet."""
    from training.preview import sheet
    from training.samples import Material

    write_whole(output, sheet(Material.read(photos, renders), count, seed))


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
