from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.store import Store
from annotation.store.database import sqlite_url
from handseg.places.folder import FolderPlace
from tests.annotation.hurry import without_syncing
from tests.hub import StandInHub, stand_in_hub


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    with without_syncing():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path / "dataset")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


def open_store(folder: Path) -> Store:
    return Store(sqlite_url(folder / "annotation.db"), folder)
