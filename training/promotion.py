"""A candidate takes the incumbent's place in the app, if the gate lets it."""

from __future__ import annotations

import dataclasses
import getpass
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from handseg import promoted
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import CARD, Weights, choose
from training.evaluation.cases import Cases
from training.evaluation.gate import Judgement, judge
from training.evaluation.scores import scores


def try_candidate(candidate: Weights, cases: Cases, settings: Settings, name: str | None = None) -> Judgement:
    """Compare a candidate with the model that is called `name`, by default the app's, on the same photos.

    Raises as `judge`, and UnknownNameError if nothing is called so.
    """
    incumbent = choose(settings, name)
    found = [list(scores(segmenter_of(weights, settings), cases)) for weights in (incumbent, candidate)]
    return judge(*found)


def promote(
    candidate: Weights, judgement: Judgement, cases: Cases, settings: Settings, name: str | None = None
) -> None:
    """Let the candidate take the incumbent's place and name; the running app uses it with the next photo.

    Its card tells on what it was proven. Raises OutputError.
    """
    incumbent = choose(settings, name)
    why = told(judgement, cases, incumbent, candidate)
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(shutil.copytree(candidate.folder, Path(folder) / "weights"))
        scores_told = {**candidate.card.scores, "promotion": why}
        card = replace(candidate.card, name=incumbent.card.name, scores=scores_told)
        (copied / CARD).write_text(card.to_json(), encoding="utf-8")
        promoted.promote(settings.home, incumbent.card.name, copied, why)


def roll_back(settings: Settings, name: str | None = None) -> str:
    """Bring back what was there before the last promotion; returns the id of the weights that are there now."""
    called = name or settings.model
    promoted.roll_back(settings.home, called, {"by": getpass.getuser()})
    return choose(settings, called).card.id


def told(judgement: Judgement, cases: Cases, incumbent: Weights, candidate: Weights) -> dict[str, Any]:
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
