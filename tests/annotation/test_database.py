"""The database below the store: opened, shared and refused, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import pytest
import sqlalchemy as sa

from annotation.errors import StoreError
from annotation.store import Store, tables
from annotation.store.database import Database, sqlite_url
from handseg.settings import Settings
from tests.annotation.filling import answer, ask, photo_id


def test_a_store_that_is_opened_again_knows_everything(database_url: str, tmp_path: Path) -> None:
    first = Store(database_url, tmp_path)
    saved = first.save(answer(first, ask(first, 1)))
    first.close()
    second = Store(database_url, tmp_path)
    assert second.record(saved.id) == saved
    second.close()


def test_opening_at_the_same_time_makes_one_set_of_tables(database_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(Database, [database_url] * 8))
    with opened[0].reading() as connection:
        assert connection.execute(sa.select(tables.schema.c.version)).all() == [(tables.SCHEMA,)]
    for database in opened:
        database.close()


def test_tables_of_a_newer_version_are_refused_with_words(database_url: str) -> None:
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(tables.schema.update().values(version=tables.SCHEMA + 8))
    database.close()
    with pytest.raises(StoreError, match=f"version {tables.SCHEMA + 8}.*newer handseg"):
        Database(database_url)


def test_an_error_in_a_transaction_leaves_nothing_behind(store: Store) -> None:
    key = ask(store, 1)

    def fail_halfway() -> None:
        with store.database.writing() as connection:
            connection.execute(tables.tasks.update().values(note="half"))
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert store.task(key).note == ""


def test_rows_keep_to_the_photos_they_belong_to(store: Store) -> None:
    skip = {"photo_id": photo_id(5), "annotator": "Ann"}
    with pytest.raises(StoreError), store.database.writing() as connection:
        connection.execute(tables.skips.insert().values(skip))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a URL"),
        ("mysql://host/name", "knows no database 'mysql'"),
        ("sqlite://", "keeps nothing"),
        ("sqlite:///:memory:", "keeps nothing"),
        ("postgresql://me:secret@localhost:1/name", "failed"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_with_words(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=words) as refusal:
        Store(url, tmp_path)
    assert "secret" not in str(refusal.value)


def test_a_damaged_sqlite_file_is_refused_with_words(tmp_path: Path) -> None:
    path = tmp_path / "annotation.db"
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StoreError, match="not a database"):
        Store(sqlite_url(path), tmp_path)


def test_the_settings_say_where_the_store_is(tmp_path: Path) -> None:
    assert (
        Settings.from_environment({"HANDSEG_DATABASE": "postgresql://host/name"}).database == "postgresql://host/name"
    )
    store = Store.open(Settings(home=tmp_path))
    ask(store, 1)
    assert (tmp_path / "annotation" / "annotation.db").is_file()
    assert (tmp_path / "annotation" / "masks").is_dir()
    other = Store.open(Settings(home=tmp_path, database=sqlite_url(tmp_path / "other.db")))
    assert other.counts().photos == 0
    for each in (store, other):
        each.close()


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path / "annotation.db"), tmp_path)
    with store.database.reading() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert (*found, connection.exec_driver_sql("PRAGMA foreign_keys").scalar()) == ("wal", 2, 1)
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    store.close()


def test_500_claims_and_saves_leave_no_connection_and_no_file_open(store: Store) -> None:
    verdicts = cycle(("edited", "accepted"))
    for number in range(10):
        ask(store, number)

    def work(count: int) -> None:
        for _ in range(count):
            task = store.claim("Ann") or store.claim_photo(photo_id(0), "Ann")
            store.save(answer(store, task.photo_id, verdict=next(verdicts)))

    work(20)
    before = len(os.listdir("/dev/fd"))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, 500).result()
    assert len(os.listdir("/dev/fd")) <= before
    assert len(store.records(photo_id(0))) > 500
