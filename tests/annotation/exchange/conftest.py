"""A store on SQLite: what is tested here knows nothing of databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.store import Store
from tests.annotation.exchange.filling import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "home")
    yield store
    store.close()
