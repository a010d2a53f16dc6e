"""What a picture file says beside its pixels: the place where it was taken, the camera, words."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import ExifTags, Image

from handseg.intake.jpeg import without_metadata
from handseg.photos import JPEG

_PNG = b"\x89PNG\r\n\x1a\n"
# Pixels, and how they are meant; all other chunks of a PNG say something about the photo.
_PLAIN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"sBIT", b"bKGD"})


def metadata_in(content: bytes) -> str:
    """What a JPEG or PNG says beside its pixels, in words; "" for nothing, as `handseg.intake` leaves it.

    >>> metadata_in(b"GIF89a")
    'is neither JPEG nor PNG'
    """
    if content.startswith(JPEG):
        told = _in_jpeg(content)
    elif content.startswith(_PNG):
        told = ", ".join(sorted(set(_in_png(content))))
    else:
        return "is neither JPEG nor PNG"
    return f"has {'the place where it was taken (GPS), ' if told and _has_place(content) else ''}{told}" if told else ""


def _in_jpeg(content: bytes) -> str:
    try:
        bare = without_metadata(content)
    except ValueError as error:
        return f"an unusual form ({error})"
    return "" if bare == content else f"{len(content) - len(bare)} bytes that are not pixels"


def _in_png(content: bytes) -> Iterator[str]:
    place = len(_PNG)
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind not in _PLAIN:
            yield f"the chunk {kind.decode('latin-1')}"
        place += 12 + length
        if kind == b"IEND":
            break
    if place < len(content):
        yield f"{len(content) - place} bytes after its end"


def _has_place(content: bytes) -> bool:
    try:
        return bool(Image.open(io.BytesIO(content)).getexif().get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # Pillow raises nearly every kind of exception on damaged bytes
        return False
