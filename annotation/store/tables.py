"""The tables of the store, for SQLite and PostgreSQL alike, and the way between rows and values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

Value = TypeVar("Value")

SCHEMA = 2
"""The version of these tables; a change of them needs a new number and a way from the old one (`Database`)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment of what never was."""

_MICROSECOND = timedelta(microseconds=1)


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 in UTC: the same value in every database, no time zone to mistake."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else EPOCH + value * _MICROSECOND


metadata = sa.MetaData()

schema = sa.Table("handseg_schema", metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("photo_id", sa.Text, primary_key=True),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("phash", sa.Text, nullable=False),
    sa.Column("alike", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("consent", sa.Text, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
)


def _of_photo(**options: bool) -> sa.Column[str]:
    return sa.Column("photo_id", sa.Text, sa.ForeignKey("photos.photo_id"), nullable=False, **options)


tasks = sa.Table(
    "tasks",
    metadata,
    _of_photo(primary_key=True),
    sa.Column("model_mask", sa.Text, nullable=False),
    sa.Column("model_id", sa.Text, nullable=False),
    sa.Column("doubt", sa.Double, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    # The first photo of the cluster of near-duplicates, itself included.
    sa.Column("cluster", sa.Text, nullable=False, index=True),
    # Who holds the photo until when; "" for nobody.
    sa.Column("holder", sa.Text, nullable=False, default="", index=True),
    sa.Column("lease_ends", Moment, nullable=False, default=EPOCH),
    # To whom a reviewer sent it back, and until when nobody else is given it; "" for nobody.
    sa.Column("sent_to", sa.Text, nullable=False, default=""),
    sa.Column("reserved_until", Moment, nullable=False, default=EPOCH),
)

skips = sa.Table("skips", metadata, _of_photo(primary_key=True), sa.Column("annotator", sa.Text, primary_key=True))

drafts = sa.Table(
    "drafts",
    metadata,
    _of_photo(primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    # In the order of saving, whatever the clocks of several servers say.
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    _of_photo(index=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("mask", sa.Text, nullable=False),
    sa.Column("pixels", sa.Integer, nullable=False),
    sa.Column("model_mask", sa.Text, nullable=False),
    sa.Column("model_id", sa.Text, nullable=False),
    sa.Column("iou_model_human", sa.Double, nullable=False),
    sa.Column("prompts", sa.Text, nullable=False),
    sa.Column("assistant", sa.Text, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("supersedes", sa.Text, nullable=False, index=True),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("reviewer", sa.Text, nullable=False),
)

remarks = sa.Table(
    "remarks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("record_id", sa.Text, sa.ForeignKey("records.id"), nullable=False, index=True),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("x", sa.Integer),
    sa.Column("y", sa.Integer),
    sa.Column("created_at", Moment, nullable=False),
)

# What became of records in a dataset, whose address is the target.
published = sa.Table(
    "published",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Text, nullable=False),
)

# Records that cannot come into a dataset, and why.
held_back = sa.Table(
    "held_back",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
)

commits = sa.Table(
    "commits",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("target", sa.Text, nullable=False, index=True),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

# The datasets that records were ever to be published to, and why the last attempt failed; "" if it did not.
targets = sa.Table(
    "targets",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    # Whether a commit was ever tried there.
    sa.Column("begun", sa.Boolean, nullable=False, default=False),
    # What its owner should know about the history, since something was forgotten.
    sa.Column("notes", sa.Text, nullable=False, default=""),
    sa.Column("error", sa.Text, nullable=False, default=""),
    sa.Column("failed_at", Moment, nullable=False, default=EPOCH),
)

# What was forgotten here and is still to be taken out of a target and of its history: a photo for good, or a record.
withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True, default=""),
    sa.Column("photo_id", sa.Text, primary_key=True, default=""),
    sa.Column("group_id", sa.Text, nullable=False, default=""),
    sa.Column("phash", sa.Text, nullable=False, default=""),
)

# Files of what was forgotten, from that moment until they are deleted.
doomed_files = sa.Table(
    "doomed_files",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
)

secrets = sa.Table(
    "secrets", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)


def select(kind: type[Any], *among: sa.Table) -> sa.Select[Any]:
    """Selects the fields of the dataclass `kind`, each from the first table that has a column of its name."""
    return sa.select(*(next(table.c[name] for table in among if name in table.c) for name in _names(kind)))


def read_all(connection: sa.Connection, kind: type[Value], query: sa.Select[Any]) -> list[Value]:
    """The rows of a query that selects `kind`, as values of it."""
    return [from_row(kind, row) for row in connection.execute(query)]


def from_row(kind: type[Value], row: sa.Row[Any]) -> Value:
    """The value of `kind` in the row's columns of the same names. Its inverse is `vars`."""
    return kind(**{name: row._mapping[name] for name in _names(kind)})


def _names(kind: type[Any]) -> Sequence[str]:
    return [each.name for each in dataclasses.fields(kind)]
