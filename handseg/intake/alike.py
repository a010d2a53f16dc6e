"""Near-duplicates: photos that look alike, such as neighbouring frames of a film, by their perceptual hashes.

The hash is that of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2,
as phash.org computes it: the signs of 64 low frequencies of the cosine transform, relative to their median.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from handseg.photos import Photo

ALIKE = 6
"""Hashes that differ in at most so many of their 64 bits are of near-duplicates."""

_SIDE = 32
_FREQUENCIES = slice(1, 9)


def perceptual_hash(photo: Photo) -> str:
    """The perceptual hash of a (H, W, 3) photo as 16 hex digits; scaling and compression hardly change it."""
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[_FREQUENCIES, _FREQUENCIES]
    return np.packbits(low > np.median(low)).tobytes().hex()


def distance(a: str, b: str) -> int:
    """How many bits differ between two perceptual hashes, 0 to 64.

    >>> distance("0000000000000000", "00000000000000f1")
    5
    """
    return (int(a, 16) ^ int(b, 16)).bit_count()


def most_alike(phash: str, known: Iterable[tuple[str, str]]) -> str:
    """The name of the nearest hash among `known` (name, hash) pairs, or "" if none is within `ALIKE`.

    >>> most_alike("00000000000000ff", [("far", "ffffffffffffff00"), ("near", "00000000000000fe")])
    'near'
    """
    least, name = min(((distance(phash, each), name) for name, each in known), default=(ALIKE + 1, ""))
    return name if least <= ALIKE else ""
