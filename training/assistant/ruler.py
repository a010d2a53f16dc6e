"""How few clicks the assistant needs by now, measured while it is trained as the app would use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from handseg.assistants.hand import HandAssistant
from handseg.masks import Mask
from handseg.weights import Card
from training.clicks.annotator import next_click
from training.clicks.session import Annotator, answer, sessions
from training.clicks.summary import AFTER, TARGETS, summary
from training.evaluation.cases import Case, Cases
from training.evaluation.report import Worst, outcome
from training.running.engine import NetworkEngine
from training.running.pictures import MOST_EXAMPLES
from training.sources.labels import HAND

MOST_PHOTOS = 40
MOST_CLICKS = 10
CLICKS_SHOWN = 2


class ClickRuler:
    """Simulated annotators on validation photos with hands, evenly chosen; see `training.running.ruler.Ruler`."""

    def __init__(self, cases: Cases, card: Card) -> None:
        self._cases, self._card = Chosen(cases, MOST_PHOTOS), card

    def measure(self, network: nn.Module, device: torch.device) -> dict[str, float | None]:
        """`iou` is the mean IoU after one, three and five clicks, `noc@T` the clicks to an IoU of T percent."""
        assistant = HandAssistant(self._card, NetworkEngine(network, device))
        told = summary(list(sessions(assistant, self._cases, annotator=Annotator(most=MOST_CLICKS))), MOST_CLICKS)
        after = {name: told[name] for name in (f"iou@{clicks}" for clicks in AFTER)}
        clicks = {name: told[name] for name in (f"noc@{target}" for target in TARGETS)}
        return {"iou": float(np.mean(list(after.values()))), "threshold": self._card.threshold, **after, **clicks}

    def draw(self, network: nn.Module, device: torch.device, threshold: float) -> bytes:
        """What it makes of some photos after `CLICKS_SHOWN` clicks, as a PNG."""
        assistant = HandAssistant(replace(self._card, threshold=threshold), NetworkEngine(network, device))
        sheet = Worst(MOST_EXAMPLES)
        for number, case in zip(range(MOST_EXAMPLES), self._cases, strict=False):
            sheet.look(case.name, -number, outcome(case, _clicked(assistant, case)))
        return sheet.sheet()


class Chosen:
    """At most `most` of some cases that show a hand, from all of their length; they are kept in memory."""

    def __init__(self, cases: Cases, most: int) -> None:
        self.name = cases.name
        with_hands = [number for number, case in enumerate(cases) if (case.label == HAND).any()]
        chosen = with_hands[:: max(1, -(-len(with_hands) // most))]
        self._kept = [case for number, case in enumerate(cases) if number in chosen]

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Case]:
        return iter(self._kept)


def _clicked(assistant: HandAssistant, case: Case) -> Mask:
    mask, points, embedding = np.zeros(case.label.shape, bool), [], assistant.encode(case.photo)
    for _ in range(CLICKS_SHOWN):
        if point := next_click(mask, case.label, points):
            points.append(point)
            mask = answer(assistant, embedding, mask, points)
    return mask
