"""A dataset on the Hub is verified where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation.verification.verifying import verify
from handseg.hub.place import HubPlace
from handseg.places import ConflictError
from handseg.records.edits import Edit, commit
from handseg.records.row import Row
from handseg.records.snapshot import Snapshot
from tests.annotation.verification.planting import photo_row
from tests.hub import StandInHub, stand_in_hub
from tests.pictures import drawn_photo, encoded
from tests.records.filling import rows


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


def published(hub: StandInHub, *new: Row) -> HubPlace:
    place = HubPlace("anna/hands", hub.url, sleep=lambda _: None)
    with pytest.raises(ConflictError):
        place.commit("", "begin", {})
    commit(Snapshot(place), Edit(message="first", add=new))
    return place


def test_a_clean_repository_passes(hub: StandInHub) -> None:
    verified = verify(Snapshot(published(hub, *rows(30))))
    assert (verified.rows, verified.shards, verified.findings.kinds) == (30, 3, {})


def test_a_defect_in_a_repository_is_found(hub: StandInHub) -> None:
    spoken = encoded(drawn_photo(), "JPEG", comment=b"Ann")
    verified = verify(Snapshot(published(hub, *rows(30), photo_row(spoken))))
    assert verified.findings.kinds == {("error", "metadata"): 1}
