"""The photo frame and an assistant's smaller frame: photos shrink on the way in, answers grow on the way out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.assistants.prompts import Box, Prompt
from handseg.masks import Mask
from handseg.resizing import resized

SURE = 7.0
"""The logit of a mask that a person has seen: a probability of 0.999, as SAMs give where they are sure."""


def enlarged(soft: NDArray[np.float32], threshold: float, height: int, width: int) -> Mask:
    """The (height, width) mask of where (h, w) `soft` values, interpolated, are above `threshold`."""
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) > threshold


@dataclass(frozen=True)
class Frame:
    """A photo of `height` x `width` pixels stretched to `seen_height` x `seen_width` pixels of a network frame."""

    height: int
    width: int
    seen_height: int
    seen_width: int

    def points(self, prompt: Prompt) -> NDArray[np.float64]:
        """(N, 2): x and y of the points as pixel indices of the network frame: a pixel's centre stays its centre."""
        return self._moved([(point.x, point.y) for point in prompt.points])

    def box(self, box: Box) -> NDArray[np.float64]:
        """(4,): the box as SAMs are trained with it, from the first to the last of its pixels."""
        return self._moved([(box.left, box.top), (box.right - 1, box.bottom - 1)]).reshape(4)

    def _moved(self, pixels_xy: list[tuple[int, int]]) -> NDArray[np.float64]:
        scale_xy = np.array([self.seen_width / self.width, self.seen_height / self.height])
        return (np.array(pixels_xy, np.float64) + 0.5) * scale_xy - 0.5


def low_resolution_logits(
    mask: Mask, seen: tuple[int, int], whole: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    """A mask as the logits, (h, w) of `size`, that SAMs give and take: sure, and in between at the edges.

    The photo has (height, width) `seen` in a network frame of which it fills the upper left part; the rest of the
    frame, (height, width) `whole`, is background.
    """
    padded = np.zeros(whole, np.uint8)
    padded[: seen[0], : seen[1]] = resized(mask.view(np.uint8) * np.uint8(255), *seen)
    share = resized(padded, *size).astype(np.float32) / 255
    return (2 * share - 1) * SURE
