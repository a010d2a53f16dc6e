from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from handseg.hub.place import HubPlace
from handseg.places import Revision
from handseg.places.folder import FolderPlace
from handseg.records.growth import MOST, Growth, spread
from handseg.records.snapshot import Snapshot
from tests.hub import stand_in_hub
from tests.records.filling import BEGAN, add, filled, rows


def test_each_revision_tells_the_rows_of_its_splits(tmp_path: Path) -> None:
    place = filled(tmp_path, 30)
    growth = Growth(place)
    [first] = growth.points()
    assert first.total == sum(first.rows.values()) == 30
    assert list(first.rows) == ["train", "validation", "test"]
    add(place, *rows(12, seed=1))
    assert [point.total for point in growth.points()] == [30, 42]
    assert growth.points()[0] is first


def test_an_empty_dataset_has_no_history(tmp_path: Path) -> None:
    assert Growth(FolderPlace(tmp_path / "none")).points() == []


def test_a_repository_that_is_not_there_yet_has_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        assert Growth(HubPlace("anna/none", hub.url, sleep=lambda _: None)).points() == []


def test_revisions_that_were_partly_deleted_for_good_are_left_out(tmp_path: Path) -> None:
    place = filled(tmp_path, 30)
    before = Snapshot(place)
    gone = list(before.shards)
    add(place, *rows(3, seed=1), drop=tuple(before.light["id"].to_pylist()))
    place.purge(gone)
    assert [point.total for point in Growth(place).points()] == [3]


def test_of_many_revisions_some_are_chosen_evenly() -> None:
    many = [Revision(str(number), BEGAN, "") for number in range(1000)]
    chosen = [int(each.id) for each in spread(many)]
    assert len(chosen) == MOST
    assert (chosen[0], chosen[-1]) == (0, 999)
    gaps = [after - before for before, after in itertools.pairwise(chosen)]
    assert max(gaps) - min(gaps) <= 1
    assert spread(many[:3]) == many[:3]
