"""The simulated annotator: the next click goes to the centre of the largest error.

As in RITM (Sofiiuk et al., arXiv:2102.06583, section 4) and FocalClick (Chen et al., arXiv:2204.02574): the centre is
the pixel farthest from the edge of the error, whichever kind of error goes deepest; the photo's border is an edge, too.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.assistants.prompts import Point
from handseg.masks import Mask, part_at
from training.sources.labels import HAND, IGNORE, Label

Depth = NDArray[np.float32]
"""(H, W): for each pixel of an error, how far it is from the nearest pixel that is none; elsewhere 0."""


def next_click(
    mask: Mask,
    label: Label,
    clicked: Iterable[Point] = (),
    noise: float = 0.0,
    rng: Generator | None = None,
) -> Point | None:
    """The click that corrects the worst of a mask, (H, W); None where nothing is left to correct.

    Pixels that are not known, and those that were clicked before, are no errors. With `noise`, from 0 to 1, `rng` draws
    the click from those pixels of the same error whose depth is at least a share `1 - noise` of its centre's.
    """
    missing, excess = (depth(error, clicked) for error in errors(mask, label))
    is_hand = bool(missing.max() >= excess.max())
    worst = missing if is_hand else excess
    if not worst.any():
        return None
    y, x = np.unravel_index(int(worst.argmax()), worst.shape)
    if noise and rng is not None:
        y, x = _beside(worst, int(y), int(x), noise, rng)
    return Point(int(x), int(y), int(is_hand))


def errors(mask: Mask, label: Label) -> tuple[Mask, Mask]:
    """What the mask misses, and what it has too much; (H, W) each."""
    return (label == HAND) & ~mask, mask & (label != HAND) & (label != IGNORE)


def depth(error: Mask, clicked: Iterable[Point] = ()) -> Depth:
    """How deep each pixel lies in an error; a pixel that was clicked is not asked about again."""
    found = cv2.distanceTransform(np.pad(error, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    for point in clicked:
        found[point.y, point.x] = 0
    return found


def _beside(worst: Depth, y: int, x: int, noise: float, rng: Generator) -> tuple[int, int]:
    """A pixel near the centre (y, x), all of those that are deep enough being as likely."""
    deep = part_at(worst >= max((1 - noise) * worst[y, x], np.finfo(np.float32).tiny), x, y)
    rows, columns = np.nonzero(deep)
    chosen = rng.integers(len(rows))
    return int(rows[chosen]), int(columns[chosen])
