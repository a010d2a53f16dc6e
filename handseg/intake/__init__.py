"""Photo intake happens once: what is stored here is what canvas, model and training all read.

The stored file is upright, in sRGB, and knows nothing but pixels: no place, no camera, no words. Its compressed data is
the original's wherever that is possible, so that no photo is compressed twice without need.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from handseg import photos
from handseg.intake.alike import perceptual_hash
from handseg.intake.jpeg import without_metadata
from handseg.photos import JPEG, MOST_JPEG_SIDE, Photo

QUALITY = 95
"""Of the one JPEG encoding that a photo gets which must be turned or converted; colours are kept at full size."""

_LOSSLESS = (b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Taken:
    """A photo as it is stored."""

    photo: Photo
    """(H, W, 3), upright: exactly what `file` decodes to."""
    file: bytes
    suffix: str
    """".jpg" or ".png"."""
    photo_id: str
    """The sha256 of the pixels and size, 64 hex digits."""
    phash: str
    """16 hex digits, see `handseg.intake.alike`."""

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.photo.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.photo.shape[1]


def take_in(content: bytes) -> Taken:
    """Turn the bytes of a photo, of any format that `handseg.photos` reads, into what is stored.

    An upright JPEG in sRGB keeps its compressed data bit for bit and loses its metadata; PNG, GIF, BMP and TIFF become
    PNG; all others are encoded once as JPEG.

    Raises:
        PhotoError: as `handseg.photos.decode`.
    """
    photo = photos.decode(content)
    file = _same_jpeg(content, photo)
    if file is None:
        lossless = content.startswith(_LOSSLESS) or max(photo.shape) > MOST_JPEG_SIDE
        file = photos.encode_png(photo) if lossless else photos.encode_jpeg(photo, QUALITY, subsampling="4:4:4")
        photo = photo if lossless else photos.decode(file)
    return Taken(photo, file, photos.suffix_of(file), photo_id(photo), perceptual_hash(photo))


def photo_id(photo: Photo) -> str:
    """The sha256 of size and pixels of a (H, W, 3) photo, as 64 hex digits."""
    height, width = photo.shape[:2]
    digest = hashlib.sha256(f"{height}x{width}".encode("ascii"))
    digest.update(np.ascontiguousarray(photo))
    return digest.hexdigest()


def _same_jpeg(content: bytes, photo: Photo) -> bytes | None:
    """The JPEG without its metadata, if it shows the same photo: not if it was to be turned, or has a profile."""
    if not content.startswith(JPEG):
        return None
    try:
        bare = without_metadata(content)
        return bare if np.array_equal(photos.decode(bare), photo) else None
    except (ValueError, photos.PhotoError):  # an unusual JPEG, which is encoded anew
        return None
