"""How an answer gets into the store. All functions run inside a transaction that has locked the photo's task."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from annotation.chance import chance
from annotation.errors import RecordError
from annotation.store import claims
from annotation.store.records import IMPORT, RESERVED, Record
from annotation.store.tables import drafts, from_row, records, select, skips, tasks

ASKED_AGAIN = 0.05
"""The share of photos about which a second annotator is asked, to measure how well people agree."""

_ANSWER = ("photo_id", "annotator", "verdict", "mask")
"""What makes two records the same answer: a page that crashed saves it again with other seconds and steps."""


def keep(connection: sa.Connection, task: sa.Row[Any], record: Record, moment: datetime) -> Record:
    """Keep the record and finish the work on its photo; see `Store.save`."""
    if known := stored(connection, record.id):
        return _same(known, record)
    claims.refuse_if_held(task, record.annotator, moment)
    earlier = _answers(connection, record.photo_id)
    own = [each.id for each in earlier if each.annotator == record.annotator]
    last = stored(connection, own[-1]) if own else None
    if last is not None and last.state != "sent_back" and not _differing(last, record):
        record = last  # whoever looks back and agrees with what is there takes no review from it
    else:
        record = replace(
            record,
            supersedes=last.id if last else "",
            again=bool(task.again and earlier and earlier[0].annotator != record.annotator),
            state="approved" if record.annotator == IMPORT else "waiting",
            reviewer="",
        )
        connection.execute(records.insert().values(vars(record)))
    _finish(connection, task, record, {record.annotator, *(each.annotator for each in earlier)}, moment)
    return record


def stored(connection: sa.Connection, record_id: str) -> Record | None:
    """The record called `record_id`, if there is one."""
    row = connection.execute(select(Record, records).where(records.c.id == record_id)).one_or_none()
    return None if row is None else from_row(Record, row)


def answered(again: bool, annotators: Collection[str]) -> dict[str, Any]:
    """The values of a task that these have answered and that was sent back to nobody; `again` if two are asked."""
    return {"state": "open" if again and len(annotators) < 2 else "done", "note": "", **claims.UNRESERVED}


def _same(known: Record, record: Record) -> Record:
    """The stored record, if it is the one that is saved again; else raises RecordError."""
    if differing := _differing(known, record):
        raise RecordError(
            f"the record {record.id} is stored already, with another {', '.join(differing)}; give a new id to new work"
        )
    return known


def _differing(known: Record, record: Record) -> list[str]:
    return [name for name in _ANSWER if getattr(record, name) != getattr(known, name)]


def _answers(connection: sa.Connection, photo_id: str) -> list[sa.Row[Any]]:
    query = sa.select(records.c.id, records.c.annotator).where(records.c.photo_id == photo_id)
    return list(connection.execute(query.order_by(records.c.number)))


def _finish(
    connection: sa.Connection, task: sa.Row[Any], record: Record, annotators: set[str], moment: datetime
) -> None:
    """End claim, draft and skip; a photo that is asked about again is done once two annotators have answered.

    What is reserved for someone else, to whom it was sent back, is still to be mended. Nobody is asked about what was
    imported, or made by a visitor: how well it agrees with an annotator says nothing about how well annotators do.
    """
    again = chance("ask again", record.photo_id) < ASKED_AGAIN and record.annotator not in RESERVED
    finished = {"again": again, **claims.NOBODY}
    if task.sent_to in ("", record.annotator) or task.reserved_until <= moment:
        finished |= answered(again, annotators)
    connection.execute(tasks.update().where(tasks.c.photo_id == record.photo_id).values(finished))
    for table in (drafts, skips):
        of_annotator = (table.c.photo_id == record.photo_id, table.c.annotator == record.annotator)
        connection.execute(table.delete().where(*of_annotator))
