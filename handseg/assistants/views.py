"""Where the hand assistant looks: at a window with all that a prompt is about, and then closer at what changes there.

The first window is RITM's zoom-in (Sofiiuk et al., arXiv:2102.06583, section 3), the second FocalClick's focus crop
(Chen et al., arXiv:2204.02574, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from handseg.assistants.kept import KeptPhoto, parts_in
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.geometry import MAX_ASPECT, Window, cover
from handseg.masks import Mask, part_at, window_of

NEAR = 0.1
"""Of the photo's longer side: parts of the mask that are so near to a click belong to what it is about."""

AROUND = 1.4
"""The first window is so many times as wide and high as what the prompt is about..."""

CLOSER = 2.0
"""...and the second one as what changed at the click..."""

WORTHWHILE = 0.5
"""...if it then covers less than this share of the first one; otherwise the first look was close enough."""

Rectangle = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels of the photo."""


def first_window(photo: KeptPhoto, prompt: Prompt, mask: Mask, least: float) -> Window:
    """All that the newest part of a prompt is about: the box; the parts of the mask near the click; or the whole photo.

    The window is no smaller than `least` pixels of the photo, where there are so many.
    """
    if not prompt.points:
        return _around(photo, [prompt.box.corners], AROUND, least)
    point = prompt.points[-1]
    parts = parts_in(mask, photo.square(point, NEAR * max(mask.shape)))
    about: list[Rectangle] = [(x, y, x + width, y + height) for x, y, width, height in parts]
    if prompt.box and _is_inside(point, prompt.box):
        about.append(prompt.box.corners)
    if not about:
        return _widest(photo, point)
    return _around(photo, [*about, (point.x, point.y, point.x + 1, point.y + 1)], AROUND, least)


def closer_window(
    photo: KeptPhoto, window: Window, before: Mask, after: Mask, click: Point, least: float
) -> Window | None:
    """A window around what changed at the click; None if nothing did, or `window` is close enough.

    The masks and the click are those of the frame, (h, w), in which the network saw the window.
    """
    changed = window_of(change_at(before, after, click))
    if changed is None:
        return None
    scale_y, scale_x = window.height / before.shape[0], window.width / before.shape[1]
    box = (
        window.left + changed.left * scale_x,
        window.top + changed.top * scale_y,
        window.left + changed.right * scale_x,
        window.top + changed.bottom * scale_y,
    )
    closer = _around(photo, [box], CLOSER, least)
    return closer if closer.area < WORTHWHILE * window.area else None


def change_at(before: Mask, after: Mask, click: Point) -> Mask:
    """The part in which two masks, (h, w), differ at a click; edges that moved by a pixel do not hang together."""
    changed = before != after
    thick = cv2.morphologyEx(changed.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).view(bool)
    thick[click.y, click.x] = changed[click.y, click.x]
    return part_at(thick, click.x, click.y)


def _around(photo: KeptPhoto, about: Iterable[Rectangle], factor: float, least: float) -> Window:
    """A window around rectangles, `factor` times as large, not too long, and cut by the photo's edges."""
    lefts, tops, rights, bottoms = zip(*about, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    width, height = max(factor * (right - left), least), max(factor * (bottom - top), least)
    width, height = max(width, height / MAX_ASPECT), max(height, width / MAX_ASPECT)
    x, y = (left + right) / 2, (top + bottom) / 2
    return photo.window(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _widest(photo: KeptPhoto, point: Point) -> Window:
    """The whole photo, or of a long one the part in whose middle the point lies best."""

    def distance(window: Window) -> float:
        away_y = window.top + window.height / 2 - point.y - 0.5
        away_x = window.left + window.width / 2 - point.x - 0.5
        return abs(away_y) + abs(away_x)

    return min(cover(photo.height, photo.width), key=distance)


def _is_inside(point: Point, box: Box) -> bool:
    return box.left <= point.x < box.right and box.top <= point.y < box.bottom
