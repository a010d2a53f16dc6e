"""What the page shows: small pictures inside the page itself, so that no photo is left in a file."""

from __future__ import annotations

import base64
import html

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import shrunk

LONG_SIDE = 1280
"""Of a picture on the page, in pixels; downloads have the photo's own size."""

SMALL_SIDE = 720
"""Of one among several."""

TINY_SIDE = 240
"""Of one on a button."""

_HAND = 0.2
"""Of the largest part of a mask: what is smaller is a finger behind something, and no hand of its own."""

MASK_COLOR = (0, 158, 115)
"""Bluish green, told from skin by colour-blind people too (Okabe and Ito, 2008)."""


def shrink_factor(photo: Photo) -> float:
    """How much smaller than `photo` its picture is; 1 for a small photo."""
    return min(1.0, LONG_SIDE / max(photo.shape[:2]))


def tint(photo: Photo, mask: Mask) -> Photo:
    """The photo with the hand coloured."""
    tinted = photo.copy()
    tinted[mask] = (0.4 * photo[mask] + 0.6 * np.array(MASK_COLOR)).astype(np.uint8)
    return tinted


def before_after(before: Photo, after: NDArray[np.uint8], after_text: str, split: int = 50) -> str:
    """HTML: two pictures of the same size under one slider that mouse, finger and keyboard move.

    `after` may be RGBA; its transparent part shows a checkerboard. The slider begins at `split`, 0..100.
    """
    height, width = before.shape[:2]
    size = f"aspect-ratio: {width} / {height}; --width: {width}px; --shape: {width / height:.4f}"
    return f"""
    <div class="before-after" style="{size}" data-split="{split}">
      <img class="after" src="{_data_url(after)}" alt="{html.escape(after_text)}">
      <img class="before" src="{_data_url(before)}" alt="The photo as it was">
      <span class="tag left" aria-hidden="true">before</span><span class="tag right" aria-hidden="true">after</span>
      <input type="range" min="0" max="100" step="1" value="{split}"
        aria-label="How much of the photo as it was to show">
    </div>"""


def through_the_hand(mask: Mask) -> int:
    """Where a slider shows half of a hand as it was and the rest gone, 10..90; the middle without a hand.

    Of several hands it is the leftmost: what is right of the slider is without any.

    >>> mask = np.zeros((4, 10), bool)
    >>> mask[1:3, 1:4] = True
    >>> through_the_hand(mask)
    25
    """
    _, parts, stats, middles = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not areas.size:
        return 50
    hands = 1 + np.flatnonzero(areas >= _HAND * areas.max())
    leftmost = hands[np.argmin(middles[hands, 0])]
    columns = np.nonzero(parts == leftmost)[1]
    return int(np.clip(100 * (np.median(columns) + 0.5) / mask.shape[1], 10, 90))


def figures(entries: list[tuple[Photo, str, str]]) -> str:
    """HTML: pictures side by side, each with a title and a line about it."""
    each = [
        f"""<figure><img src="{_data_url(picture)}" alt="{html.escape(title)}: {html.escape(about)}">
        <figcaption><b>{html.escape(title)}</b><br>{html.escape(about)}</figcaption></figure>"""
        for picture, title, about in entries
    ]
    return f'<div class="figures">{"".join(each)}</div>'


def thumbnails(entries: list[tuple[Photo, str]]) -> str:
    """HTML: a row of buttons, each a picture with a name."""
    each = [
        f"""<button type="button" data-index="{index}" aria-label="Try the example: {html.escape(name)}">
        <img src="{_data_url(shrunk(photo, TINY_SIDE))}" alt=""></button>"""
        for index, (photo, name) in enumerate(entries)
    ]
    return f'<div class="examples" role="group" aria-label="Example photos">{"".join(each)}</div>'


def _data_url(pixels: NDArray[np.uint8]) -> str:
    channels = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    _, code = cv2.imencode(".webp", cv2.cvtColor(pixels, channels), [cv2.IMWRITE_WEBP_QUALITY, 88])
    return f"data:image/webp;base64,{base64.b64encode(code).decode()}"
