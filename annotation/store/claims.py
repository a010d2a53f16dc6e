"""Who works on which photo, and which comes next.

A claim is a lease: it ends by itself, so that a closed laptop keeps no photo for ever, and its holder renews it while
at work. All functions run inside a transaction of the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from annotation.errors import ClaimError, UnknownPhotoError
from annotation.store.records import Task, is_hex
from annotation.store.tables import EPOCH, records, select, skips, tasks

LEASE = 900.0
"""Seconds that a claim lasts unless it is renewed."""

NOBODY = {"holder": "", "lease_ends": EPOCH}
"""The values of a task that nobody holds."""

UNRESERVED = {"sent_to": "", "reserved_until": EPOCH}
"""The values of a task that was sent back to nobody."""


def found(connection: sa.Connection, photo_id: str, lock: bool = False) -> sa.Row[Any]:
    """The task of a photo; with `lock` no other transaction can change it. Raises UnknownPhotoError."""
    query = sa.select(tasks).where(tasks.c.photo_id == photo_id)
    if not is_hex(photo_id, 64):
        raise UnknownPhotoError(photo_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UnknownPhotoError(photo_id)
    return row


def give(connection: sa.Connection, photo_id: str, annotator: str, until: datetime) -> None:
    """Let `annotator` hold the photo until then."""
    held = {"holder": annotator, "lease_ends": until}
    connection.execute(tasks.update().where(tasks.c.photo_id == photo_id).values(held))


def renew(connection: sa.Connection, photo_id: str, annotator: str, moment: datetime) -> None:
    """Begin the annotator's lease anew, even one that ended if nobody came; raises ClaimError without a claim."""
    if found(connection, photo_id, lock=True).holder != annotator:
        raise ClaimError(
            "your claim on this photo has ended and somebody else may have it; try to save it, or take another one"
        )
    give(connection, photo_id, annotator, moment + timedelta(seconds=LEASE))


def end(connection: sa.Connection, photo_id: str, annotator: str) -> None:
    """End the annotator's claim on the photo, if there is one."""
    held = (tasks.c.photo_id == photo_id, tasks.c.holder == annotator)
    connection.execute(tasks.update().where(*held).values(NOBODY))


def unreserve(connection: sa.Connection, photo_id: str, annotator: str) -> None:
    """Let others have the photo that was sent back to the annotator, if it was."""
    sent_back = (tasks.c.photo_id == photo_id, tasks.c.sent_to == annotator)
    connection.execute(tasks.update().where(*sent_back).values(reserved_until=EPOCH))


def refuse_if_held(task: sa.Row[Any], annotator: str, moment: datetime) -> None:
    """Raise ClaimError if someone else holds the photo at this moment."""
    if task.holder not in ("", annotator) and task.lease_ends > moment:
        raise ClaimError("someone else is working on this photo; take another one, or come back later")


def own(annotator: str, moment: datetime) -> sa.Select[Any]:
    """Selects the task that `annotator` holds, of several the one claimed or renewed last."""
    holds = sa.and_(tasks.c.holder == annotator, tasks.c.lease_ends > moment)
    return select(Task, tasks).where(holds).order_by(tasks.c.lease_ends.desc(), tasks.c.photo_id).limit(1)


def following(annotator: str, moment: datetime) -> sa.Select[Any]:
    """Selects the open tasks that `annotator` may be given, in this order; what is held is not among them.

    First what was sent back to this annotator, then the photos of fresh clusters, then those of clusters in which a
    photo has a record or is held, last what was sent back to someone else and is not reserved any more; of equals the
    greatest doubt comes first.
    """
    skipped = sa.exists().where(skips.c.photo_id == tasks.c.photo_id, skips.c.annotator == annotator)
    is_mine = tasks.c.sent_to == annotator
    # A second answer is wanted soon, although the photo has a record.
    is_worn = sa.and_(~tasks.c.again, tasks.c.cluster.in_(_busy_clusters(moment)))
    rank = sa.case((is_mine, 0), (tasks.c.sent_to != "", 3), (is_worn, 2), else_=1)
    may_be_given = (
        tasks.c.state == "open",
        sa.or_(tasks.c.holder == "", tasks.c.lease_ends <= moment),
        sa.or_(is_mine, tasks.c.reserved_until <= moment),
        ~skipped,
        ~is_for_others(annotator),
    )
    return select(Task, tasks).where(*may_be_given).order_by(rank, tasks.c.doubt.desc(), tasks.c.photo_id)


def is_for_others(annotator: str) -> sa.ColumnElement[bool]:
    """Whether a task asks for a second answer, and `annotator` gave the first, which was not sent back."""
    answered = sa.exists().where(records.c.photo_id == tasks.c.photo_id, records.c.annotator == annotator)
    return sa.and_(tasks.c.again, answered, tasks.c.sent_to != annotator)


def _busy_clusters(moment: datetime) -> sa.Select[Any]:
    neighbour = tasks.alias("neighbour")
    held = sa.and_(neighbour.c.holder != "", neighbour.c.lease_ends > moment)
    return sa.select(neighbour.c.cluster).where(sa.or_(held, neighbour.c.photo_id.in_(sa.select(records.c.photo_id))))
