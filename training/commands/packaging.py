"""From a run to weights that the app can serve: python -m training export | calibrate | push."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from handseg.outputs import check_writable
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import CARD, LEAST_SIDE, MOST_SIDES, Weights
from training.running.folder import WEIGHTS

Int8Option = Annotated[
    Path | None, typer.Option(metavar="PHOTOS", help="Also try 8 bits, calibrated on the photos in this folder.")
]
JudgeOption = Annotated[
    list[Path] | None, typer.Option(help="A folder with images/ and masks/ to judge the 8 bits by; may be repeated.")
]

ALL = "validation"
"""What a card calls the scores on all validation photos together."""


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    output: Annotated[Path, typer.Argument(help="The weights folder to write; replaced if it exists.")],
    side: Annotated[
        int | None,
        typer.Option(
            min=LEAST_SIDE, help="The network sees about side x side pixels of a photo; as trained by default."
        ),
    ] = None,
    also: Annotated[
        list[int] | None,
        typer.Option(min=LEAST_SIDE, help="Another side, at which it also sees the mirror image; may be repeated."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="The model's name; that of the folder by default, or of the run if the folder is called weights."
        ),
    ] = None,
    zoom: Annotated[bool, typer.Option(help="Whether the model looks closer at small hands.")] = False,
    program: Annotated[
        bool, typer.Option("--program", help="Also write model.pt2, for torch without handseg.")
    ] = False,
    int8: Int8Option = None,
    validation: JudgeOption = None,
) -> None:
    """Package a run's averaged weights with their card.

    A model is written as safetensors and ONNX, an assistant as ONNX alone.
    """
    from training.assistant import ARCHITECTURE
    from training.assistant.export import export as write_assistant
    from training.export import averaged_network, card_of_run
    from training.export import export as write
    from training.running.folder import read

    called = name or _name_of(run, output)
    _refuse_what_cannot_be(also, int8, validation)
    if read(run)["model"] == ARCHITECTURE:
        if also or zoom or program or int8:
            raise typer.BadParameter(f"{run} trained an assistant; it is packaged with --name and --side alone")
        write_assistant(run, output, called, side)
        return
    network, about = averaged_network(run)
    card = card_of_run(called, about, zoom)
    card = replace(card, side=side or card.side, also=tuple(also or ()))
    weights = write(network, card, output, program)
    if int8:
        _try_int8(weights, int8, validation)


def blend(
    first: Annotated[str, typer.Argument(metavar="BEFORE", help="The weights that a training began with.")],
    second: Annotated[str, typer.Argument(metavar="AFTER", help="The weights that came of it.")],
    output: Annotated[Path, typer.Argument(help="The weights folder to write; replaced if it exists.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="The share of AFTER in the result.")] = 0.5,
    int8: Int8Option = None,
    validation: JudgeOption = None,
) -> None:
    """Write weights between those before and after a training.

    They can keep what was learned, and win back what was forgotten.
    """
    from training.commands.choosing import weights_called
    from training.export.blend import blend as write

    _refuse_what_cannot_be(None, int8, validation)
    settings = Settings.from_environment()
    weights = write(weights_called(first, settings), weights_called(second, settings), share, output)
    if int8:
        _try_int8(weights, int8, validation)


def calibrate(
    weights: Annotated[Path, typer.Argument(help="A weights folder; its card is rewritten.")],
    validation: Annotated[list[Path], typer.Option(help="A folder with images/ and masks/; may be repeated.")],
    negatives: Annotated[
        list[Path] | None, typer.Option(help="A folder of photos without hands; may be repeated.")
    ] = None,
    limitations: Annotated[str | None, typer.Option(help="What the card says about the model's limitations.")] = None,
) -> None:
    """Choose the threshold on validation photos.

    It is written onto the card, together with the scores.
    """
    from training.evaluation.calibration import best_threshold
    from training.evaluation.cases import FolderCases, with_hands
    from training.evaluation.scores import THRESHOLDS, scores
    from training.evaluation.summary import summary
    from training.export import rewrite_card
    from training.skin_rule import SkinRule

    names = [each.resolve().name for each in [*validation, *(negatives or [])]]
    if len({ALL, *names}) <= len(names):
        raise typer.BadParameter(
            f"the card tells scores by the folders' names, and these are {', '.join(names)}; give folders with "
            f"different names, none of them {ALL}"
        )
    segmenter = segmenter_of(Weights.open(weights), Settings.from_environment())
    check_writable(weights / CARD)
    cases = {each.resolve().name: with_hands(FolderCases(each / "images", each / "masks")) for each in validation}
    empty = {each.resolve().name: FolderCases(each) for each in negatives or []}
    threshold = best_threshold([list(scores(segmenter, part, others=THRESHOLDS)) for part in cases.values()])
    found = {name: list(scores(segmenter, part, threshold)) for name, part in {**cases, **empty}.items()}
    # Photos of two folders may have one name, as 0001.
    everything = [replace(score, group=f"{name}/{score.group}") for name in cases for score in found[name]]
    told: dict[str, Any] = {name: summary(part, threshold) for name, part in {ALL: everything, **found}.items()}
    rule = [each for part in cases.values() for each in scores(SkinRule(), part)]
    base = summary(rule, SkinRule.threshold)
    told[ALL]["skin_rule"] = {**base["pooled"], "mean_iou": base["mean_iou"]}
    told["command"] = shlex.join(["python", "-m", "training", "calibrate", "WEIGHTS", *_options(cases, empty)])
    changes = {"limitations": limitations} if limitations else {}
    rewrite_card(Weights.open(weights), threshold=threshold, scores=told, **changes)
    typer.echo(json.dumps(told, indent=2))


def push(
    weights: Annotated[
        str, typer.Argument(metavar="WEIGHTS", help="A run, a weights folder, or an installed model's name.")
    ],
    repo: Annotated[str, typer.Argument(metavar="USER/NAME", help="The model repository; made if it is not there.")],
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository private; refused if it is public already.")
    ] = False,
    tag: Annotated[str, typer.Option(help="A permanent name for this state, such as v1.2.0.")] = "",
    message: Annotated[str, typer.Option(help="The message of the commit.")] = "",
) -> None:
    """Put weights into a model repository on the Hub.

    They get a README. Needs a token that may write. You can interrupt this and run it again; what is there already is
    not sent twice.
    """
    from training.commands.choosing import weights_called
    from training.pushing.command import open_repository, run

    place, settings = open_repository(repo, private), Settings.from_environment()
    found = weights_called(weights, settings)
    # What answers no photo, as an assistant, is no use to those who fetch it.
    segmenter_of(found, settings)
    run(found, place, message, tag, secret=private)


def _name_of(run: Path, output: Path) -> str:
    """The folder's name, which names a model, unless it is what the folder is called in every run."""
    return (run if output.name == WEIGHTS else output).absolute().name


def _refuse_what_cannot_be(also: list[int] | None, int8: Path | None, validation: list[Path] | None) -> None:
    """Before anything is written."""
    if also and len(also) >= MOST_SIDES:
        raise typer.BadParameter(f"--also is given {len(also)} times; with --side, {MOST_SIDES} sides are the most")
    if int8 and not validation:
        raise typer.BadParameter("8 bits are kept only if photos with masks say so; give --validation, too")
    if validation and not int8:
        raise typer.BadParameter("--validation decides whether 8 bits are kept; give --int8, too, or neither")


def _try_int8(weights: Weights, calibration: Path, validation: list[Path]) -> None:
    from training.export.command import try_int8

    typer.echo(try_int8(weights, calibration, validation))


def _options(hands: dict[str, Any], empty: dict[str, Any]) -> list[str]:
    named = [("--validation", name) for name in hands] + [("--negatives", name) for name in empty]
    return [part for option in named for part in option]
