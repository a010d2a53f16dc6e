"""What is to be done to a dataset, so that it has what a store has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from annotation.publishing.rows import Rows
from annotation.store.outbox import Publishable, Withdrawal
from annotation.store.records import Record
from handseg.records.grouping import StraddleError
from handseg.records.snapshot import Snapshot
from handseg.records.withdrawn import Withdrawn


@dataclass
class Plan:
    """What is to be done, and what is not."""

    groups: dict[str, str] = field(default_factory=dict)
    """The ids of the records to be added, in their order, and the group of each."""
    drop: set[str] = field(default_factory=set)
    """The ids of rows that go."""
    withdraw: list[Withdrawn] = field(default_factory=list)
    """Photos that go for good."""
    present: set[str] = field(default_factory=set)
    """The ids of the records that are there."""
    held_back: dict[str, str] = field(default_factory=dict)
    """The ids of records that cannot come in, and why."""

    corrected: set[str] = field(default_factory=set)
    """Those of the added whose photo is there already, with another mask or without its review."""

    @property
    def message(self) -> str:
        """What the revision is called in the log."""
        counts = (
            (len(self.groups) - len(self.corrected), "add"),
            (len(self.corrected), "correct"),
            (len(self.drop), "take out"),
        )
        told = ", ".join(f"{word} {count}" for count, word in counts if count) or "withdraw photos"
        return told[0].upper() + told[1:]

    @property
    def is_done(self) -> bool:
        """Whether the dataset is as it should be."""
        return not (self.groups or self.drop or self.withdraw)


def make_plan(
    snapshot: Snapshot,
    wanted: Collection[Publishable],
    own_ids: Collection[str],
    withdrawals: Collection[Withdrawal],
    once_there: Collection[str],
    rows: Rows,
) -> Plan:
    """Compare a dataset with the records that belong into it.

    A row of this store (`own_ids`) that is not wanted goes. Of two stores' masks of one photo the later one counts. Of
    the photos that are withdrawn, those that are or were `once_there` are kept out for good; the dataset never hears of
    the others. A row with a name that was forgotten goes if it cannot be written anew, as a file of its record is
    damaged: the name counts more.
    """
    there, wanted_ids = _There(snapshot), {record.id for record in wanted}
    plan = Plan(held_back=dict(rows.damaged))
    _plan_withdrawals(plan, there, withdrawals, once_there, wanted_ids - rows.damaged.keys())
    gone_photos = {photo.photo_id for photo in [*snapshot.withdrawn, *plan.withdraw]}
    for record in wanted:
        if record.photo_id in gone_photos:
            plan.held_back[record.id] = "this photo was taken out of the dataset for good"
        elif there.reviewers.get(record.id) == rows.name(record.reviewer):
            plan.present.add(record.id)
        elif record.id not in rows.damaged:
            _plan_addition(plan, there, record, own_ids)
    wanted_photos = {record.photo_id for record in wanted}
    unwanted = (there.moments.keys() & own_ids) - wanted_ids
    plan.drop |= {row_id for row_id in unwanted if there.photo_of[row_id] not in wanted_photos}
    return plan


def plan_withdrawing(
    snapshot: Snapshot,
    named: Collection[Record],
    own_ids: Collection[str],
    withdrawals: Collection[Withdrawal],
    once_there: Collection[str],
    rows: Rows,
) -> Plan:
    """Plan only what `make_plan` does about the withdrawals; no photo comes in, and no other row changes.

    `named` are the records that the withdrawals name and the store still has, as only their reviewer was forgotten.
    """
    there = _There(snapshot)
    plan = Plan(present=there.moments.keys() & set(own_ids))
    _plan_withdrawals(plan, there, withdrawals, once_there, plan.present - rows.damaged.keys())
    stay = plan.present - plan.drop
    for record in named:
        if record.id in stay and there.reviewers[record.id] != rows.name(record.reviewer):
            plan.groups[record.id] = snapshot.grouping.group_of(record.photo_id)
            plan.corrected.add(record.id)
    return plan


class _There:
    """A dataset, and what of its rows is needed to compare."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        ids, photo_ids, moments, reviewers = (
            snapshot.light[name].to_pylist() for name in ("id", "photo_id", "created_at", "reviewer")
        )
        self.moments: dict[str, datetime] = dict(zip(ids, moments, strict=True))
        self.reviewers: dict[str, str] = dict(zip(ids, reviewers, strict=True))
        self.photo_of: dict[str, str] = dict(zip(ids, photo_ids, strict=True))
        self.of_photo: dict[str, str] = dict(zip(photo_ids, ids, strict=True))


def _plan_withdrawals(
    plan: Plan, there: _There, withdrawals: Iterable[Withdrawal], once_there: Collection[str], staying: Collection[str]
) -> None:
    """Rows of a forgotten reviewer's records stay: they are written anew without that name."""
    known_ids = {photo.photo_id for photo in there.snapshot.withdrawn}
    for each in withdrawals:
        if each.record_id in there.moments and each.record_id not in staying:
            plan.drop.add(each.record_id)
        if each.photo_id in there.of_photo:
            plan.drop.add(there.of_photo[each.photo_id])
        if each.photo_id in once_there and each.photo_id not in known_ids:
            group_id = there.snapshot.grouping.group_of(each.photo_id) or each.group_id
            plan.withdraw.append(Withdrawn.of(each.photo_id, group_id, each.phash))


def _plan_addition(plan: Plan, there: _There, record: Publishable, own_ids: Collection[str]) -> None:
    other, grouping = there.of_photo.get(record.photo_id), there.snapshot.grouping
    if other and other not in own_ids and there.moments[other] > record.created_at:
        plan.held_back[record.id] = "the dataset has a later mask of this photo, made in another app"
        return
    try:
        group_id = grouping.group_for(record.photo_id, record.group_id, record.phash)
    except StraddleError as error:
        plan.held_back[record.id] = str(error)
        return
    grouping.add(record.photo_id, group_id, record.phash)
    plan.groups[record.id] = group_id
    if other:
        plan.corrected.add(record.id)
