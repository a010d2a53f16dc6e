"""Labels: uint8 (H, W), 0 background, 127 unknown, 255 hand; on disk a gray PNG of these values."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from handseg import photos
from handseg.errors import PhotoError
from handseg.masks import Mask
from handseg.photos import MAX_PIXELS

BACKGROUND, IGNORE, HAND = 0, 127, 255

Label = NDArray[np.uint8]
"""(H, W), each value one of the three above."""

_SIDEWAYS = (5, 6, 7, 8)


def of_mask(hand: Mask, unknown: Mask | None = None) -> Label:
    """The label of a (H, W) mask; `unknown` pixels are `IGNORE`, whether hand or not."""
    label = np.where(hand, HAND, BACKGROUND).astype(np.uint8)
    if unknown is not None:
        label[unknown] = IGNORE
    return label


def to_png(label: Label) -> bytes:
    """Encode a label. Its inverse is `from_png`.

    Raises:
        TypeError: not uint8 (H, W), or another value than the three.
    """
    if label.dtype != np.uint8 or label.ndim != 2 or not label.size:
        raise TypeError(f"a label is uint8 (H, W), not {label.dtype} {label.shape}")
    counts = np.bincount(label.ravel(), minlength=256)
    if counts[[BACKGROUND, IGNORE, HAND]].sum() != label.size:
        others = sorted({*np.flatnonzero(counts).tolist()} - {BACKGROUND, IGNORE, HAND})
        raise TypeError(f"a label has the values 0, 127 and 255, not {', '.join(map(str, others[:5]))}")
    file = io.BytesIO()
    Image.fromarray(label).save(file, "PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()


def from_png(content: bytes) -> Label:
    """Decode a PNG of `to_png`, or any other gray picture of its values; raises PhotoError."""
    return _gray(content)


def read_label(path: Path) -> Label:
    """The label in a file that has 0 and 255, or 0 and 1, or our three values; JPEG's blurred edges are cut at 127.

    Raises PhotoError, naming the file, if it cannot be read or means something else.
    """
    gray = _read(path, by_index=True)
    counts = np.bincount(gray.ravel(), minlength=256)
    values = {*np.flatnonzero(counts).tolist()}
    if values == {0, 1}:
        return of_mask(gray == 1)
    if values <= {BACKGROUND, IGNORE, HAND}:
        return gray
    if counts[:128].sum() > 0 and counts[192:].sum() and counts[64:192].sum() < 0.02 * gray.size:
        return of_mask(gray > 127)
    shown = ", ".join(map(str, sorted(values)[:5]))
    raise PhotoError(f"{path}: has {len(values)} values ({shown}, ...); a mask has 0 for background and 255 for hand")


def read_mask_above(path: Path, least: int) -> Mask:
    """Which pixels of the picture at `path` have at least the gray value `least`; raises PhotoError, naming it."""
    return _read(path) >= least


def size_of(image: bytes) -> tuple[int, int]:
    """The (height, width) of a photo when it is upright, by its header alone; raises PhotoError."""
    try:
        with Image.open(io.BytesIO(image)) as opened:
            width, height = opened.size
            # Pillow tells the size of a TIFF as it is when it has been turned.
            turned = opened.format != "TIFF" and opened.getexif().get(ExifTags.Base.Orientation, 1) in _SIDEWAYS
    except Exception:  # HEIC is not for Pillow alone; and what no decoder knows is told in words there
        return photos.decode(image).shape[:2]
    return (width, height) if turned else (height, width)


def _read(path: Path, by_index: bool = False) -> Label:
    try:
        return _gray(path.read_bytes(), by_index)
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror}); check the name and its permissions") from error
    except PhotoError as error:
        raise PhotoError(f"{path}: {error}") from error


def _gray(content: bytes, by_index: bool = False) -> Label:
    """(H, W) gray values; `by_index`, of a picture with a palette, the places of its colours there."""
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(f"a mask has at most {MAX_PIXELS / 1e6:g} megapixels; scale it down")
        return np.array(image if by_index and image.mode == "P" else image.convert("L"), np.uint8)
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises nearly every kind of exception on damaged bytes
        raise PhotoError(f"no mask can be read from {len(content)} bytes; download it again") from error
