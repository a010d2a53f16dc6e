"""A candidate takes the incumbent's place in the app, if the gate lets it.

What was measured is a proof against one incumbent, so it counts only as long as that one is in use.
"""

from __future__ import annotations

import dataclasses
import getpass
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from handseg import promoted
from handseg.errors import HandsegError, OutputError, SettingError, UnknownNameError, WeightsError
from handseg.outputs import write_whole
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import CARD, Card, Weights, choose, set_by_hand
from training.evaluation.cases import DatasetCases
from training.evaluation.gate import Judgement, judge
from training.evaluation.side_by_side import side_by_side
from training.unseen import refuse_seen


class PromotionError(HandsegError):
    """What was measured says nothing of what is in use by now."""


@dataclass(frozen=True)
class Tried:
    """A candidate that was compared with the model whose place it shall take."""

    name: str
    """Of that place."""
    incumbent: Weights
    candidate: Weights
    cases: DatasetCases
    judgement: Judgement


def try_candidate(candidate: Weights, cases: DatasetCases, settings: Settings, name: str | None = None) -> Tried:
    """Compare a candidate with the model that is called `name`, by default the app's, on the same photos.

    Raises as `check_replaceable` and `refuse_seen` before anything is measured, UnknownNameError if nothing is called
    so, and as `judge`.
    """
    called = name or settings.model
    check_replaceable(called, settings)
    incumbent = choose(settings, called)
    remarks = refuse_seen(candidate, cases)
    segmenters = segmenter_of(incumbent, settings), segmenter_of(candidate, settings)
    found = [pair.scores for pair in side_by_side(*segmenters, cases)]
    judgement = judge([one for one, _ in found], [other for _, other in found], remarks)
    return Tried(called, incumbent, candidate, cases, judgement)


def promote(tried: Tried, settings: Settings) -> None:
    """Let the candidate take the incumbent's place and name; the running app uses it with the next photo.

    Its card tells on what it was proven. Raises PromotionError if somebody was faster, and as `take_over`.
    """
    why = told(tried.judgement, tried.cases, tried.incumbent, tried.candidate)
    take_over(tried.candidate, why, _logged_in(), settings, tried.name, tried.incumbent.card.fingerprint)


def take_over(
    candidate: Weights,
    why: dict[str, Any],
    by: str,
    settings: Settings,
    name: str | None = None,
    incumbent: str | None = None,
) -> None:
    """Put a copy of the candidate in the place of what is called `name`, by default the app's model.

    `why` is the comparison as `told`, which goes onto the card; the history also tells `by` whom it was decided. With
    `incumbent`, the fingerprint of a card, it takes no other one's place.

    Raises:
        PromotionError: another one than the incumbent has that place by now.
        SettingError: HANDSEG_MODELS gives the name to other weights, which count more.
        UnknownNameError: nothing is called so.
        WeightsError: a file of the candidate is not the one that its card describes.
        OutputError: there is no room for the copy.
    """
    called = name or settings.model
    check_replaceable(called, settings)

    def refuse_others() -> None:
        if (now := choose(settings, called).card).fingerprint != incumbent and incumbent is not None:
            then = why["incumbent"]
            raise PromotionError(f"it was compared with {then}, but meanwhile {now.id} took that place; start again")

    refuse_others()  # before anything is copied, too
    card = replace(candidate.card, name=called, scores={**candidate.card.scores, "promotion": why})
    with tempfile.TemporaryDirectory() as folder:
        # Not the temporary folder itself, which nobody else may read, and neither could its copy be.
        copied = Path(folder) / "weights"
        try:
            copied.mkdir()
            for file in card.sha256:
                (copied / file).write_bytes(candidate.read(file))
        except OSError as error:
            raise OutputError(f"cannot copy {candidate.folder}: {error}; make room and start again") from error
        write_whole(copied / CARD, card.to_json().encode())
        promoted.promote(settings.home, called, copied, {**why, "by": by}, refuse_others)


def before_promotion(card: Card, name: str) -> Card:
    """What a promoted card was when it was called `name`, and compared."""
    return replace(card, name=name, scores={key: value for key, value in card.scores.items() if key != "promotion"})


def check_replaceable(name: str, settings: Settings) -> None:
    """Refuse, with SettingError, a name that HANDSEG_MODELS gives to some weights: what is promoted counts less."""
    if fixed := set_by_hand(settings).get(name):
        raise SettingError(
            f"HANDSEG_MODELS says that {name} is in {fixed.folder}, which counts more than what is promoted; take it "
            "out of HANDSEG_MODELS first"
        )


def roll_back(settings: Settings, name: str | None = None, by: str = "") -> str:
    """Bring back what was there before the last promotion; returns the id of the weights that are there now.

    `by` is who decided it, by default who is logged in. Raises as `would_come_back`, and nothing was changed then.
    """
    called = name or settings.model
    comes = would_come_back(settings, called)

    def refuse_others() -> None:
        if would_come_back(settings, called).folder != comes.folder:
            raise PromotionError(f"somebody else has rolled {called} back, or promoted another, just now; look again")

    promoted.roll_back(settings.home, called, {"by": by or _logged_in()}, refuse_others)
    return comes.card.id


def would_come_back(settings: Settings, name: str | None = None) -> Weights:
    """What `roll_back` would bring.

    Raises:
        WeightsError: nothing was promoted, or what was there before is not installed any more.
        SettingError: HANDSEG_MODELS gives the name to other weights, which count more.
        HubError: what was there before is on the Hub, which cannot be reached.
    """
    called = name or settings.model
    folder = promoted.below(settings.home, called)
    check_replaceable(called, settings)
    if folder:
        return Weights.open(folder)
    try:
        # A home without promotions has what was there before all of them.
        return choose(replace(settings, home=settings.home / "unpromoted"), called)
    except UnknownNameError as error:
        raise WeightsError(
            f"what was called {called} before is not installed any more; set HANDSEG_MODEL to {called} again, then "
            "roll back"
        ) from error


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # in a container, a process may be of a user without a name
        return "somebody without a name"


def told(judgement: Judgement, cases: DatasetCases, incumbent: Weights, candidate: Weights) -> dict[str, Any]:
    """The comparison as plain values."""
    values = {
        "test": cases.name,
        "incumbent": incumbent.card.id,
        "candidate": candidate.card.id,
        "reasons": judgement.reasons,
        "gains": {name: dataclasses.asdict(gain) for name, gain in judgement.overall.items()},
        "slices": {name: dataclasses.asdict(gain) for name, gain in judgement.by_slice.items()},
    }
    # JSON has no NaN.
    return dict(json.loads(json.dumps(values), parse_constant=lambda _: None))
