"""Test photos prove something of a model only if it has not learned from them."""

from __future__ import annotations

from handseg.errors import HandsegError
from handseg.intake.lookalikes import Lookalikes
from handseg.weights import Weights
from training.evaluation.cases import DatasetCases
from training.running.learned import Learned, learned_by


class SeenError(HandsegError):
    """A model would be measured on photos that it learned from."""


def refuse_seen(candidate: Weights, cases: DatasetCases) -> tuple[str, ...]:
    """Refuse, with SeenError, a candidate that learned from photos of these cases, or from near-duplicates of them.

    Gives what is not known of that: a sentence, or none. Raises as `learned_by`, too.
    """
    learned = learned_by(candidate)
    if seen := _seen(learned, cases):
        others = ", and with other initial weights if they are from those" if candidate.card.initial else ""
        raise SeenError(
            f"{candidate.card.id} learned from {len(seen)} of the {len(cases)} photos of {cases.name}, or from some "
            f"that look like them, such as {seen[0]}, so they cannot prove that it is better; train anew with that "
            f"dataset among --dataset, which leaves its test photos out{others}"
        )
    if not learned.untold:
        return ()
    names = " and ".join(dict.fromkeys(learned.untold))
    return (f"which photos {names} learned from is not known, so some of the test photos may be among them",)


def _seen(learned: Learned, cases: DatasetCases) -> list[str]:
    """The ids of the photos that are, or look like, one that was learned from."""
    known = Lookalikes()
    for phash in learned.hashes:
        known.add(phash, "learned")
    return [photo_id for photo_id, phash in cases.hashes() if known.names_near(phash)]
