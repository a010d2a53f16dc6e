"""Which of many photos look like a given one: the search of near-duplicates among any number of perceptual hashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from handseg.intake.alike import ALIKE

_BITS, _BAND = 64, 16
_BANDS = _BITS // _BAND
_NEAR = [0, *(1 << bit for bit in range(_BAND))]

# Of `ALIKE` differing bits at least one band has its share or less; the search below looks one bit far.
assert ALIKE // _BANDS <= 1


class Lookalikes:
    """Hashes with names, found again by those within `ALIKE` bits, exactly and without a look at all of them.

    Two hashes that differ in at most 6 of 64 bits differ in at most one bit of some quarter, so that only hashes which
    share a quarter up to one bit are compared (multi-index hashing: M. Norouzi et al., "Fast Search in Hamming Space
    with Multi-Index Hashing", 2012).
    """

    def __init__(self) -> None:
        # By band and quarter, the hashes of each name: most hashes of a film have one name and are much alike.
        self._bands: list[defaultdict[int, dict[str, set[int]]]] = [defaultdict(dict) for _ in range(_BANDS)]

    def add(self, phash: str, name: str) -> None:
        """Remember a hash of 16 hex digits; several may have one name."""
        value = int(phash, 16)
        for band, quarter in zip(self._bands, _quarters(value), strict=True):
            band[quarter].setdefault(name, set()).add(value)

    def near(self, phash: str) -> dict[str, int]:
        """The names of all hashes within `ALIKE` bits, each with its least distance, 0 to 6.

        >>> known = Lookalikes()
        >>> known.add("00000000000000fe", "near"), known.add("ffffffffffffff00", "far")
        (None, None)
        >>> known.near("00000000000000ff")
        {'near': 1}
        """
        value = int(phash, 16)
        found: dict[str, int] = {}
        for name, others in self._candidates(value):
            bits = min((value ^ other).bit_count() for other in others)
            if bits <= ALIKE and bits < found.get(name, ALIKE + 1):
                found[name] = bits
        return found

    def names_near(self, phash: str) -> set[str]:
        """The names of all hashes within `ALIKE` bits; quick even if a name has thousands of them."""
        value = int(phash, 16)
        found: set[str] = set()
        for name, others in self._candidates(value):
            if name not in found and any((value ^ other).bit_count() <= ALIKE for other in others):
                found.add(name)
        return found

    def _candidates(self, value: int) -> Iterator[tuple[str, set[int]]]:
        for band, quarter in zip(self._bands, _quarters(value), strict=True):
            for changed in _NEAR:
                if hashes := band.get(quarter ^ changed):
                    yield from hashes.items()


def _quarters(value: int) -> list[int]:
    return [value >> shift & (1 << _BAND) - 1 for shift in range(0, _BITS, _BAND)]
