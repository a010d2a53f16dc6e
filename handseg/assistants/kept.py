"""What is kept of a photo by assistants that look at windows of it, and the way from the photo to a window's frame."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from handseg.assistants.prompts import Box, Point
from handseg.geometry import Window
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import resized, shrunk_size

COARSE = 160
"""The longer side of the frame in which parts of a mask are told apart."""


@dataclass(frozen=True)
class KeptPhoto:
    """The embedding: the photo itself, shrunk."""

    height: int
    width: int
    pixels: Photo

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return self.pixels.nbytes

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The smallest window with this rectangle, cut by the photo's edges, that holds kept pixels whole."""
        left, right = _whole_pixels(left, right, self.width, self.pixels.shape[1])
        top, bottom = _whole_pixels(top, bottom, self.height, self.pixels.shape[0])
        return Window.spanning(top, left, bottom, right)

    def square(self, point: Point, radius: float) -> Window:
        """The window that goes `radius` pixels to each side of a point."""
        return self.window(point.x - radius, point.y - radius, point.x + radius + 1, point.y + radius + 1)

    def seen(self, window: Window, height: int, width: int) -> Photo:
        """The kept pixels of a window of this photo, (height, width, 3)."""
        scale_y, scale_x = self.pixels.shape[0] / self.height, self.pixels.shape[1] / self.width
        top, left = round(window.top * scale_y), round(window.left * scale_x)
        bottom, right = round(window.bottom * scale_y), round(window.right * scale_x)
        return resized(self.pixels[top:bottom, left:right], height, width)


def keep(photo: Photo, long_side: int) -> KeptPhoto:
    """The photo, shrunk to at most `long_side` pixels."""
    height, width = photo.shape[:2]
    # A copy: the embedding must neither keep a large array alive nor change with it.
    return KeptPhoto(height, width, resized(photo, *shrunk_size(height, width, long_side)).copy())


def parts_in(mask: Mask, near: Window) -> list[tuple[float, float, float, float]]:
    """The boxes, as x, y, width, height, of the connected parts of the mask that come into the window `near`."""
    size = shrunk_size(*mask.shape, COARSE)
    scale_y, scale_x = mask.shape[0] / size[0], mask.shape[1] / size[1]
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(shrunk_mask(mask, *size).view(np.uint8))
    rows = slice(int(near.top / scale_y), int(near.bottom / scale_y) + 1)
    columns = slice(int(near.left / scale_x), int(near.right / scale_x) + 1)
    found = boxes[[part for part in np.unique(parts[rows, columns]) if part], :4]
    return [(x * scale_x, y * scale_y, width * scale_x, height * scale_y) for x, y, width, height in found.tolist()]


def shrunk_mask(mask: Mask, height: int, width: int) -> Mask:
    """The mask in a smaller size: a pixel is hand where more than half of it was."""
    return resized(mask.view(np.uint8) * np.uint8(255), height, width) > 127


def holds(window: Window, point: Point) -> bool:
    """Whether the point lies in the window."""
    return 0 <= point.x - window.left < window.width and 0 <= point.y - window.top < window.height


def moved(point: Point, window: Window, height: int, width: int) -> Point:
    """The point, in the window, in the frame in which the window has this size."""
    x, y = (point.x - window.left + 0.5) * width / window.width, (point.y - window.top + 0.5) * height / window.height
    return Point(int(x), int(y), point.label)


def moved_box(box: Box, window: Window, height: int, width: int) -> Box:
    """The box, in the window, in the frame in which the window has this size; never empty."""
    scale_y, scale_x = height / window.height, width / window.width
    left, top = int((box.left - window.left) * scale_x), int((box.top - window.top) * scale_y)
    right, bottom = round((box.right - window.left) * scale_x), round((box.bottom - window.top) * scale_y)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))


def true_at(points: Iterable[Point], window: Window, answer: Mask) -> Mask:
    """The answer, changed in place, that agrees with each of the points in a window, however small its frame was."""
    for point in points:
        if holds(window, point):
            answer[point.y, point.x] = point.label == 1
    return answer


def distinct(masks: list[Mask]) -> list[Mask]:
    """The masks in their order, equal ones once."""
    return [mask for index, mask in enumerate(masks) if not any(np.array_equal(mask, other) for other in masks[:index])]


def _whole_pixels(start: float, end: float, length: int, kept: int) -> tuple[int, int]:
    """Move two edges outward, in a photo of `length` pixels of which `kept` are kept, to the edges of kept pixels."""
    first = max(math.floor(start), 0) * kept // length
    last = -(-min(math.ceil(end), length) * kept // length)
    return round(first * length / kept), round(last * length / kept)
