"""A trial is carried out: both models look at the test photos, and the gate judges."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from handseg.errors import HandsegError
from handseg.outputs import write_whole
from handseg.photos import encode_jpeg
from handseg.records.opening import open_snapshot
from handseg.segmenter import segmenter_of
from handseg.settings import Settings
from handseg.weights import Weights
from training.evaluation.cases import Cases, DatasetCases
from training.evaluation.gate import judge
from training.evaluation.scores import Score
from training.evaluation.side_by_side import side_by_side
from training.promotion import told
from training.trials.differing import Difference, Differing
from training.trials.folder import CANCELLED, FAILED, JUDGED, VIEWS, Progress, Trial
from training.unseen import refuse_seen

_EVERY = 0.5
"""Seconds between two notes of how far it is."""


class _CancelledError(Exception):
    """Somebody wants it to stop."""


def carry_out(trial: Trial, settings: Settings) -> None:
    """Compare what is asked for, and write what came of it, an error or a mistake, too.

    Raises TrialError if another process is at it, and whatever was a mistake, after it was noted.
    """
    with trial.held():
        try:
            outcome = _judged(trial, settings)
        except _CancelledError:
            outcome = {"kind": CANCELLED}
        except HandsegError as error:
            outcome = {"kind": FAILED, "error": str(error)}
        except BaseException as error:
            trial.write("outcome.json", {"kind": FAILED, "error": f"{type(error).__name__}: {error}"})
            raise
        trial.write("outcome.json", outcome)


def _judged(trial: Trial, settings: Settings) -> dict[str, Any]:
    asked = trial.asked
    incumbent, candidate = (Weights.open(Path(folder)) for folder in (asked.incumbent, asked.candidate))
    # What came from the Hub is called by its address, whatever the card in its folder says.
    incumbent = replace(incumbent, card=replace(incumbent.card, name=asked.name))
    cases, differing = DatasetCases(open_snapshot(asked.dataset), "test"), Differing()
    remarks = refuse_seen(candidate, cases)
    found = _measured(trial, incumbent, candidate, cases, differing, settings)
    judgement = judge([one for one, _ in found], [other for _, other in found], remarks)
    _keep(trial, differing.found)
    return {
        "kind": JUDGED,
        "better": judgement.better,
        "photos": len(found),
        "groups": len({one.group for one, _ in found}),
        "told": told(judgement, cases, incumbent, candidate),
        "card": candidate.card.fingerprint,
        "differing": [{"name": each.name, "share": each.share, "ious": each.ious} for each in differing.found],
    }


def _measured(
    trial: Trial, incumbent: Weights, candidate: Weights, cases: Cases, differing: Differing, settings: Settings
) -> list[tuple[Score, Score]]:
    found: list[tuple[Score, Score]] = []
    noted = 0.0
    for pair in side_by_side(segmenter_of(incumbent, settings), segmenter_of(candidate, settings), cases):
        if trial.cancelled:
            raise _CancelledError
        found.append(pair.scores)
        differing.look(pair)
        if time.monotonic() - noted > _EVERY:
            trial.write("progress.json", asdict(Progress(len(found), len(cases))))
            noted = time.monotonic()
    return found


def _keep(trial: Trial, differences: list[Difference]) -> None:
    for number, difference in enumerate(differences):
        for view, picture in zip(VIEWS, difference.views, strict=True):
            write_whole(trial.picture(number, view), encode_jpeg(picture, quality=85))
