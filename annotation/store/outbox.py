"""Which records belong into datasets, and what became of them there.

There is no second list to keep: a record that is saved waits to be published by being there, so that no crash between
two writes can lose one. What is in a dataset is known by looking at it; what is noted here only tells people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from annotation.store.database import Database, insert
from annotation.store.records import VISITOR, Record, StoredPhoto, now
from annotation.store.reviews import newest
from annotation.store.tables import (
    commits,
    doomed_files,
    from_row,
    held_back,
    photos,
    published,
    read_all,
    records,
    secrets,
    select,
    targets,
    withdrawals,
)

_CHUNK = 500


@dataclass(frozen=True)
class Publishable:
    """A record that belongs into a dataset."""

    id: str
    photo_id: str
    created_at: datetime
    group_id: str
    phash: str
    reviewer: str


@dataclass(frozen=True)
class Withdrawal:
    """What is still to be taken out of a dataset: a photo, or a record."""

    record_id: str
    photo_id: str
    group_id: str
    phash: str


@dataclass(frozen=True)
class Published:
    """How far publishing to one dataset is."""

    held_back: Mapping[str, str]
    """The ids of records that cannot come in, and why."""
    revision: str
    """The last one that was made from here; "" for none."""
    committed_at: datetime | None
    error: str
    """Why the last attempt failed; "" if it did not."""
    failed_at: datetime | None
    notes: str
    """What its owner should know about the history, since something was forgotten; "" if nothing."""


class Outbox:
    """The store's side of publishing.

    Every method is one transaction, but for `with_photos`, and raises StoreError if the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def publishable(self, reviewed_only: bool = False) -> list[Publishable]:
        """The record of each photo that belongs into a dataset, in the order of saving.

        It is the newest approved one, or else the newest that waits for its review, unless `reviewed_only` or a visitor
        made it. A photo that was rejected has none.
        """
        wanted = [records.c.state == "approved"]
        if not reviewed_only:
            wanted.append(sa.and_(records.c.state == "waiting", records.c.annotator != VISITOR))
        query = select(Publishable, records, photos).add_columns(records.c.verdict)
        query = query.join(photos, photos.c.photo_id == records.c.photo_id).where(newest(), sa.or_(*wanted))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(records.c.state == "approved", records.c.number))
            best = {row.photo_id: row for row in found}
        return [from_row(Publishable, row) for row in best.values() if row.verdict != "rejected"]

    def record_ids(self) -> set[str]:
        """The ids of all records that were ever made here and not forgotten."""
        with self._database.reading() as connection:
            return set(connection.scalars(sa.select(records.c.id)))

    def with_photos(self, record_ids: Iterable[str]) -> Iterator[tuple[Record, StoredPhoto]]:
        """These records with their photos, some at a time, in the order asked for; the forgotten are left out."""
        ids = list(record_ids)
        for begin in range(0, len(ids), _CHUNK):
            yield from self._chunk(ids[begin : begin + _CHUNK])

    def _chunk(self, ids: list[str]) -> Iterator[tuple[Record, StoredPhoto]]:
        with self._database.reading() as connection:
            found = read_all(connection, Record, select(Record, records).where(records.c.id.in_(ids)))
            keys = {record.photo_id for record in found}
            shown = read_all(connection, StoredPhoto, select(StoredPhoto, photos).where(photos.c.photo_id.in_(keys)))
        by_id, by_photo = {record.id: record for record in found}, {photo.photo_id: photo for photo in shown}
        return ((by_id[each], by_photo[by_id[each].photo_id]) for each in ids if each in by_id)

    def salt(self) -> str:
        """What the names of people are hashed with in datasets; drawn once, and never given away."""
        with self._database.writing() as connection:
            drawn = {"name": "salt", "value": token_hex(32)}
            connection.execute(insert(connection, secrets).values(drawn).on_conflict_do_nothing())
            return str(connection.scalar(sa.select(secrets.c.value).where(secrets.c.name == "salt")))

    def begin(self, target: str) -> None:
        """Remember that records are published to `target`, so that what is forgotten is taken out of it."""
        self._note_target(target, begun=True)

    def note_commit(self, target: str, revision: str, message: str) -> None:
        """Remember a commit that was made from here."""
        with self._database.writing() as connection:
            values = {"target": target, "revision": revision, "message": message, "created_at": now()}
            connection.execute(commits.insert().values(values))

    def note_state(
        self,
        target: str,
        revision: str,
        present: Collection[str],
        held: Mapping[str, str],
        done: Collection[Withdrawal],
    ) -> None:
        """Remember which records a target has, which cannot come in and why, and what was taken out of it."""
        with self._database.writing() as connection:
            self._note_present(connection, target, revision, set(present))
            connection.execute(held_back.delete().where(held_back.c.target == target))
            if rows := [{"target": target, "record_id": each, "reason": why} for each, why in held.items()]:
                connection.execute(held_back.insert(), rows)
            for each in done:
                same = (withdrawals.c.record_id == each.record_id, withdrawals.c.photo_id == each.photo_id)
                connection.execute(withdrawals.delete().where(withdrawals.c.target == target, *same))
            connection.execute(targets.update().where(targets.c.target == target).values(error=""))

    def _note_present(self, connection: sa.Connection, target: str, revision: str, present: set[str]) -> None:
        """Make these the records that a target has; what stays as it is, is not written again."""
        of_target = published.c.target == target
        there = set(connection.scalars(sa.select(published.c.record_id).where(of_target)))
        gone = list(there - present)
        for begin in range(0, len(gone), _CHUNK):
            doomed = published.c.record_id.in_(gone[begin : begin + _CHUNK])
            connection.execute(published.delete().where(of_target, doomed))
        if rows := [{"target": target, "record_id": each, "revision": revision} for each in present - there]:
            connection.execute(published.insert(), rows)

    def note_failure(self, target: str, error: str) -> None:
        """Remember why publishing failed, for people."""
        self._note_target(target, error=error[:2000], failed_at=now())

    def note_history(self, target: str, notes: str) -> None:
        """Remember what a target's owner should know about its history, whoever publishes just now."""
        self._note_target(target, notes=notes)

    def _note_target(self, target: str, **values: Any) -> None:
        with self._database.writing() as connection:
            noted = insert(connection, targets).values(target=target, **values)
            connection.execute(noted.on_conflict_do_update(index_elements=["target"], set_=values))

    def state(self, target: str) -> Published:
        """How far publishing to a target is."""
        last = sa.select(commits).where(commits.c.target == target).order_by(commits.c.number.desc()).limit(1)
        held = sa.select(held_back.c.record_id, held_back.c.reason).where(held_back.c.target == target)
        with self._database.reading() as connection:
            commit = connection.execute(last).one_or_none()
            failure = connection.execute(sa.select(targets).where(targets.c.target == target)).one_or_none()
            reasons = {row.record_id: row.reason for row in connection.execute(held)}
        return Published(
            held_back=reasons,
            revision=commit.revision if commit else "",
            committed_at=commit.created_at if commit else None,
            error=failure.error if failure else "",
            failed_at=failure.failed_at if failure and failure.error else None,
            notes=failure.notes if failure else "",
        )

    def published_ids(self, target: str) -> set[str]:
        """The ids of the records that a target had when it was last looked at."""
        with self._database.reading() as connection:
            return set(connection.scalars(sa.select(published.c.record_id).where(published.c.target == target)))

    def commits_within(self, target: str, span: timedelta) -> list[datetime]:
        """When commits were made to a target from here, no longer than `span` ago, oldest first."""
        lately = commits.c.created_at.between(now() - span, now())  # a clock may have been ahead
        query = sa.select(commits.c.created_at).where(commits.c.target == target, lately)
        with self._database.reading() as connection:
            return list(connection.scalars(query.order_by(commits.c.number)))

    def withdrawals(self, target: str) -> list[Withdrawal]:
        """What is still to be taken out of a target."""
        with self._database.reading() as connection:
            query = select(Withdrawal, withdrawals).where(withdrawals.c.target == target)
            return read_all(connection, Withdrawal, query)

    def targets(self) -> list[str]:
        """The datasets that records were ever published to, as far as anybody knows."""
        with self._database.reading() as connection:
            return list(connection.scalars(sa.select(targets.c.target).where(targets.c.begun).order_by("target")))

    def leave(self, target: str) -> None:
        """Forget a target that never had anything, and what was to be taken out of it."""
        with self._database.writing() as connection:
            for table in (withdrawals, targets):
                connection.execute(table.delete().where(table.c.target == target))

    def doomed_files(self) -> list[tuple[str, str]]:
        """The kind ("photos" or "masks") and name of each file that is still to be deleted."""
        with self._database.reading() as connection:
            return [(row.kind, row.name) for row in connection.execute(sa.select(doomed_files))]
