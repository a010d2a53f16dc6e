"""One database behind the store: SQLite beside the files, or PostgreSQL by its URL, from one code path."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from annotation.errors import RecordError, StoreError
from annotation.store import tables
from handseg.errors import first_line

BUSY_SECONDS = 10
"""How long a writer waits for another one of the same SQLite file."""

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_SCHEMA_LOCK = 0x68616E64


class Database:
    """A database that has the store's tables; safe for several threads, and several processes on the same one."""

    def __init__(self, url: str) -> None:
        """Raises StoreError if `url` cannot be used, nobody answers there, or its tables are of a newer version."""
        self.url = _parsed(url)
        self._engine = _engine(self.url)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that only reads; raises StoreError if the database fails."""
        with self._failures_in_words(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction that may write, kept whole at its end and left away on an error; raises StoreError."""
        with self._failures_in_words(), self._engine.execution_options(writing=True).begin() as connection:
            yield connection

    def scrub(self) -> None:
        """Leave nothing of deleted rows in SQLite's files; a server sees to that by itself, in its own time."""
        if self._engine.dialect.name == "sqlite":
            end = time.monotonic() + BUSY_SECONDS
            while self._is_busy_scrubbing() and time.monotonic() < end:
                time.sleep(0.1)

    def _is_busy_scrubbing(self) -> bool:
        """Move the log into the database; whether somebody who reads just now keeps a part of it."""
        with self._failures_in_words(), contextlib.closing(self._engine.raw_connection()) as connection:
            busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(busy)

    def close(self) -> None:
        """End all connections; the next transaction opens new ones."""
        self._engine.dispose()

    def _prepare(self) -> None:
        """Make the tables unless they are there; two processes may do so at once."""
        with self.writing() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            tables.metadata.create_all(connection)
            version = connection.scalar(sa.select(tables.schema.c.version))
            if version is None:
                connection.execute(tables.schema.insert().values(version=tables.SCHEMA))
            elif version == 1:  # version 2 only has more tables
                connection.execute(tables.schema.update().values(version=tables.SCHEMA))
            elif version != tables.SCHEMA:
                raise StoreError(
                    f"the database {self} has tables of version {version}, and this handseg knows version "
                    f"{tables.SCHEMA}; use a newer handseg, or another HANDSEG_DATABASE"
                )

    @contextlib.contextmanager
    def _failures_in_words(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError as error:
            raise RecordError(f"a text has characters that cannot be stored ({error}); leave them out") from error
        except sa.exc.SQLAlchemyError as error:
            reason = first_line(getattr(error, "orig", None) or error)
            raise StoreError(
                f"the database {self} failed ({reason}); check that it runs, can be reached, and has room"
            ) from error


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert, to be executed by this connection, that can say what happens `on_conflict`."""
    return _INSERTS[connection.dialect.name](table)


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite database in a file.

    >>> sqlite_url(Path("data/annotation.db"))
    'sqlite:///data/annotation.db'
    """
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        # The text may hold a password, so it is not repeated.
        raise StoreError("HANDSEG_DATABASE is not a URL; give one such as postgresql://user@host/name") from error
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+pg8000")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"{url} keeps nothing when the app ends; give the path of a file, as sqlite:////path/file.db")
    if parsed.drivername not in ("sqlite", "postgresql+pg8000"):
        raise StoreError(f"handseg knows no database {parsed.drivername!r}; give sqlite or postgresql")
    return parsed


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(url, pool_pre_ping=True)
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder}: {error.strerror}; choose another HANDSEG_HOME") from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see below
    _write_ahead(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Switch a new database to WAL; SQLite does not wait here by itself while another process does the same."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    """A writer takes its turn at once: one that has read first and then wants to write may be refused."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
