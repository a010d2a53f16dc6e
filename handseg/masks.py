"""Masks say which pixels are hand: bool (H, W), True = hand; on disk an 8-bit gray PNG, 0 and 255."""

from __future__ import annotations

import io
import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handseg.errors import PhotoError
from handseg.geometry import Window
from handseg.photos import MAX_PIXELS

Mask = NDArray[np.bool_]
"""(H, W), True = hand."""


def check_mask(mask: Mask) -> None:
    """Refuse what is not a mask of at least one pixel.

    >>> check_mask(np.zeros((4, 6), np.uint8))
    Traceback (most recent call last):
    TypeError: a mask is bool (H, W), not uint8 (4, 6)

    Raises:
        TypeError: no array, another dtype or number of axes, or an axis of length 0.
    """
    if not isinstance(mask, np.ndarray):
        raise TypeError(f"a mask is bool (H, W), not {type(mask).__name__}")
    if mask.dtype != bool or mask.ndim != 2 or not mask.size:
        raise TypeError(f"a mask is bool (H, W), not {mask.dtype} {mask.shape}")


def to_png(mask: Mask) -> bytes:
    """Encode a mask as an 8-bit gray PNG: 0 is background, 255 is hand. Its inverse is `from_png`.

    Raises:
        TypeError: not a mask.
    """
    check_mask(mask)
    file = io.BytesIO()
    # A mask is made of runs: run lengths alone are smaller than the default, and faster.
    Image.fromarray(mask.astype(np.uint8) * 255).save(file, "PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()


def from_png(content: bytes) -> Mask:
    """Decode a gray PNG of 1 or 8 bits: values above 127 are hand, so that 127, "ignore" in training, is not.

    Raises as `gray_from_png`.
    """
    return gray_from_png(content) > 127


def gray_from_png(content: bytes) -> NDArray[np.uint8]:
    """The values, (H, W), of a gray PNG of 1 or 8 bits.

    Raises:
        PhotoError: no PNG, damaged, with colours, transparency or 16 bits, or of more than `MAX_PIXELS`.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=["PNG"])
        _check(image)
        return np.asarray(image.convert("L"))
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises nearly every kind of exception on damaged bytes
        start = f"{len(content)} bytes beginning with {content[:12]!r}"
        raise PhotoError(f"no mask can be read from {start}; save it again as an 8-bit gray PNG") from error


def without_specks(mask: Mask, least: int) -> Mask:
    """The mask without parts of fewer than `least` pixels; corners connect pixels, too.

    >>> mask = np.array([[1, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 1]], bool)
    >>> print(without_specks(mask, 2).astype(int))
    [[1 0 0 0]
     [1 0 0 0]
     [0 1 0 0]]
    """
    window = window_of(mask) if least > 1 else None  # most photos are background, where there is nothing to part
    if window is None:
        return mask
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask[window.slices].astype(np.uint8), connectivity=8)
    specks = stats[:, cv2.CC_STAT_AREA] < least
    specks[0] = False  # the background
    if not specks.any():
        return mask
    kept = mask.copy()
    kept[window.slices] &= ~specks[parts]
    return kept


def grow(mask: Mask, pixels: int) -> Mask:
    """Widen the hand by `pixels`, or narrow it when they are negative.

    Distances are Euclidean, between the centres of pixels. Growing adds every pixel at most `pixels` from the hand;
    shrinking removes every pixel at most `-pixels` from the background. Outside the photo there is neither hand nor
    background: a hand cut by the photo's edge stays cut by it, and is not narrowed from that side.

    >>> mask = np.zeros((5, 9), bool)
    >>> mask[2, 3:6] = True
    >>> print(grow(mask, 2).astype(int))
    [[0 0 0 1 1 1 0 0 0]
     [0 0 1 1 1 1 1 0 0]
     [0 1 1 1 1 1 1 1 0]
     [0 0 1 1 1 1 1 0 0]
     [0 0 0 1 1 1 0 0 0]]

    Raises:
        TypeError: not a mask.
    """
    check_mask(mask)
    grown, hand = mask.copy(), window_of(mask)
    if pixels == 0 or hand is None:
        return grown
    margin = max(pixels, 1)
    window = hand.widened(margin, margin).cut(*mask.shape).slices
    near = mask[window]
    grown[window] = distance_to(near) <= pixels if pixels > 0 else distance_to(~near) > -pixels
    return grown


def window_of(mask: Mask) -> Window | None:
    """The smallest window that holds all of the hand; None where there is none.

    >>> window_of(np.array([[0, 0, 0, 0], [0, 1, 0, 1]], bool))
    Window(top=1, left=1, height=1, width=3)
    """
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Window(top, left, height, width) if width else None


def part_at(mask: Mask, x: int, y: int) -> Mask:
    """The connected part of the hand in which the pixel (x, y) lies; nothing where there is no hand.

    Pixels that touch by a corner are connected, too.

    >>> mask = np.array([[1, 1, 0, 0, 1], [0, 0, 1, 0, 1]], bool)
    >>> print(part_at(mask, x=0, y=0).astype(int))
    [[1 1 0 0 0]
     [0 0 1 0 0]]

    Raises:
        TypeError: not a mask.
        ValueError: the pixel lies outside.
    """
    check_mask(mask)
    height, width = mask.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"the pixel ({x}, {y}) lies outside the mask of {width} x {height}")
    if not mask[y, x]:
        return np.zeros_like(mask)
    filled = np.zeros((height + 2, width + 2), np.uint8)
    pixels = mask.astype(np.uint8, order="C")  # a mask may be a view that OpenCV does not take
    cv2.floodFill(pixels, filled, (x, y), 1, flags=8 | cv2.FLOODFILL_MASK_ONLY)
    return filled[1:-1, 1:-1] > 0


def distance_to(target: Mask) -> NDArray[np.float32]:
    """Measure from the centre of each pixel to that of the nearest True one; infinite where there is none.

    The same mask always gives the same numbers: OpenCV's threads differ in the last digit, but the squares are whole.
    """
    if not target.any():
        return np.full(target.shape, np.inf, np.float32)
    distance = cv2.distanceTransform((~target).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    np.square(distance, out=distance)
    np.rint(distance, out=distance)
    return np.sqrt(distance, out=distance)


def nearest_values(pixels: NDArray[Any], known: Mask, wanted: Mask) -> NDArray[Any]:
    """What (H, W, C) pixels have at the `known` one that is nearest to each `wanted` one, (N, C); one must be known."""
    unknown = (~known).view(np.uint8)
    _, number = cv2.distanceTransformWithLabels(unknown, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    values = np.empty((number.max() + 1, pixels.shape[2]), pixels.dtype)
    values[number[known]] = pixels[known]
    return values[number[wanted]]


def share(mask: Mask) -> float:
    """The fraction of pixels that are hand, 0 to 1.

    Raises:
        TypeError: not a mask.
    """
    check_mask(mask)
    return np.count_nonzero(mask) / mask.size


def _check(image: Image.Image) -> None:
    if (pixels := image.width * image.height) > MAX_PIXELS:
        raise PhotoError(f"a mask has at most {MAX_PIXELS / 1e6:g} megapixels, not {pixels / 1e6:.1f}; scale it down")
    if image.mode not in ("1", "L") or image.has_transparency_data:
        raise PhotoError(f"a mask is an 8-bit gray PNG, not {image.mode}; save it as gray, 0 background and 255 hand")
