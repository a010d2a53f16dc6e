"""How a dataset has grown: the rows of each split, revision by revision."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handseg.places import Place, PurgedError, Revision
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS

MOST = 40
"""Revisions that are looked at: a plot shows no more, and a place on the Hub is asked about each of them."""


@dataclass(frozen=True)
class Point:
    """A revision, and how many rows each split had."""

    revision: str
    at: datetime
    message: str
    rows: Mapping[str, int]
    """By split, in the order of `SPLITS`."""

    @property
    def total(self) -> int:
        """Rows of all splits."""
        return sum(self.rows.values())


class Growth:
    """The history of one dataset. What was read once is remembered, as revisions and shards never change."""

    def __init__(self, place: Place) -> None:
        self._place, self._lock = place, threading.Lock()
        self._points: dict[str, Point | None] = {}
        self._last: Snapshot | None = None

    def points(self) -> list[Point]:
        """Oldest first, at most `MOST`, evenly chosen, the first and the newest among them; raises PlaceError.

        Revisions some of whose photos were deleted for good are left out, as nobody can count them any more.
        """
        with self._lock:
            # A repository that is not there yet has no log.
            revisions = self._place.log()[::-1] if self._place.resolve() else []
            found = [self._point(each) for each in spread(revisions)]
        return [point for point in found if point is not None]

    def _point(self, revision: Revision) -> Point | None:
        if revision.id not in self._points:
            self._points[revision.id] = self._counted(revision)
        return self._points[revision.id]

    def _counted(self, revision: Revision) -> Point | None:
        try:
            snapshot = Snapshot(self._place, revision.id, earlier=self._last)
            counted = Counter(snapshot.light["split"].to_pylist())
        except PurgedError:
            return None
        self._last = snapshot
        rows = {split: counted[split] for split in SPLITS}
        return Point(revision.id, revision.created_at, revision.message, rows)


def spread(revisions: list[Revision]) -> list[Revision]:
    """At most `MOST` of them, evenly chosen, with the first and the last."""
    if len(revisions) <= MOST:
        return revisions
    step = (len(revisions) - 1) / (MOST - 1)
    return [revisions[round(number * step)] for number in range(MOST)]
