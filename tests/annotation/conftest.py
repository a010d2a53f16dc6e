"""A store on each of the two databases, and what the store's tests put into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from annotation.store import Store
from annotation.store.database import sqlite_url
from tests import postgres
from tests.annotation.serving import Served


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    if postgres.binaries() is None:
        pytest.skip(f"there is no PostgreSQL server to start; {postgres.ADVICE}")
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "annotation.db")
        return
    with ExitStack() as stack:
        yield stack.enter_context(postgres.database(request.getfixturevalue("postgres_server")))


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    store = Store(database_url, tmp_path)
    yield store
    store.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A whole server, with an assistant that answers squares."""
    served = Served(tmp_path)
    yield served
    served.close()
