"""What was forgotten here goes from the datasets, too, and from their history as far as that can be done."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from annotation.publishing.publisher import Publisher
from annotation.store import Store
from annotation.store.outbox import Withdrawal
from handseg.errors import HandsegError
from handseg.records.opening import open_place
from handseg.records.places import Place, PlaceError
from handseg.records.snapshot import Snapshot


def withdraw_everywhere(store: Store, reviewed_only: bool) -> Iterator[str]:
    """Take out of each dataset what was forgotten; tells about each in a line.

    What fails stays noted, and is done when something is published the next time.
    """
    for target in store.outbox.targets():
        if pending := store.outbox.withdrawals(target):
            try:
                yield _withdraw(store, open_place(target), reviewed_only, pending)
            except HandsegError as error:
                yield f"{target} still has it ({error}); it goes with the next: python -m annotation publish"


def _withdraw(store: Store, place: Place, reviewed_only: bool, pending: Collection[Withdrawal]) -> str:
    if not place.resolve():
        return f"{place.address} never had it"
    shards = _shards_with(place, pending)
    outcome = Publisher(store, place, reviewed_only).publish()
    stays = place.purge(shards - set(Snapshot(place).shards))
    told = f"{place.address} does not have it any more, as of {outcome.revision[:12]}"
    return f"{told}; {stays}" if stays else f"{told}, nor do its older revisions"


def _shards_with(place: Place, pending: Collection[Withdrawal]) -> set[str]:
    """The shards of all revisions that have a row of what was forgotten."""
    record_ids = pa.array([each.record_id for each in pending if each.record_id], pa.string())
    photo_ids = pa.array([each.photo_id for each in pending if each.photo_id], pa.string())
    found: set[str] = set()
    snapshot = None
    for revision in place.log():
        snapshot = Snapshot(place, revision.id, earlier=snapshot)
        for path in snapshot.shards:
            try:
                light = snapshot.light_of(path)
            except PlaceError:  # it was purged before
                continue
            if pc.any(pc.or_(pc.is_in(light["id"], record_ids), pc.is_in(light["photo_id"], photo_ids))).as_py():
                found.add(path)
    return found
