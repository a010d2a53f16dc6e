"""How well two annotators agree on the photos that both were asked about."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from statistics import fmean

from annotation.errors import FileError
from annotation.store import Store
from annotation.store.files import Files
from annotation.store.records import Record
from handseg import masks
from handseg.metrics import count
from handseg.records.facts import Agreement

MOST_COMPARED = 10_000
MOST_TOLD = 500
"""Pairs, the newest ones, from which a dataset's card tells the agreement."""


def compared(store: Store, most: int | None = None) -> Iterator[tuple[Record, Record, float]]:
    """The pairs of first answers about the same photo, with the IoU of their masks; at most the newest so many.

    Photos that one of the two rejected, or whose files cannot be read, are left out.
    """
    pairs = store.asked_twice()
    for first, second in pairs[-most:] if most else pairs:
        if "rejected" not in (first.verdict, second.verdict):
            try:
                yield first, second, _iou(store.masks, first.mask, second.mask)
            except FileError:
                continue


def agreement_of(store: Store) -> Agreement | None:
    """What a dataset's card tells about agreement; None if nobody was asked twice."""
    found = [iou for _, _, iou in compared(store, MOST_TOLD)]
    return Agreement(len(found), fmean(found), min(found)) if found else None


# A name says for ever what is in a file, so that no two masks need to be compared twice.
@lru_cache(maxsize=MOST_COMPARED)
def _iou(files: Files, first: str, second: str) -> float:
    return count(masks.from_png(files.read(first)), masks.from_png(files.read(second))).iou
