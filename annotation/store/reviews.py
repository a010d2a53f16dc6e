"""What a reviewer decides about a record. All functions run inside a transaction of the store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from annotation.errors import ReviewError, UnknownRecordError
from annotation.store import claims
from annotation.store.answers import answered, stored
from annotation.store.records import LONGEST_COMMENT, VISITOR, Record, check_text, is_hex, now
from annotation.store.tables import EPOCH, photos, records, remarks, select, tasks

RESERVED_FOR = timedelta(days=7)
"""What was sent back is kept so long from everybody but the one who made it."""

_STATES = {"approve": "approved", "send_back": "sent_back"}


def newest() -> sa.ColumnElement[bool]:
    """Whether no later record of the same annotator supersedes a record."""
    later = records.alias("later")
    return ~sa.exists().where(later.c.supersedes == records.c.id)


def find(connection: sa.Connection, record_id: str) -> Record:
    """The record called `record_id`; raises UnknownRecordError."""
    record = stored(connection, record_id) if is_hex(record_id, 32) else None
    if record is None:
        raise UnknownRecordError(record_id)
    return record


def waiting(reviewer: str) -> sa.Select[Any]:
    """Selects the records that wait for a review, oldest first, `reviewer`'s own last."""
    is_own = sa.case((records.c.annotator == reviewer, 1), else_=0)
    query = select(Record, records).where(records.c.state == "waiting", newest())
    return query.order_by(is_own, records.c.number)


def decided(reviewer: str, count: int) -> sa.Select[Any]:
    """Selects the last `count` records about which `reviewer` decided, and which are not superseded, newest first."""
    last = sa.select(remarks.c.record_id, sa.func.max(remarks.c.id).label("number"))
    last = last.where(remarks.c.reviewer == reviewer).group_by(remarks.c.record_id).subquery()
    query = select(Record, records).join(last, last.c.record_id == records.c.id)
    return query.where(records.c.reviewer == reviewer, newest()).order_by(last.c.number.desc()).limit(count)


def decide(
    connection: sa.Connection, record_id: str, reviewer: str, decision: str, text: str, place: tuple[int, int] | None
) -> Record:
    """Keep a decision and its remark; sending back opens the task again, first of all for the record's annotator.

    Whoever holds the photo just then goes on holding it. A reviewer who decides otherwise than before asks nobody any
    more to mend the record; who says the same again has said nothing new.
    """
    photo_id = find(connection, record_id).photo_id
    task = claims.found(connection, photo_id, lock=True)  # no save may come between
    record = find(connection, record_id)
    _check(connection, record, reviewer, decision, text, place)
    x, y = place or (None, None)
    remark = {"record_id": record_id, "reviewer": reviewer, "decision": decision, "text": text, "x": x, "y": y}
    if remark == _last_remark(connection, record_id):
        return record
    connection.execute(remarks.insert().values(**remark, created_at=now()))
    said = {"state": _STATES[decision], "reviewer": reviewer}
    connection.execute(records.update().where(records.c.id == record_id).values(said))
    if decision == "send_back":
        until = EPOCH if record.annotator == VISITOR else now() + RESERVED_FOR
        asked = {"state": "open", "note": text, "sent_to": record.annotator, "reserved_until": until}
        connection.execute(tasks.update().where(tasks.c.photo_id == photo_id).values(asked))
    elif record.state == "sent_back" and task.sent_to == record.annotator:
        annotators = set(connection.scalars(sa.select(records.c.annotator).where(records.c.photo_id == photo_id)))
        connection.execute(tasks.update().where(tasks.c.photo_id == photo_id).values(answered(task.again, annotators)))
    return find(connection, record_id)


def _last_remark(connection: sa.Connection, record_id: str) -> dict[str, Any] | None:
    said = [remarks.c[name] for name in ("record_id", "reviewer", "decision", "text", "x", "y")]
    query = sa.select(*said).where(remarks.c.record_id == record_id).order_by(remarks.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _check(
    connection: sa.Connection, record: Record, reviewer: str, decision: str, text: str, place: tuple[int, int] | None
) -> None:
    check_text("the remark", text, LONGEST_COMMENT)
    if decision == "approve" and reviewer == record.annotator:
        raise ReviewError("this mask is your own; leave it to somebody else, or send it back to mend it")
    if record.state != "waiting" and record.reviewer != reviewer:
        raise ReviewError(
            f"{record.reviewer} has reviewed this record already: it was {record.state.replace('_', ' ')}"
        )
    if connection.scalar(sa.select(records.c.id).where(records.c.supersedes == record.id)):
        raise ReviewError(f"{record.annotator} has saved this photo anew; review the later record")
    size = sa.select(photos.c.height, photos.c.width).where(photos.c.photo_id == record.photo_id)
    height, width = connection.execute(size).one()
    if place and not (0 <= place[0] < width and 0 <= place[1] < height):
        raise ReviewError(f"the remark points to {place}, outside the photo of {width} x {height} pixels; point inside")
