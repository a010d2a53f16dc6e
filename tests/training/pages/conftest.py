"""A home that a maintainer looks after."""

from __future__ import annotations

from pathlib import Path

import pytest

from handseg.settings import Settings
from tests.training.pages.filling import fill_dataset, write_run


@pytest.fixture(scope="session")
def filled_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that no test changes."""
    return Path(fill_dataset(tmp_path_factory.mktemp("hands") / "dataset").folder)


@pytest.fixture
def settings(tmp_path: Path, filled_dataset: Path) -> Settings:
    """Of a home with three runs: `better`, `worse`, and one that is `under-way`."""
    home = tmp_path / "home"
    write_run(home / "runs" / "better", "blue")
    write_run(home / "runs" / "worse", "nothing")
    write_run(home / "runs" / "under-way", finished=False)
    return Settings(home=home, dataset=str(filled_dataset), device="cpu")
