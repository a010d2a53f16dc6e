"""The assistant that knows hands: a small network that ships with handseg, run anew for each click.

It sees a window of the photo beside the prompt as pictures, and answers with the mask in that window. After a click it
looks twice where that pays: at all that the click is about, then closer at what changes there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.assistants import check_question
from handseg.assistants.guidance import guidance
from handseg.assistants.kept import KeptPhoto, distinct, holds, keep, moved, moved_box, shrunk_mask, true_at
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.assistants.views import change_at, closer_window, first_window
from handseg.engines import start_session
from handseg.errors import WeightsError
from handseg.geometry import Window, network_size
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.weights import ONNX, Card, Weights

KEPT = 2560
"""The longer side of what is kept of a photo: fingers of a far hand are still seen, and it takes 15 MB at most."""

LEAST = 0.5
"""A window is enlarged to at most twice as many pixels as the photo has there."""

STEPS = (0.0, -1.5, 1.5)
"""What is added to the logit of the threshold, one proposal for each: as it is, a larger mask, a smaller one."""

SURE = 7.0
"""The logit at a click that the network would not believe."""

BELIEVED = 3
"""The radius of the place, in pixels of the network frame, of which such a click is believed."""

Logits = NDArray[np.float32]


class PromptableEngine(Protocol):
    """A promptable network that is ready to answer."""

    def logits(self, photos: NDArray[np.float32], prompts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised photos, (B, 3, H, W), and guidance, (B, 4, H, W), to hand logits, (B, 1, H, W)."""
        ...


class OnnxPromptableEngine:
    """ONNX Runtime on the CPU; `threads` 0 means one per core. Raises WeightsError for another kind of network."""

    def __init__(self, weights: Weights, threads: int = 0) -> None:
        self._session = start_session(weights.read(ONNX), weights.folder / ONNX, threads)
        inputs = [each.name for each in self._session.get_inputs()]
        if sorted(inputs) != ["photos", "prompts"]:
            raise WeightsError(
                f"{weights.folder} answers no clicks, as it takes {', '.join(inputs)}; if it finds hands by itself, it "
                "is a model and no assistant"
            )

    def logits(self, photos: NDArray[np.float32], prompts: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `PromptableEngine.logits`."""
        return self._session.run(None, {"photos": photos, "prompts": prompts})[0]


@dataclass(frozen=True)
class Look:
    """What the network was shown, and said, of one window; arrays and points are those of the network frame."""

    window: Window
    before: Mask
    """(h, w): the mask so far."""
    points: list[Point]
    """Those of the prompt that lie in the window."""
    logits: Logits
    """(h, w), above 0 where there is hand."""

    @property
    def after(self) -> Mask:
        """(h, w): the mask that the network would make of it."""
        return self.logits > 0


class HandAssistant:
    """A promptable network in windows of the photo, see `handseg.assistants.Assistant`."""

    device = "cpu"

    def __init__(self, card: Card, engine: PromptableEngine) -> None:
        self.name, self._card, self._engine = card.id, card, engine
        self._shift = np.float32(np.log(card.threshold / (1 - card.threshold)))

    def encode(self, photo: Photo) -> KeptPhoto:
        """Keep the photo, shrunk if it is large."""
        return keep(photo, KEPT)

    def propose(self, embedding: KeptPhoto, prompt: Prompt, mask: Mask) -> list[Mask]:
        """The network's mask, a larger one and a smaller one, as far as they differ; elsewhere `mask` stays."""
        check_question(embedding, prompt, mask)
        *_, look = self._looks(embedding, prompt, mask)
        return _proposals(look, prompt, mask)

    def _looks(self, photo: KeptPhoto, prompt: Prompt, mask: Mask) -> Iterator[Look]:
        least = LEAST * self._card.side * photo.width / photo.pixels.shape[1]
        window = first_window(photo, prompt, mask, least)
        look = self._look(photo, window, prompt, _seen_mask(mask, window, self._card.side))
        yield look
        if not prompt.points:
            return
        closer = closer_window(photo, window, look.before, look.after, look.points[-1], least)
        if closer:
            now = _seen_mask(mask, closer, self._card.side)
            changed = change_at(look.before, look.after, look.points[-1])
            yield self._look(photo, closer, prompt, _taken_over(now, closer, changed, look, prompt.points[-1]))

    def _look(self, photo: KeptPhoto, window: Window, prompt: Prompt, now: Mask) -> Look:
        points = [moved(point, window, *now.shape) for point in prompt.points if holds(window, point)]
        told = guidance(now, points, _box_in(prompt.box, window, now))
        logits = self._engine.logits(self._normalised(photo.seen(window, *now.shape)), told[None])[0, 0] - self._shift
        return Look(window, now, points, _obeying(logits, points))

    def _normalised(self, seen: Photo) -> NDArray[np.float32]:
        values = (seen / np.float32(255) - np.float32(self._card.mean)) / np.float32(self._card.std)
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def open_hand(folder: Path, threads: int = 0) -> HandAssistant:
    """The assistant whose weights, `model.onnx` with its card, are in a folder; raises WeightsError."""
    weights = Weights.open(folder)
    return HandAssistant(weights.card, OnnxPromptableEngine(weights, threads))


def _seen_mask(mask: Mask, window: Window, side: int) -> Mask:
    """The mask in the network frame of a window."""
    return shrunk_mask(mask[window.slices], *network_size(window.height, window.width, side))


def _taken_over(now: Mask, closer: Window, changed: Mask, look: Look, click: Point) -> Mask:
    """The mask in the frame of a closer window, with what changed at the click in the first look's frame."""
    height, width = look.before.shape
    wide = look.window
    columns = (np.arange(now.shape[1]) + 0.5) * closer.width / now.shape[1] + closer.left - wide.left
    rows = (np.arange(now.shape[0]) + 0.5) * closer.height / now.shape[0] + closer.top - wide.top
    there = changed[
        np.ix_(
            (rows * height / wide.height).astype(int).clip(0, height - 1),
            (columns * width / wide.width).astype(int).clip(0, width - 1),
        )
    ]
    return now | there if click.label else now & ~there


def _box_in(box: Box | None, window: Window, now: Mask) -> Box | None:
    """The box in the network frame of a window; None if no part of it is there."""
    if box is None:
        return None
    left, top = max(box.left, window.left), max(box.top, window.top)
    right = min(box.right, window.right)
    bottom = min(box.bottom, window.bottom)
    return moved_box(Box(left, top, right, bottom), window, *now.shape) if left < right and top < bottom else None


def _obeying(logits: Logits, points: list[Point]) -> Logits:
    """The logits with a small disc at each click that the network did not believe; later clicks count more."""
    for point in points:
        if (logits[point.y, point.x] > 0) != bool(point.label):
            cv2.circle(logits, (point.x, point.y), BELIEVED, SURE if point.label else -SURE, cv2.FILLED)
    return logits


def _proposals(look: Look, prompt: Prompt, mask: Mask) -> list[Mask]:
    """A mask for each of `STEPS`, the best first; equal ones once."""
    window, answers = look.window, []
    soft = cv2.resize(look.logits, (window.width, window.height), interpolation=cv2.INTER_LINEAR)
    for step in STEPS:
        answer = mask.copy()
        np.greater(soft, step, out=answer[window.slices])
        answers.append(true_at(prompt.points, window, answer))
    return distinct(answers)
