"""One photo corrected by the simulated annotator, click after click, as the app would have done it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from handseg.assistants import Assistant, Embedding
from handseg.assistants.correction import corrected
from handseg.assistants.prompts import Point, Prompt
from handseg.masks import Mask
from handseg.metrics import count
from handseg.photos import Photo
from training.clicks.annotator import next_click
from training.evaluation.cases import Case, Cases
from training.sources.labels import HAND, IGNORE

MOST_CLICKS = 20
"""Where the field stops counting."""

GOOD = 0.9
"""An IoU with which the annotator is content..."""
LEAST_CLICKS = 5
"""...if there were so many clicks, of which more is asked than the number."""

FirstMask = Callable[[Photo], Mask]


@dataclass(frozen=True)
class Annotator:
    """How the simulated annotator works."""

    noise: float = 0.0
    """See `next_click`."""
    most: int = MOST_CLICKS
    seed: int = 0
    """Of the noise."""


@dataclass
class Session:
    """What came of one photo."""

    name: str
    ious: list[float]
    """Of the first mask, and after each click."""
    encode_seconds: float
    click_seconds: list[float] = field(default_factory=list)

    def iou_after(self, clicks: int) -> float:
        """The IoU after so many clicks, or after the last one that was needed."""
        return self.ious[min(clicks, len(self.ious) - 1)]

    def clicks_to(self, iou: float) -> int | None:
        """The number of clicks after which the IoU was reached for the first time; None if it never was."""
        return next((number for number, reached in enumerate(self.ious) if reached >= iou), None)


def sessions(
    assistant: Assistant, cases: Cases, first: FirstMask | None = None, annotator: Annotator | None = None
) -> Iterator[Session]:
    """Correct all photos that show a hand, one after the other; `first` gives the masks to begin with, or nothing."""
    for number, case in enumerate(cases):
        if (case.label == HAND).any():
            mask = first(case.photo) if first else np.zeros(case.label.shape, bool)
            yield session(assistant, case, mask, annotator or Annotator(), number)


def session(assistant: Assistant, case: Case, mask: Mask, annotator: Annotator, number: int = 0) -> Session:
    """Correct one photo until it is good, nothing is left to correct, or the clicks are used up."""
    begin = time.perf_counter()
    embedding = assistant.encode(case.photo)
    seconds = time.perf_counter() - begin
    done = Session(case.name, [_iou(mask, case)], seconds)
    rng, points = np.random.default_rng([annotator.seed, number]), []
    while not _content(done, annotator) and (point := next_click(mask, case.label, points, annotator.noise, rng)):
        points.append(point)
        begin = time.perf_counter()
        mask = answer(assistant, embedding, mask, points)
        done.click_seconds.append(time.perf_counter() - begin)
        done.ious.append(_iou(mask, case))
    return done


def answer(assistant: Assistant, embedding: Embedding, mask: Mask, points: list[Point]) -> Mask:
    """The mask that the canvas shows after a click: the first proposal, where it hangs together with the click."""
    prompt = Prompt(tuple(points))
    return corrected(mask, assistant.propose(embedding, prompt, mask)[0], prompt)


def _content(done: Session, annotator: Annotator) -> bool:
    clicks = len(done.click_seconds)
    return clicks >= annotator.most or (clicks >= LEAST_CLICKS and max(done.ious) >= GOOD)


def _iou(mask: Mask, case: Case) -> float:
    return count(mask, case.label == HAND, case.label != IGNORE).iou
