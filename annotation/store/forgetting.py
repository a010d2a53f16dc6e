"""How a photo, or all that somebody made, goes from the store. All functions run inside a transaction of the store.

In the same transaction they note what is still to be done elsewhere: files to delete, datasets to take it out of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from annotation.errors import UnknownAnnotatorError
from annotation.store import claims
from annotation.store.database import insert
from annotation.store.records import StoredPhoto, check_annotator
from annotation.store.tables import (
    doomed_files,
    drafts,
    from_row,
    photos,
    records,
    remarks,
    schema,
    select,
    skips,
    targets,
    tasks,
    withdrawals,
)

MASKS, PHOTOS = "masks", "photos"

_USERS = {PHOTOS: (photos.c.file,), MASKS: (records.c.mask, records.c.model_mask, tasks.c.model_mask)}
"""The columns that name files of each kind."""


def forget_photo(connection: sa.Connection, photo_id: str) -> None:
    """Delete a photo and all that was ever said about it; raises UnknownPhotoError."""
    task = claims.found(connection, photo_id, lock=True)
    row = connection.execute(select(StoredPhoto, photos).where(photos.c.photo_id == photo_id)).one()
    photo = from_row(StoredPhoto, row)
    of_photo = records.c.photo_id == photo_id
    masks = {task.model_mask, *_masks_of(connection, of_photo)}
    _delete_records(connection, of_photo)
    for table in (drafts, skips, tasks):
        connection.execute(table.delete().where(table.c.photo_id == photo_id))
    connection.execute(photos.delete().where(photos.c.photo_id == photo_id))
    _lead_cluster_anew(connection, photo_id)
    _doom(connection, PHOTOS, [photo.file])
    _doom(connection, MASKS, masks)
    _withdraw(connection, [{"photo_id": photo_id, "group_id": photo.group_id, "phash": photo.phash}])


def forget_annotator(connection: sa.Connection, name: str) -> int:
    """Delete what somebody made, and the name wherever it is, also as a reviewer's; returns how many records.

    Photos that nobody else has answered are asked about again. Raises UnknownAnnotatorError.
    """
    check_annotator(name)
    by_name = records.c.annotator == name
    made = connection.execute(sa.select(records.c.id, records.c.photo_id).where(by_name)).all()
    reviewed = list(connection.scalars(sa.select(records.c.id).where(records.c.reviewer == name)))
    masks = _masks_of(connection, by_name)
    _delete_records(connection, by_name)
    touched = len(made) + _delete_name(connection, name)
    if not touched:
        raise UnknownAnnotatorError(name)
    answered = sa.exists().where(records.c.photo_id == tasks.c.photo_id)
    for photo_id in {row.photo_id for row in made}:
        open_again = tasks.update().where(tasks.c.photo_id == photo_id, ~answered).values(state="open")
        connection.execute(open_again)
    _doom(connection, MASKS, masks)
    _withdraw(connection, [{"record_id": each} for each in {*reviewed, *(row.id for row in made)}])
    return len(made)


def take_off(connection: sa.Connection, kind: str, name: str) -> bool:
    """Take a file off the list of doomed ones; whether it may be deleted now, or something needs it again.

    Waits for the transactions that `spare` files, and lets none of them go on before this one ends.
    """
    connection.execute(sa.select(schema).with_for_update())
    taken = doomed_files.delete().where(doomed_files.c.kind == kind, doomed_files.c.name == name)
    return connection.execute(taken).rowcount == 1 and not _is_used(connection, kind, name)


def spare(connection: sa.Connection) -> None:
    """Let no file be deleted before this transaction ends."""
    connection.execute(sa.select(schema).with_for_update(read=True))


def _delete_name(connection: sa.Connection, name: str) -> int:
    """Delete the name from all but records; returns in how many rows it was."""
    said = (records.c.photo_id == tasks.c.photo_id, remarks.c.reviewer == name, remarks.c.text == tasks.c.note)
    noted = sa.exists().where(remarks.c.record_id == records.c.id, *said)
    statements = [
        tasks.update().where(noted).values(note=""),
        remarks.delete().where(remarks.c.reviewer == name),
        records.update().where(records.c.reviewer == name).values(reviewer=""),
        drafts.delete().where(drafts.c.annotator == name),
        skips.delete().where(skips.c.annotator == name),
        tasks.update().where(tasks.c.holder == name).values(claims.NOBODY),
        tasks.update().where(tasks.c.sent_to == name).values(note="", **claims.UNRESERVED),
    ]
    return sum(connection.execute(statement).rowcount for statement in statements)


def _masks_of(connection: sa.Connection, which: sa.ColumnElement[bool]) -> set[str]:
    rows = connection.execute(sa.select(records.c.mask, records.c.model_mask).where(which))
    return {name for row in rows for name in row if name}


def _delete_records(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    ids = sa.select(records.c.id).where(which)
    connection.execute(remarks.delete().where(remarks.c.record_id.in_(ids)))
    connection.execute(records.delete().where(which))


def _lead_cluster_anew(connection: sa.Connection, photo_id: str) -> None:
    """Let another photo stand for the near-duplicates of one that is gone."""
    rest = sa.select(photos.c.photo_id).where(photos.c.alike == photo_id).order_by(photos.c.added_at)
    ids = list(connection.scalars(rest))
    if ids:
        alike = sa.case((photos.c.photo_id == ids[0], ""), else_=ids[0])
        connection.execute(photos.update().where(photos.c.alike == photo_id).values(alike=alike))
        connection.execute(tasks.update().where(tasks.c.cluster == photo_id).values(cluster=ids[0]))


def _doom(connection: sa.Connection, kind: str, names: Iterable[str]) -> None:
    """Note files to be deleted, but for those that something else still needs."""
    for name in names:
        if not _is_used(connection, kind, name):
            connection.execute(insert(connection, doomed_files).values(kind=kind, name=name).on_conflict_do_nothing())


def _is_used(connection: sa.Connection, kind: str, name: str) -> bool:
    used = [sa.exists().where(column == name) for column in _USERS[kind]]
    return bool(connection.scalar(sa.select(sa.or_(*used))))


def _withdraw(connection: sa.Connection, what: list[dict[str, Any]]) -> None:
    for target in list(connection.scalars(sa.select(targets.c.target).where(targets.c.begun))):
        if rows := [{"target": target, "record_id": "", "photo_id": "", **each} for each in what]:
            connection.execute(insert(connection, withdrawals).on_conflict_do_nothing(), rows)
