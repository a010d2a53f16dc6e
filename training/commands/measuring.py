"""How good models are: python -m training evaluate | compare | promote | rollback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from handseg.errors import SettingError
from handseg.outputs import check_writable, write_whole
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import check_threshold, choose
from training.commands.choosing import weights_called
from training.evaluation.cases import Cases, DatasetCases, FolderCases, Several
from training.evaluation.scores import Predictor
from training.skin_rule import SkinRule

DatasetOption = Annotated[
    str | None, typer.Option("--dataset", metavar="DATASET[@REV]", help="A folder, or USER/NAME on the Hub.")
]
SplitOption = Annotated[str, typer.Option("--split", help="train, validation or test.")]
ImagesOption = Annotated[Path | None, typer.Option("--images", help="Instead of a dataset: a folder of photos...")]
MasksOption = Annotated[
    Path | None, typer.Option("--masks", help="...and a folder of masks, <stem>.png; without it, no photo has a hand.")
]
WeightsArgument = Annotated[
    str, typer.Argument(metavar="WEIGHTS", help="An installed model's name, a folder, a run, or USER/NAME on the Hub.")
]


def evaluate(
    weights: Annotated[
        str, typer.Option(help="An installed model's name, a folder, a run, USER/NAME[@REV] on the Hub, or skin-rule.")
    ],
    dataset: DatasetOption = None,
    split: SplitOption = "test",
    images: ImagesOption = None,
    masks: MasksOption = None,
    threshold: Annotated[float | None, typer.Option(help="The model's own by default.")] = None,
    choose_threshold: Annotated[
        bool, typer.Option("--best-threshold", help="Also find the best threshold; only on validation photos.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a page with curves and the worst photos to this folder.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the numbers to this file.")
    ] = None,
) -> None:
    """Measure a model on photos with masks.

    Gives every ruler with its interval, by source and by the size of hands.
    """
    from training.evaluation.calibration import best_threshold
    from training.evaluation.cases import with_hands
    from training.evaluation.report import REPORT, Worst, measured, write_report
    from training.evaluation.scores import THRESHOLDS, Timed
    from training.evaluation.summary import summary

    if threshold is not None:
        check_threshold(threshold)
    _check_writable(json_file, report and report / REPORT)
    cases, predictor = _cases(dataset, split, images, masks), Timed(_predictor(weights))
    if choose_threshold and dataset and split == "test":
        raise SettingError("a threshold that is chosen on the test split proves nothing; give --split validation")
    if choose_threshold:
        with_hands(cases)
    worst = Worst()
    found = measured(predictor, cases, worst, threshold, THRESHOLDS if choose_threshold else ())
    told: dict[str, Any] = {"weights": weights, "photos_from": cases.name, **summary(found, found[0].threshold)}
    told["seconds_per_photo"] = round(predictor.seconds / len(found), 4)
    if choose_threshold:
        told["best_threshold"] = best_threshold([found])
    if report:
        write_report(report, f"{weights} on {cases.name}", told, found, worst)
    if json_file:
        write_whole(json_file, f"{json.dumps(told, indent=2)}\n".encode())
    typer.echo(json.dumps({name: value for name, value in told.items() if name != "slices"}, indent=2))


def clicks(
    assistant: Annotated[str, typer.Option(help="hand, grabcut, a SAM as HANDSEG_ASSISTANT takes it, or a folder.")],
    dataset: DatasetOption = None,
    split: SplitOption = "test",
    images: Annotated[
        list[Path] | None, typer.Option(help="Instead of a dataset: a folder of photos; may be repeated...")
    ] = None,
    masks: Annotated[
        list[Path] | None, typer.Option(help="...and for each of them a folder of masks, <stem>.png.")
    ] = None,
    from_model: Annotated[
        bool, typer.Option("--from-model", help="Begin with a model's mask instead of an empty one.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="The model whose mask to begin with; the app's by default.")] = None,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="How far noisy clicks go: 0 for none, 1 to the edge of an error.")
    ] = 0.5,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only this many photos, the first ones.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Do not compare with GrabCut.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the numbers to this file.")
    ] = None,
) -> None:
    """Count the clicks that an assistant needs.

    Its answers are applied as on the annotator's page.
    """
    from handseg.assistants import GRABCUT, open_assistant
    from handseg.segmenter import open_segmenter
    from training.clicks.command import First, as_table, measure

    _check_writable(json_file)
    settings = Settings.from_environment()
    opened = [open_assistant(assistant, settings)]
    if opened[0].name != GRABCUT and not alone:
        opened.append(open_assistant(GRABCUT, settings))
    cases = _photos_with_masks(dataset, split, images or [], masks or [])
    cases = First(cases, limit) if limit else cases
    segmenter = open_segmenter(settings, model) if from_model or model else None
    first = (lambda photo: segmenter.predict(photo).mask()) if segmenter else None
    found = [measure(each, cases, first, noise, lambda line: typer.echo(line, err=True)) for each in opened]
    typer.echo(as_table(found))
    if json_file:
        told = {"photos_from": cases.name, "start": segmenter.card.id if segmenter else "nothing", "noise": noise}
        others = {each.assistant: each.to_json() for each in found[1:]}
        write_whole(json_file, f"{json.dumps({**found[0].to_json(), **told, **others}, indent=2)}\n".encode())


def compare(
    first: WeightsArgument,
    others: Annotated[list[str], typer.Argument(metavar="WEIGHTS...", help="The weights to compare with the first.")],
    dataset: DatasetOption = None,
    split: SplitOption = "test",
    images: ImagesOption = None,
    masks: MasksOption = None,
) -> None:
    """Compare models with the first one on the same photos.

    Shows what each gains, with intervals.
    """
    from training.evaluation.comparison import gains
    from training.evaluation.scores import scores

    cases = _cases(dataset, split, images, masks)
    base = list(scores(_predictor(first), cases))
    for other in others:
        typer.echo(f"{other} against {first} on {len(cases)} photos of {cases.name}")
        for name, gain in gains(base, list(scores(_predictor(other), cases))).items():
            typer.echo(
                f"  {name:<26} {gain.first:.4f} -> {gain.second:.4f}   {gain.difference:+.4f}  "
                f"(95 %: {gain.low:+.4f} to {gain.high:+.4f})"
            )


def promote(
    candidate: Annotated[
        str, typer.Argument(metavar="RUN", help="A run, a weights folder, or USER/NAME[@REV] on the Hub.")
    ],
    dataset: Annotated[str, typer.Option(metavar="DATASET[@REV]", help="The dataset whose test split decides.")],
    name: Annotated[str | None, typer.Option(help="The model to replace; the app's by default.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")] = False,
    push: Annotated[
        str, typer.Option(metavar="USER/NAME", help="Then push it to the Hub; a new repository is private.")
    ] = "",
) -> None:
    """Replace the app's model, if another is proven better.

    It must be better on the test split, and nowhere worse. The exit code is 1 if it is not, and 3 if it was promoted
    but could not be pushed.
    """
    from handseg.records.opening import open_snapshot
    from training import promotion
    from training.pushing.command import open_repository, push_promoted

    settings = Settings.from_environment()
    place = open_repository(push, private=True) if push else None
    weights = weights_called(candidate, settings)
    cases = DatasetCases(open_snapshot(dataset), "test")
    tried = promotion.try_candidate(weights, cases, settings, name)
    typer.echo("\n".join(tried.judgement.reasons))
    if not tried.judgement.better:
        typer.echo("it is not promoted")
        raise typer.Exit(1)
    if not dry:
        promotion.promote(tried, settings)
        promoted = choose(settings, name)
        typer.echo(f"promoted: the app's {tried.name} is now {promoted.card.id}")
        if place and not push_promoted(promoted, place):
            raise typer.Exit(3)


def rollback(name: Annotated[str | None, typer.Option(help="The model's name; the app's by default.")] = None) -> None:
    """Bring back the weights that the last promotion replaced."""
    from training import promotion

    typer.echo(f"rolled back to {promotion.roll_back(Settings.from_environment(), name)}")


def _cases(dataset: str | None, split: str, images: Path | None, masks: Path | None) -> Cases:
    from handseg.records.opening import open_snapshot

    if (dataset is None) == (images is None):
        raise SettingError("say on what to measure: either --dataset, or --images with --masks")
    if masks is not None and images is None:
        raise SettingError("--masks belongs to --images; a dataset has masks of its own")
    return DatasetCases(open_snapshot(dataset), split) if dataset is not None else FolderCases(images, masks)


def _check_writable(*files: Path | None) -> None:
    """What is measured takes long, and would be for nothing."""
    for file in files:
        if file:
            check_writable(file)


def _photos_with_masks(dataset: str | None, split: str, images: list[Path], masks: list[Path]) -> Cases:
    if len(images) != len(masks):
        raise SettingError(
            f"there are {len(images)} --images and {len(masks)} --masks; clicks need a mask for each photo"
        )
    if dataset is not None or not images:
        return _cases(dataset, split, images[0] if images else None, None)
    return Several([FolderCases(photos, truth) for photos, truth in zip(images, masks, strict=True)])


def _predictor(weights: str) -> Predictor:
    settings = Settings.from_environment()
    if weights == SkinRule.name:
        return SkinRule()
    return segmenter_of(weights_called(weights, settings), settings)
