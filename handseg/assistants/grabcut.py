"""The floor: GrabCut, which needs no weights and learns the colours of hand and background anew at each prompt.

A click asks about the place around it: a window of the photo is cut in a frame of at most `SIDE` pixels. There the
current mask holds except within reach of the click, and what hangs together with the click by its colour starts on the
click's side. A box asks anew about all that is in it. Outside the window, or the box, the current mask stays.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from handseg.assistants import GRABCUT, check_question
from handseg.assistants.cuts import colours, cut, labels_in_box, labels_near, stamp
from handseg.assistants.kept import KeptPhoto, distinct, holds, keep, moved, moved_box, parts_in, shrunk_mask, true_at
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.geometry import Window
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import shrunk_size

KEPT = 1536
"""The longer side of what is kept of a photo: sharper than any window is cut, and a seventh of 12 megapixels."""

SIDE = 160
"""The longer side of the frame that is cut: a cut takes about 10 ms, and with 224 the masks were no better."""

BOX_MARGIN = 1.4
"""The background of a box is learned from a window this many times as wide and high."""


@dataclass(frozen=True)
class Manner:
    """How to answer a click. Lengths are shares of the longer side: of the photo, a part of the mask, or the window."""

    radius: float
    """The window goes at least this share of the photo to each side of the click..."""
    margin: float
    """...and this share of each part of the mask that comes so near beyond that part."""
    reaches: tuple[float, ...]
    """Of the window: beyond, the mask is sure. One proposal for each, the best first."""
    tolerance: float
    """Colours that differ by this much from the clicked one are like it."""


CORRECTING = Manner(radius=0.2, margin=0.3, reaches=(0.2, 0.35, 0.12), tolerance=9)
FINDING = Manner(radius=0.4, margin=0.0, reaches=(0.35, 0.5, 0.2), tolerance=25)
"""For a click on a hand where the mask has none near: there is more to find, and less to spoil."""


class GrabCut:
    """An assistant without weights, see `handseg.assistants.Assistant`."""

    name = GRABCUT
    device = "cpu"

    def __init__(self) -> None:
        # The proposals of a click are cut side by side: a cut uses one core, and lets Python go on meanwhile.
        self._pool = ThreadPoolExecutor(len(CORRECTING.reaches), GRABCUT)

    def encode(self, photo: Photo) -> KeptPhoto:
        """Keep the photo, shrunk."""
        return keep(photo, KEPT)

    def propose(self, embedding: KeptPhoto, prompt: Prompt, mask: Mask) -> list[Mask]:
        """Masks that reach more or less far from the newest point; one, for a box alone."""
        check_question(embedding, prompt, mask)
        if prompt.points:
            masks = list(self._pool.map(*_answers_to_click(embedding, prompt, mask)))
        else:
            masks = [_answer_box(embedding, prompt.box, mask)]
        return distinct(masks)


def _answers_to_click(
    photo: KeptPhoto, prompt: Prompt, mask: Mask
) -> tuple[Callable[[float], Mask], tuple[float, ...]]:
    """What makes a mask that reaches so far, and how far the masks shall reach."""
    manner, window = _place(photo, prompt.points[-1], mask)
    seen = colours(photo.seen(window, *_frame(window)))
    now = shrunk_mask(mask[window.slices], *seen.shape[:2])
    points = [moved(point, window, *now.shape) for point in prompt.points if holds(window, point)]

    def answer(reach: float) -> Mask:
        labels = labels_near(seen, now, points[-1], reach * max(now.shape), manner.tolerance)
        stamp(labels, points)
        found = cut(seen, labels, rounds=1)
        return true_at(prompt.points, window, _put_back(found, now, mask, window))

    return answer, manner.reaches


def _answer_box(photo: KeptPhoto, box: Box, mask: Mask) -> Mask:
    tight = Window.spanning(box.top, box.left, box.bottom, box.right)
    wide = tight.around(BOX_MARGIN, photo.height, photo.width)
    window = photo.window(wide.left, wide.top, wide.right, wide.bottom)
    seen = colours(photo.seen(window, *_frame(window)))
    now = shrunk_mask(mask[window.slices], *seen.shape[:2])
    found = _put_back(cut(seen, labels_in_box(now, moved_box(box, window, *now.shape)), rounds=3), now, mask, window)
    answer = mask.copy()
    answer[tight.slices] = found[tight.slices]
    return answer


def _place(photo: KeptPhoto, point: Point, mask: Mask) -> tuple[Manner, Window]:
    """How to answer a click, and in which window: around it, and around the parts of the mask that are near."""
    longer = max(mask.shape)
    near = photo.square(point, CORRECTING.radius * longer)
    if point.label and not mask[near.slices].any():
        return FINDING, photo.square(point, FINDING.radius * longer)
    left, top, right, bottom = near.left, near.top, near.right, near.bottom
    for x, y, width, height in parts_in(mask, near):
        margin = CORRECTING.margin * max(width, height)
        left, top = min(left, x - margin), min(top, y - margin)
        right, bottom = max(right, x + width + margin), max(bottom, y + height + margin)
    return CORRECTING, photo.window(left, top, right, bottom)


def _put_back(found: Mask, before: Mask, mask: Mask, window: Window) -> Mask:
    """The (H, W) mask with what a cut changed in the window's small frame; elsewhere each pixel stays as it is."""
    size = (window.width, window.height)
    # Smoothed, so that enlarging shows no stairs.
    soft = cv2.GaussianBlur(found.astype(np.float32), (0, 0), 1)
    smooth = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR) > 0.5
    near_change = cv2.dilate((found != before).view(np.uint8), np.ones((3, 3), np.uint8))
    changed = cv2.resize(near_change, size, interpolation=cv2.INTER_NEAREST).view(bool)
    answer = mask.copy()
    np.copyto(answer[window.slices], smooth, where=changed)
    return answer


def _frame(window: Window) -> tuple[int, int]:
    """The (height, width) in which a window is cut."""
    return shrunk_size(window.height, window.width, SIDE)
