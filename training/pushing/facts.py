"""What a weights card says about its models, as strangers should read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from handseg.addresses import is_repo, split_revision
from handseg.licences import is_non_commercial, is_untold
from handseg.weights import Card

EMPTY = "false_area_without_hands"
RULER_NAMES = {
    "iou": "pooled IoU",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "mean_iou": "mean IoU",
    EMPTY: "false area without hands",
}
"""Those that a README tells, and what people call them."""


@dataclass(frozen=True)
class Measured:
    """What a set of photos said about a model."""

    photos_from: str
    photos: int | None
    values: dict[str, float]
    """By ruler, see `RULER_NAMES`."""
    intervals: dict[str, tuple[float, float]]
    """95 %, of some rulers."""


def public(card: Card) -> Card:
    """The card without the folders of whoever trained it; the names and revisions of datasets stay."""
    changes: dict[str, Any] = {
        "dataset_revision": " + ".join(map(_without_folders, card.dataset_revision.split(" + ")))
    }
    if "source" in card.initial and not card.initial.get("revision"):
        changes["initial"] = {**card.initial, "source": Path(card.initial["source"]).name}
    if isinstance(promotion := card.scores.get("promotion"), dict) and "test" in promotion:
        told = {**promotion, "test": _without_folders(promotion["test"])}
        changes["scores"] = {**card.scores, "promotion": told}
    return replace(card, **changes)


def licence_warnings(card: Card) -> list[str]:
    """What to know about licences before these weights are given to others; nothing if all allow it."""
    learned = [(each.get("source", ""), each.get("licence", "")) for each in card.training_data]
    if card.initial:
        learned.append((card.initial.get("source", ""), card.initial.get("licence", "")))
    warnings = []
    if forbidden := _named((source, licence) for source, licence in learned if is_non_commercial(licence)):
        warnings.append(f"NON-COMMERCIAL: these weights learned from {forbidden}; they must not be used at work")
    if untold := _named((source, "") for source, licence in learned if is_untold(licence)):
        warnings.append(f"CHECK THE LICENCE: nobody told that of {untold}, so it may not allow use at work")
    return warnings


def datasets_on_the_hub(card: Card) -> list[str]:
    """The repositories of the datasets that it learned from."""
    addresses = (split_revision(each)[0] for each in card.dataset_revision.partition(" (rows ")[0].split(" + "))
    return sorted({address for address in addresses if is_repo(address) and not Path(address).is_dir()})


def measured(card: Card) -> list[Measured]:
    """Every set of photos that the card has scores of; the test split of its promotion comes first."""
    sets = [_of_set(name, told) for name, told in card.scores.items() if isinstance(told, dict) and "pooled" in told]
    promotion = card.scores.get("promotion", {})
    found = [*([_of_promotion(promotion)] if promotion.get("gains") else []), *sets]
    return [each for each in found if each.values]


def _of_set(name: str, told: dict[str, Any]) -> Measured:
    spans, all_values = told.get("intervals", {}), {**told["pooled"], **told}
    # Where no photo shows a hand, no share of hands is found, and what is found says nothing.
    handless = all_values.get("recall") is None
    values = {ruler: all_values.get(ruler) for ruler in ([EMPTY] if handless else RULER_NAMES)}
    known = {ruler: value for ruler, value in values.items() if value is not None}
    intervals = {ruler: tuple(spans[ruler]) for ruler in known if None not in spans.get(ruler, [None])}
    return Measured(name, told.get("photos"), known, intervals)


def _of_promotion(told: dict[str, Any]) -> Measured:
    values = {ruler: told["gains"][ruler]["second"] for ruler in RULER_NAMES if ruler in told["gains"]}
    known = {ruler: round(value, 4) for ruler, value in values.items() if value is not None}
    return Measured(_without_folders(told.get("test", "test")), None, known, {})


def _named(learned: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{source} ({licence})" if licence else source for source, licence in sorted(set(learned)))


def _without_folders(dataset: str) -> str:
    """A dataset and its revision, as strangers should read them.

    >>> _without_folders("/srv/ann/hands@3f9ac0/test"), _without_folders("ann/hands@3f9ac0")
    ('hands@3f9ac0/test', 'ann/hands@3f9ac0')
    """
    address, revision = split_revision(dataset)
    name = address if is_repo(address) else Path(address).name
    return f"{name}@{revision}" if revision else name
