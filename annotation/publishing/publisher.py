"""Brings one store's records into one dataset, however often it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from annotation.agreement import agreement_of
from annotation.publishing.plan import Plan, make_plan, plan_withdrawing
from annotation.publishing.rows import Rows
from annotation.publishing.traces import traces_of
from annotation.store import Store
from annotation.store.outbox import Withdrawal
from handseg.errors import HandsegError
from handseg.places import Place
from handseg.places.patience import patiently
from handseg.records.edits import Edit, commit
from handseg.records.snapshot import Snapshot

PATIENCE = 900.0
"""Seconds for which a commit is tried again."""
MOST_BYTES = 2_000_000_000
"""Of photos that go into one commit; the rest follows in the next one."""

Planner = Callable[[Snapshot, list[Withdrawal], Collection[str], Rows], Plan]
"""Compares a dataset with the store, given what was forgotten and the ids of the photos of it that were ever there."""


@dataclass(frozen=True)
class Outcome:
    """What publishing came to."""

    revision: str
    """The newest one now; "" if there is still nothing in the dataset."""
    added: int
    removed: int
    """Rows that do not belong there any more, and that nothing took the place of."""
    held_back: int
    notes: tuple[str, ...] = ()
    """What a person should know about the history, if something was forgotten."""


class Publisher:
    """Publishes a store to a place; may be used again and again, by one thread at a time."""

    def __init__(
        self,
        store: Store,
        place: Place,
        reviewed_only: bool = False,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store, self.place = store, place
        self._reviewed_only, self._patience, self._sleep = reviewed_only, patience, sleep
        self._seen: Snapshot | None = None
        self._unsure = ""
        self._notes: tuple[str, ...] = ()

    def publish(self) -> Outcome:
        """Make the dataset have what the store has; what cannot come in is held back, and its reason noted.

        Raises:
            PlaceError: the place refuses, or did not answer for `patience` seconds.
            SchemaError: the place holds another kind of dataset, or one of a newer handseg.
            StoreError, OutputError: the database or the disk fails.
        """
        return self._mend(self._plan)

    def has_work(self) -> bool:
        """Whether `publish` has something to do, by one look at the dataset."""
        withdrawals = self.store.outbox.withdrawals(self.place.address)
        once_there = traces_of(self.place, withdrawals).photo_ids
        return not self._plan(Snapshot(self.place), withdrawals, once_there, Rows(self.store)).is_done

    def withdraw(self) -> Outcome:
        """Take what was forgotten out of the dataset, and leave the rest of it as it is; raises as `publish` does."""
        return self._mend(self._plan_withdrawing)

    def _mend(self, make: Planner) -> Outcome:
        rows = Rows(self.store)
        looks: list[Plan] = []
        self._notes = ()
        try:
            while not looks or not looks[-1].is_done:
                patiently(lambda: self._look_and_mend(make, rows, looks), self._patience, self._sleep)
            self.place.tidy()
        except HandsegError as error:
            self.store.outbox.note_failure(self.place.address, str(error))
            raise
        return self._outcome(looks)

    def _look_and_mend(self, make: Planner, rows: Rows, looks: list[Plan]) -> None:
        """Look at the dataset, tell in `looks` what is to be done, and do it."""
        outbox, target = self.store.outbox, self.place.address
        snapshot = self._seen = Snapshot(self.place, earlier=self._seen)
        withdrawals = outbox.withdrawals(target)
        traces = traces_of(self.place, withdrawals)
        plan = make(snapshot, withdrawals, traces.photo_ids, rows)
        looks.append(plan)
        if plan.is_done:
            self._note_unsure_commit(snapshot)
            self._purge(traces.shards - snapshot.shards.keys())
            # Not before: a withdrawal is done when the history has been seen to, too.
            outbox.note_state(target, snapshot.revision, plan.present, plan.held_back, withdrawals)
            return
        self._limit(plan)
        self._unsure = plan.message
        outbox.begin(target)
        edit = Edit(
            message=plan.message,
            add=rows.of(plan.groups),
            drop=plan.drop,
            withdraw=plan.withdraw,
            agreement=agreement_of(self.store),
        )
        made = commit(snapshot, edit)
        self._unsure = ""
        if made:
            outbox.note_commit(target, made.id, plan.message)

    def _plan(self, snapshot: Snapshot, withdrawals: list[Withdrawal], once_there: Collection[str], rows: Rows) -> Plan:
        outbox = self.store.outbox
        wanted = outbox.publishable(self._reviewed_only)
        return make_plan(snapshot, wanted, outbox.record_ids(), withdrawals, once_there, rows)

    def _plan_withdrawing(
        self, snapshot: Snapshot, withdrawals: list[Withdrawal], once_there: Collection[str], rows: Rows
    ) -> Plan:
        outbox = self.store.outbox
        named = [record for record, _ in outbox.with_photos(each.record_id for each in withdrawals)]
        own_ids, noted = outbox.record_ids(), outbox.state(self.place.address).held_back
        plan = plan_withdrawing(snapshot, named, own_ids, withdrawals, once_there, rows)
        plan.held_back = {record_id: reason for record_id, reason in noted.items() if record_id in own_ids}
        return plan

    def _outcome(self, looks: list[Plan]) -> Outcome:
        first, last = looks[0], looks[-1]
        removed = set().union(*(look.drop for look in looks))
        revision = self._seen.revision if self._seen else ""
        added = len(last.present - first.present)
        return Outcome(revision, added, len(removed), len(last.held_back), self._notes)

    def _purge(self, shards: Collection[str]) -> None:
        """Take forgotten rows out of older revisions as well, as far as that can be done."""
        if not shards:
            return
        stays = self.place.purge(shards)
        tags = [name for name, revision in self.place.tags().items() if shards & self.place.files(revision).keys()]
        partly = f"of the tags {', '.join(tags)} some photos" if tags else "some photos of older revisions"
        self._notes = (stays,) if stays else (f"{partly} cannot be loaded any more: they shared a file with it",)
        self.store.outbox.note_history(self.place.address, "\n".join(self._notes))

    def _note_unsure_commit(self, snapshot: Snapshot) -> None:
        """Note the commit whose answer was lost, but that was done, as the look at the dataset has shown."""
        if self._unsure:
            self.store.outbox.note_commit(self.place.address, snapshot.revision, self._unsure)
            self._unsure = ""

    def _limit(self, plan: Plan) -> None:
        """Leave for the next commit what would make this one too large."""
        room = MOST_BYTES
        for record, photo in self.store.outbox.with_photos(plan.groups):
            if room <= 0:
                del plan.groups[record.id]
                plan.corrected.discard(record.id)
            else:
                room -= self.store.photos.size(photo.file)
