"""A prompt as pictures that a network sees beside the photo: the same when it is trained and when it serves.

Clicks are discs, which Benenson et al. (arXiv:1903.10830) found better than distances; the mask so far is one of the
pictures (Sofiiuk et al., arXiv:2102.06583).
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.assistants.prompts import Box, Point
from handseg.masks import Mask

RADIUS = 5
"""Of a disc, in pixels of the network frame."""

PICTURES = 4
"""Discs on the hand, discs beside it, the mask so far, the inside of the box."""

Guidance = NDArray[np.float32]
"""(`PICTURES`, h, w), each 0 or 1."""


def guidance(mask: Mask, points: Iterable[Point], box: Box | None = None) -> Guidance:
    """The pictures of a prompt that is given in the network frame, in which `mask` is, too."""
    drawn = np.zeros((PICTURES, *mask.shape), np.float32)
    on_hand, beside, so_far, inside = drawn
    for point in points:
        cv2.circle(on_hand if point.label else beside, (point.x, point.y), RADIUS, 1.0, cv2.FILLED)
    so_far[:] = mask
    if box:
        inside[box.top : box.bottom, box.left : box.right] = 1
    return drawn
