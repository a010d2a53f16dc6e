"""Where in a dataset's revisions, old and new, forgotten photos and records are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from annotation.store.outbox import Withdrawal
from handseg.places import Place, PurgedError
from handseg.records.snapshot import Snapshot


@dataclass
class Traces:
    """What was found."""

    shards: set[str] = field(default_factory=set)
    """The paths of the shards with such a row."""
    photo_ids: set[str] = field(default_factory=set)
    """Of the photos that were in the dataset at some time."""


def traces_of(place: Place, withdrawals: Collection[Withdrawal]) -> Traces:
    """Look through all revisions; each shard is read once, and only its light columns.

    Raises PlaceError if a revision cannot be read: then nothing is known, and nothing may be taken for gone.
    """
    record_ids = pa.array([each.record_id for each in withdrawals if each.record_id], pa.string())
    photo_ids = pa.array([each.photo_id for each in withdrawals if each.photo_id], pa.string())
    found, seen, snapshot = Traces(), set(), None
    for revision in place.log() if withdrawals else ():
        snapshot = Snapshot(place, revision.id, earlier=snapshot)
        for path in snapshot.shards.keys() - seen:
            seen.add(path)
            try:
                light = snapshot.light_of(path)
            except PurgedError:
                continue
            hits = light.filter(pc.or_(pc.is_in(light["id"], record_ids), pc.is_in(light["photo_id"], photo_ids)))
            if len(hits):
                found.shards.add(path)
                found.photo_ids |= set(hits["photo_id"].to_pylist())
    return found
