"""Photos lie in their files as the camera held them, and EXIF says how to turn them; masks say nothing."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handseg.errors import PhotoError
from handseg.photos import Value, as_stored, exif_orientation


def upright(mask: NDArray[Value], content: bytes, shape: tuple[int, int]) -> NDArray[Value]:
    """The mask or label, (H, W), for the upright photo of `shape` whose file has the bytes `content`.

    A mask that was drawn on the pixels as they lie in the file is turned with them, where its size tells that.

    Raises:
        PhotoError: it fits neither the upright photo nor the pixels of its file, or both and means different things.
    """
    orientation = _orientation(content)
    turned = np.empty(mask.shape[::-1] if orientation > 4 else mask.shape, mask.dtype)
    as_stored(turned, orientation)[...] = mask
    readings = [each for each in (mask, turned) if each.shape == shape]
    if not readings:
        raise PhotoError(
            f"the mask is {_size(mask.shape)} pixels and the upright photo {_size(shape)}; they must agree, so scale "
            "neither of them"
        )
    if len(readings) == 2 and not np.array_equal(mask, turned):
        raise PhotoError(
            f"EXIF turns the photo (orientation {orientation}), and the mask may have been drawn before or after that; "
            "save the photo upright, as its mask is, and without EXIF"
        )
    return readings[0]


def _orientation(content: bytes) -> int:
    """1 to 8; broken EXIF counts as 1, and so does HEIC, which every program turns."""
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "TIFF"))
    except Exception:  # decoders raise nearly every kind of exception on damaged bytes
        return 1
    return exif_orientation(image)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"
