"""Whether a candidate may take the incumbent's place: only if it is shown to be better, and nowhere worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handseg.errors import HandsegError
from training.evaluation.comparison import Gain, gains
from training.evaluation.scores import Score
from training.evaluation.slices import slices

RULER = "iou"
"""Pooled IoU of the hand decides..."""
LEAST_GROUPS = 20
"""...on at least so many groups with hands: with fewer, chance alone would promote."""
TOLERATED = 0.02
"""How far the value of a slice may fall whose interval says nothing..."""
LEAST_OF_SLICE = 5
"""...if it has so many groups of what it is judged by, hands or photos without; else nothing can be said."""
EMPTY = "false_area_without_hands"
"""What photos without hands are judged by."""


class GateError(HandsegError):
    """The test photos are too few to judge by."""


@dataclass(frozen=True)
class Judgement:
    """What the comparison came to."""

    better: bool
    reasons: tuple[str, ...]
    """Why, in sentences; what speaks against it comes first."""
    overall: dict[str, Gain]
    by_slice: dict[str, Gain]
    """By the ruler that decides; of photos without hands by the area that is called hand."""


def judge(incumbent: Sequence[Score], candidate: Sequence[Score], remarks: Sequence[str] = ()) -> Judgement:
    """Compare two models on the same test photos; `remarks` are told after the reasons.

    Raises:
        GateError: there are too few groups with hands; tells how many more are needed.
        ComparisonError: the photos are not the same.
    """
    groups = {score.group for score in incumbent if score.has_hand}
    if len(groups) < LEAST_GROUPS:
        raise GateError(
            f"the test split has {len(groups)} groups of photos with hands, and {LEAST_GROUPS} are needed to tell "
            f"better from lucky: publish {LEAST_GROUPS - len(groups)} more"
        )
    overall = gains(incumbent, candidate)
    by_slice = _by_slice(incumbent, candidate)
    against = [
        *_not_better(overall[RULER]),
        *(reason for name, gain in by_slice.items() for reason in _worse(name, gain)),
    ]
    found = f"pooled IoU goes from {overall[RULER].first:.3f} to {overall[RULER].second:.3f}"
    sure = f"the gain is at least {overall[RULER].at_least:+.4f} with a probability of 95 %"
    return Judgement(not against, (*against, found, sure, *remarks), overall, by_slice)


def _not_better(gain: Gain) -> list[str]:
    if gain.at_least > 0:
        return []
    return [
        f"it is not shown to be better: the gain in pooled IoU is {gain.difference:+.4f}, and with a probability of "
        f"95 % only more than {gain.at_least:+.4f}"
    ]


def _worse(name: str, gain: Gain) -> list[str]:
    """Gains are told such that more is better."""
    if gain.high < 0 or gain.difference < -TOLERATED:
        return [f"it is worse on {name}: {gain.first:.3f} becomes {gain.second:.3f}"]
    return []


def _by_slice(incumbent: Sequence[Score], candidate: Sequence[Score]) -> dict[str, Gain]:
    found = {}
    second = slices(candidate)
    for name, first in slices(incumbent).items():
        with_hands = [score for score in first if score.has_hand]
        without = [score for score in first if score.hand_free]
        if _groups(with_hands) >= LEAST_OF_SLICE:
            found[name] = gains(first, second[name], [RULER])[RULER]
        elif not with_hands and _groups(without) >= LEAST_OF_SLICE:
            found[name] = _turned(gains(first, second[name], [EMPTY])[EMPTY])
    return found


def _groups(scores: Sequence[Score]) -> int:
    return len({score.group for score in scores})


def _turned(gain: Gain) -> Gain:
    """A loss as a gain: of false area less is better."""
    return Gain(1 - gain.first, 1 - gain.second, -gain.high, -gain.low, float("nan"))
