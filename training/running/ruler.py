"""What a run is measured by while it goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import torch
from torch import nn

from handseg.segmenter import Segmenter
from handseg.weights import Card
from training.evaluation.calibration import best_threshold
from training.evaluation.cases import Cases
from training.evaluation.scores import THRESHOLDS, scores
from training.evaluation.summary import rulers
from training.running import pictures
from training.running.engine import NetworkEngine


class Ruler(Protocol):
    """How good a network in training is; it comes in evaluation mode."""

    def measure(self, network: nn.Module, device: torch.device) -> dict[str, float | None]:
        """Numbers by their names, among them `iou`, by which the best weights are chosen, and `threshold`."""
        ...

    def draw(self, network: nn.Module, device: torch.device, threshold: float) -> bytes:
        """What it does by now, as a PNG."""
        ...


class MaskRuler:
    """The masks of validation photos, as the product's segmenter makes them, in the photo's frame."""

    def __init__(self, cases: Cases, card: Card, threshold: float | None = None) -> None:
        """Without a `threshold`, the best one is chosen each time."""
        self._cases, self._card, self._threshold = cases, card, threshold

    def measure(self, network: nn.Module, device: torch.device) -> dict[str, float | None]:
        """See `Ruler.measure`."""
        others = THRESHOLDS if self._threshold is None else ()
        segmenter = Segmenter(self._card, NetworkEngine(network, device))
        found = list(scores(segmenter, self._cases, self._threshold, others))
        if self._threshold is None:
            best = best_threshold([found])
            found = [score.moved_to(best) for score in found]
        told = rulers(found)
        return {**told.pop("pooled"), **told, "threshold": found[0].threshold}

    def draw(self, network: nn.Module, device: torch.device, threshold: float) -> bytes:
        """See `Ruler.draw`."""
        predictor = Segmenter(replace(self._card, threshold=threshold), NetworkEngine(network, device))
        return pictures.examples(predictor, self._cases)
