"""What is to be done to a dataset, so that it has what a store has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from annotation.store.outbox import Publishable, Withdrawal
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
    """Those of the added whose photo is there already, with another mask."""

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
    wanted: Iterable[Publishable],
    own_ids: Collection[str],
    withdrawals: Collection[Withdrawal],
    damaged: Mapping[str, str],
) -> Plan:
    """Compare a dataset with the records that belong into it, but for those that are known to be `damaged`.

    A row of this store (`own_ids`) that is not wanted goes. Of two stores' masks of one photo the later one counts.
    """
    rows = _Rows(snapshot)
    plan = Plan(held_back=dict(damaged))
    _plan_withdrawals(plan, rows, snapshot.withdrawn, withdrawals)
    gone_photos = {photo.photo_id for photo in [*snapshot.withdrawn, *plan.withdraw]}
    wanted = list(wanted)
    for record in wanted:
        if record.photo_id in gone_photos:
            plan.held_back[record.id] = "this photo was taken out of the dataset for good"
        elif record.id in rows.moments:
            plan.present.add(record.id)
        elif record.id not in damaged:
            _plan_addition(plan, rows, snapshot, record, own_ids)
    unwanted = (rows.moments.keys() & own_ids) - {record.id for record in wanted}
    replaced = {row_id for row_id in unwanted if rows.photo_of[row_id] in {each.photo_id for each in wanted}}
    plan.drop |= unwanted - replaced
    return plan


class _Rows:
    """What of a dataset's rows is needed to compare."""

    def __init__(self, snapshot: Snapshot) -> None:
        ids, photo_ids, groups, hashes, moments = (
            snapshot.light[name].to_pylist() for name in ("id", "photo_id", "group_id", "phash", "created_at")
        )
        self.moments: dict[str, datetime] = dict(zip(ids, moments, strict=True))
        self.photo_of: dict[str, str] = dict(zip(ids, photo_ids, strict=True))
        self.of_photo: dict[str, str] = dict(zip(photo_ids, ids, strict=True))
        self.traces: dict[str, Withdrawn] = {
            photo_id: Withdrawn(photo_id, group, phash)
            for photo_id, group, phash in zip(photo_ids, groups, hashes, strict=True)
        }


def _plan_withdrawals(plan: Plan, rows: _Rows, known: Iterable[Withdrawn], withdrawals: Iterable[Withdrawal]) -> None:
    known_ids = {photo.photo_id for photo in known}
    for each in withdrawals:
        if each.record_id in rows.moments:
            plan.drop.add(each.record_id)
        if each.photo_id in rows.of_photo:
            plan.drop.add(rows.of_photo[each.photo_id])
        if each.photo_id and each.photo_id not in known_ids:
            trace = Withdrawn(each.photo_id, each.group_id, each.phash)
            plan.withdraw.append(rows.traces.get(each.photo_id, trace))


def _plan_addition(plan: Plan, rows: _Rows, snapshot: Snapshot, record: Publishable, own_ids: Collection[str]) -> None:
    other = rows.of_photo.get(record.photo_id)
    if other and other not in own_ids and rows.moments[other] > record.created_at:
        plan.held_back[record.id] = "the dataset has a later mask of this photo, made in another app"
        return
    try:
        group_id = snapshot.grouping.group_for(record.photo_id, record.group_id, record.phash)
    except StraddleError as error:
        plan.held_back[record.id] = str(error)
        return
    snapshot.grouping.add(record.photo_id, group_id, record.phash)
    plan.groups[record.id] = group_id
    if other:
        plan.corrected.add(record.id)
