"""How good models are: python -m training evaluate | compare | promote | rollback."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from handseg.errors import SettingError
from handseg.outputs import write_whole
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import Weights, choose
from training.evaluation.cases import Cases, DatasetCases, FolderCases
from training.evaluation.scores import Predictor
from training.running.folder import RUN
from training.skin_rule import SkinRule

DatasetOption = Annotated[
    str | None, typer.Option("--dataset", metavar="DATASET[@REV]", help="A folder, or USER/NAME on the Hub.")
]
SplitOption = Annotated[str, typer.Option("--split", help="train, validation or test.")]
ImagesOption = Annotated[Path | None, typer.Option("--images", help="Instead of a dataset: a folder of photos...")]
MasksOption = Annotated[
    Path | None, typer.Option("--masks", help="...and one of <stem>.png; without it, no photo has a hand.")
]
WeightsArgument = Annotated[str, typer.Argument(metavar="WEIGHTS", help="An installed model's name, or a folder.")]


def evaluate(
    weights: Annotated[str, typer.Option(help="An installed model's name, a weights folder, or skin-rule.")],
    dataset: DatasetOption = None,
    split: SplitOption = "test",
    images: ImagesOption = None,
    masks: MasksOption = None,
    threshold: Annotated[float | None, typer.Option(help="Else the model's own.")] = None,
    choose_threshold: Annotated[
        bool, typer.Option("--best-threshold", help="Also tell the best threshold; only on validation photos.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a page with curves and worst photos.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the numbers there.")] = None,
) -> None:
    """Measure a model by every ruler, with intervals, by source and by the size of hands."""
    from training.evaluation.calibration import best_threshold
    from training.evaluation.report import Worst, measured, write_report
    from training.evaluation.summary import summary

    cases, predictor = _cases(dataset, split, images, masks), _predictor(weights)
    if choose_threshold and dataset and split == "test":
        raise SettingError("a threshold that is chosen on the test split proves nothing; give --split validation")
    worst, begin = Worst(), time.perf_counter()
    found = measured(predictor, cases, worst, threshold)
    seconds = time.perf_counter() - begin
    used = predictor.predict(next(iter(cases)).photo).threshold if threshold is None else threshold
    told: dict[str, Any] = {"weights": weights, "photos_from": cases.name, **summary(found, used)}
    told["seconds_per_photo"] = round(seconds / len(found), 4)
    if choose_threshold:
        told["best_threshold"] = best_threshold([found])
    if report:
        write_report(report, f"{weights} on {cases.name}", told, found, worst)
    if json_file:
        write_whole(json_file, f"{json.dumps(told, indent=2)}\n".encode())
    typer.echo(json.dumps({name: value for name, value in told.items() if name != "slices"}, indent=2))


def compare(
    first: WeightsArgument,
    others: Annotated[list[str], typer.Argument(metavar="WEIGHTS...", help="Those that are compared with it.")],
    dataset: DatasetOption = None,
    split: SplitOption = "test",
    images: ImagesOption = None,
    masks: MasksOption = None,
) -> None:
    """Tell what each model gains over the first one on the same photos, with intervals."""
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
    candidate: Annotated[Path, typer.Argument(metavar="RUN", help="A run, or a weights folder.")],
    dataset: Annotated[str, typer.Option(metavar="DATASET[@REV]", help="Whose test split decides.")],
    name: Annotated[str | None, typer.Option(help="Whose place it shall take; else the app's model.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it.")] = False,
) -> None:
    """Let a model take the place of the app's, if it is proven better on the test split and nowhere worse."""
    from training import promotion

    settings = Settings.from_environment()
    weights = _packaged(candidate)
    cases = _cases(dataset, "test", None, None)
    judgement = promotion.try_candidate(weights, cases, settings, name)
    typer.echo("\n".join(judgement.reasons))
    if not judgement.better:
        typer.echo("it is not promoted")
        raise typer.Exit(1)
    if not dry:
        promotion.promote(weights, judgement, cases, settings, name)
        typer.echo(f"promoted: the app's {name or settings.model} is now {choose(settings, name).card.id}")


def rollback(name: Annotated[str | None, typer.Option(help="Of the model; else the app's.")] = None) -> None:
    """Bring back the weights that the last promotion replaced."""
    from training import promotion

    typer.echo(f"rolled back to {promotion.roll_back(Settings.from_environment(), name)}")


def _packaged(candidate: Path) -> Weights:
    """The weights of a run, which `export` puts into its folder weights, or those in a folder of their own."""
    if not (candidate / RUN).is_file():
        return Weights.open(candidate)
    if not (candidate / "weights").is_dir():
        raise SettingError(
            f"the run is not packaged yet; call: python -m training export {candidate} {candidate}/weights"
        )
    return Weights.open(candidate / "weights")


def _cases(dataset: str | None, split: str, images: Path | None, masks: Path | None) -> Cases:
    from handseg.records.opening import open_snapshot

    if (dataset is None) == (images is None):
        raise SettingError("say on what to measure: either --dataset, or --images with --masks")
    return DatasetCases(open_snapshot(dataset), split) if dataset is not None else FolderCases(images, masks)


def _predictor(weights: str) -> Predictor:
    settings = Settings.from_environment()
    if weights == SkinRule.name:
        return SkinRule()
    found = Weights.open(Path(weights)) if Path(weights).is_dir() else choose(settings, weights)
    return segmenter_of(found, settings)
