"""The parts of the maintainers' page, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from handseg.errors import sentence
from handseg.promoted import Change
from handseg.records.growth import Point
from handseg.records.splits import SPLITS
from handseg.settings import SHIPPED
from handseg.weights import SHORT, Weights, short_revisions
from training.evaluation.gate import RULER
from training.pages.html import element, items, joined, moment, picture, table
from training.pages.maintenance import trained_an_assistant
from training.pages.plot import growth_plot
from training.pages.sayings import learned
from training.running.folder import FINISHED
from training.running.standing import PACKAGED, Standing, recipe_in_words
from training.trials.folder import JUDGED, RUNNING, VIEWS, Trial

RULER_NAMES = {
    RULER: "IoU of all pixels, which decides",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "mean_iou": "mean IoU over photos",
    "mean_iou_with_background": "mean IoU, background too",
    "pixel_accuracy": "right pixels",
    "boundary_iou": "IoU along edges",
    "false_area_without_hands": "false area without hands",
}
"""What rulers are called, in this order."""
NOTHING = "-"
COLUMNS = ("in use", "candidate", "gain", "95 % interval")


def in_use(weights: Weights, since: Change | None) -> Markup:
    """What answers now, and since when, or why."""
    card = weights.card
    unchanged = ", as it ships" if weights.folder.is_relative_to(SHIPPED) else ", as the settings name it"
    came = joined([", since ", moment(since.at)]) if since else unchanged
    facts = f"{card.architecture}, {learned(card)}"
    return element("div", element("p", card.id, kind="id"), element("p", facts, came, ".", kind="means"), kind="now")


def growth(points: Sequence[Point], dataset: str) -> Markup:
    """How the dataset has grown, in a picture and in numbers."""
    if not points:
        return element("p", f"{dataset}: nothing was published yet.", kind="means")
    rows = [
        (moment(each.at), each.revision[:SHORT], *(f"{each.rows[split]:,}" for split in SPLITS), each.message)
        for each in reversed(points)
    ]
    newest = points[-1]
    sums = [element("div", element("dt", split), element("dd", f"{newest.rows[split]:,}")) for split in SPLITS]
    says = f"{newest.total:,} photos in {dataset}, revision {newest.revision[:SHORT]}."
    all_rows = table(("when (UTC)", "revision", *SPLITS, "message"), rows, "numbers")
    listed = element("details", element("summary", f"Revisions ({len(points)})"), all_rows)
    return joined(
        [
            element("p", says, kind="means"),
            element("dl", *sums, kind="sums"),
            growth_plot(points, datetime.now(UTC)),
            listed,
        ]
    )


def runs(found: Sequence[Standing], troubles: Sequence[str], chosen: str, folder: str) -> Markup:
    """The runs, each a button."""
    if not found and not troubles:
        said = f"There are none in {folder} yet: train one there, or set HANDSEG_RUNS to the folder of your runs."
        return element("p", said, kind="means")
    buttons = [_run_button(each, each.name == chosen) for each in found]
    return joined([element("div", *buttons, kind="runs"), *(element("p", each, kind="trouble") for each in troubles)])


def run(standing: Standing) -> Markup:
    """All that is known of a run, with its pictures."""
    about, recipe = standing.about, standing.recipe
    facts = {
        "Model": about["model"],
        "Recipe": recipe_in_words(recipe),
        "Learns from": _datasets(about["data"]),
        "Begun": moment(about["begun_at"]) if about.get("begun_at") else "",
        "Code": str(about.get("code", ""))[:SHORT],
        "Best": _best(standing),
    }
    told = [element("div", element("dt", name), element("dd", value)) for name, value in facts.items() if value]
    pictures = []
    if standing.curves:
        pictures.append(picture(standing.curves, f"The loss and the scores of {standing.name} by step", "Curves"))
    if standing.examples:
        says = "Validation photos with the true hand outlined green and what is seen red"
        pictures.append(picture(standing.examples, says, f"{says}, at step {int(standing.examples.stem):,}"))
    return joined(
        [
            element("h3", standing.name),
            element("dl", *told, kind="facts"),
            element("div", *pictures, kind="pictures") if pictures else "",
        ]
    )


def not_comparable(reason: str) -> Markup:
    """Why a run cannot be compared, and what to do instead."""
    return element("p", f"It cannot be compared: {reason}.", kind="means")


def progress(trial: Trial) -> Markup:
    """How far a trial is that is under way."""
    now = trial.progress
    begun = datetime.fromisoformat(trial.asked.begun_at)
    seconds = (datetime.now(UTC) - begun).total_seconds()
    if trial.cancelled:
        said = "It stops after this photo…"
    elif not now.of:
        said = "The models are loaded, and the dataset is opened…"
    else:
        left = seconds / max(now.done, 1) * (now.of - now.done)
        said = f"{now.done:,} of {now.of:,} photos, about {_duration(left)} left. You may leave this page meanwhile."
    bar = Markup('<progress max="{}" value="{}" aria-label="Photos looked at"></progress>').format(
        now.of or 1, now.done
    )
    return element("div", bar, element("p", said, kind="means"), kind="progress")


def verdict(trial: Trial, objections: Sequence[str], in_use: bool) -> Markup:
    """What came of a trial in a sentence, with the reasons."""
    if trial.standing == RUNNING:
        return Markup()
    if trial.standing != JUDGED:
        return _verdict("No result", objections, "unknown")
    reasons = trial.outcome["told"]["reasons"]
    if not trial.outcome["better"]:
        return _verdict("Refused: it is not proven better", reasons, "worse")
    if in_use:
        return _verdict("It is in use", reasons, "better")
    title = "It was better, but may not be promoted now" if objections else "Better: it may be promoted"
    return _verdict(title, [*objections, *reasons], "unknown" if objections else "better")


def numbers(trial: Trial) -> Markup:
    """What a judged trial has measured, and the photos that are seen differently."""
    if trial.standing != JUDGED:
        return Markup()
    found, told = trial.outcome, trial.outcome["told"]
    basis = (
        f"{told['candidate']} against {told['incumbent']}, on {found['photos']:,} photos in {found['groups']:,} groups "
        f"of the test split of {short_revisions(trial.asked.dataset)}. Asked by {trial.asked.by}, "
    )
    return joined(
        [
            element("p", basis, moment(trial.asked.begun_at), ".", kind="means"),
            table(
                ("measure", *COLUMNS),
                [_gain(RULER_NAMES[name], told["gains"][name]) for name in RULER_NAMES if name in told["gains"]],
            ),
            _slices(told["slices"]),
            _differing(trial, found["differing"]),
        ]
    )


def history(changes: Sequence[Change]) -> Markup:
    """Who promoted and rolled back what, when and why."""
    if not changes:
        return element("p", "Nothing was promoted yet.", kind="means")
    rows = [
        (moment(each.at), each.name, "promoted" if each.folder else "rolled back", each.why.get("by", ""), _why(each))
        for each in changes
    ]
    return table(("when (UTC)", "model", "what", "by", "why"), rows, "told")


def _run_button(standing: Standing, chosen: bool) -> Markup:
    ended = standing.state in (PACKAGED, FINISHED)
    steps = "" if ended else f", step {standing.step:,} of {standing.recipe.steps:,}"
    first = element("b", standing.name), element("span", standing.state, kind=f"state {standing.state}")
    parts = [standing.about["model"], recipe_in_words(standing.recipe), _datasets(standing.about["data"])]
    second = element("span", f"{', '.join(parts)}{steps}", kind="means"), element("span", _best(standing), kind="best")
    pressed = "true" if chosen else "false"
    return Markup('<button type="button" data-run="{}" aria-pressed="{}">{}{}</button>').format(
        standing.name, pressed, element("span", *first, kind="first"), joined(second)
    )


def _best(standing: Standing) -> str:
    if "eval_iou" not in standing.best:
        return "not measured yet"
    when = "after clicks, on validation" if trained_an_assistant(standing) else "on validation"
    best = f"IoU {standing.best['eval_iou']:.3f} {when}, at step {standing.best['step']:,}"
    if standing.state == PACKAGED or standing.packaged_at is None:
        return best
    return f"{best}; packaged at step {standing.packaged_at:,}; package it anew"


def _datasets(data: Sequence[dict[str, Any]]) -> str:
    revisions = [short_revisions(part.get("dataset_revision", "")) for part in data]
    return " + ".join(each for each in revisions if each)


def _verdict(title: str, reasons: Sequence[str], kind: str) -> Markup:
    return element("div", element("h3", title), items(sentence(each) for each in reasons), kind=f"verdict {kind}")


def _gain(name: str, gain: dict[str, Any]) -> tuple[str, ...]:
    first, second, low, high = (gain[key] for key in ("first", "second", "low", "high"))
    if first is None or second is None:
        return name, NOTHING, NOTHING, NOTHING, NOTHING
    between = f"{low:+.4f} to {high:+.4f}" if low is not None and high is not None else NOTHING
    return name, f"{first:.4f}", f"{second:.4f}", f"{second - first:+.4f}", between


def _slices(slices: dict[str, dict[str, Any]]) -> Markup:
    if not slices:
        return Markup()
    rows = table(("kind", *COLUMNS), [_gain(name, gain) for name, gain in slices.items()])
    note = "By IoU of all pixels; of photos without hands, the share that is not taken for one. More is better."
    return element(
        "details", element("summary", f"Kinds of photos ({len(slices)})"), element("p", note, kind="means"), rows
    )


def _differing(trial: Trial, differing: Sequence[dict[str, Any]]) -> Markup:
    if not differing:
        return element("p", "They see the same hands in every photo.", kind="means")
    marks = {"found": "hand found", "false": "taken for hand", "missed": "hand missed"}
    legend = [element("span", text, kind=kind) for kind, text in marks.items()]
    shown = [_strip(trial, number, each) for number, each in enumerate(differing)]
    head = element("h4", "Where the two differ most")
    return element("div", head, element("div", *legend, kind="legend"), *shown, kind="differing")


def _strip(trial: Trial, number: int, difference: dict[str, Any]) -> Markup:
    one, other = difference["ious"]
    captions = ("photo", "truth", f"in use, IoU {one:.2f}", f"candidate, IoU {other:.2f}")
    shown = [
        picture(trial.picture(number, view), f"Photo {number + 1}: {caption}", caption)
        for view, caption in zip(VIEWS, captions, strict=True)
    ]
    return element("div", *shown, kind="strip")


def _why(change: Change) -> Markup:
    if not change.folder:
        return Markup()
    told = change.why
    models = f"{told['candidate']} for {told['incumbent']}: " if {"candidate", "incumbent"} <= told.keys() else ""
    return joined([models, "; ".join(told.get("reasons", ()))])


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} minutes"
