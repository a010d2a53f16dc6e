"""The dataset over HTTP: how far publishing is, and to publish now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from annotation.publishing.background import EVERY, MOST_AN_HOUR
from annotation.service.dataset import told
from annotation.store.records import now
from handseg.places import Place, PlaceError
from handseg.records.snapshot import Snapshot
from tests.annotation.hurry import without_syncing
from tests.annotation.serving import Caller, Served, other_mask, wait_until

NOTHING = {"saved": 0, "kept_back": 0, "waiting": 0, "published": 0, "held_back": 0, "revision": "", "error": ""}


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    with without_syncing():
        yield


@pytest.fixture
def ann(served: Served) -> Caller:
    return served.enter("Ann")


def save(served: Served, ann: Caller, seed: int) -> str:
    """A photo that Ann corrects; returns the record's id."""
    key = served.add(seed)
    served.store.claim_photo(key, "Ann")
    return ann.save(key, other_mask(seed)).json()["id"]


def publish(ann: Caller) -> dict[str, Any]:
    """Publish, wait for the end, and return the state."""
    began = ann("POST", "/dataset/publish")
    assert began.status_code == 200, began.text
    wait_until(lambda: not ann("GET", "/dataset").json()["busy"])
    return ann("GET", "/dataset").json()


class Places:
    """Opens the place of a served workbench when it may, and fails as it is told."""

    def __init__(self, place: Place) -> None:
        self.place, self.error, self.may = place, None, Event()

    def __call__(self) -> Place:
        self.may.wait(10)
        if self.error:
            raise self.error
        return self.place


@pytest.fixture
def places(served: Served, monkeypatch: pytest.MonkeyPatch) -> Places:
    places = Places(served.place())
    monkeypatch.setattr(served.background, "_open_place", places)
    return places


def test_a_new_app_has_nothing_and_says_where_the_dataset_will_be(served: Served, ann: Caller) -> None:
    state = ann("GET", "/dataset").json()
    assert NOTHING.items() <= state.items()
    assert state["target"] == str(served.settings.home / "dataset")
    assert state["on_hub"] is state["busy"] is state["reviewed_only"] is False
    assert state["committed_at"] is state["failed_at"] is state["next_commit"] is None
    assert (state["every_minutes"], state["most_an_hour"]) == (EVERY / timedelta(minutes=1), MOST_AN_HOUR)


def test_what_is_saved_waits_until_it_is_published(served: Served, ann: Caller) -> None:
    record = save(served, ann, 0)
    state = ann("GET", "/dataset").json()
    assert (state["saved"], state["waiting"], state["published"]) == (1, 1, 0)
    state = publish(ann)
    assert (state["saved"], state["waiting"], state["published"]) == (1, 0, 1)
    snapshot = Snapshot(served.place())
    assert state["revision"] == snapshot.revision
    assert snapshot.light["id"].to_pylist() == [record]
    assert now() - timedelta(minutes=1) < datetime.fromisoformat(state["committed_at"])
    assert datetime.fromisoformat(state["committed_at"]) <= datetime.fromisoformat(state["now"])


def test_who_publishes_is_told_that_it_begins(served: Served, ann: Caller, places: Places) -> None:
    save(served, ann, 0)
    began = ann("POST", "/dataset/publish").json()
    assert (began["busy"], began["waiting"], began["published"]) == (True, 1, 0)
    places.may.set()
    wait_until(lambda: ann("GET", "/dataset").json()["published"] == 1)


def test_who_publishes_while_it_is_under_way_is_told_so(served: Served, ann: Caller, places: Places) -> None:
    save(served, ann, 0)
    ann("POST", "/dataset/publish")
    refused = served.enter("Bob")("POST", "/dataset/publish")
    assert (refused.status_code, refused.json()["kind"]) == (409, "publishing")
    assert "under way already" in refused.json()["error"]
    places.may.set()
    wait_until(lambda: ann("GET", "/dataset").json()["published"] == 1)


def test_there_are_so_many_commits_an_hour_and_no_more(served: Served, ann: Caller) -> None:
    for seed in range(MOST_AN_HOUR):
        save(served, ann, seed)
        state = publish(ann)
    assert timedelta(minutes=59) < datetime.fromisoformat(state["next_commit"]) - now() < timedelta(hours=1)
    save(served, ann, MOST_AN_HOUR)
    refused = ann("POST", "/dataset/publish")
    assert (refused.status_code, refused.json()["kind"]) == (409, "publishing")
    assert "publish again after" in refused.json()["error"]
    assert len(served.place().log()) == MOST_AN_HOUR


def test_an_error_is_told_in_words_until_the_next_success(served: Served, ann: Caller, places: Places) -> None:
    save(served, ann, 0)
    places.may.set()
    places.error = PlaceError("no answer from the Hub about anna/hands; check the network")
    for _ in range(2):
        state = publish(ann)
        assert (state["waiting"], state["published"]) == (1, 0)
        assert state["error"] == str(places.error)
        assert now() - timedelta(minutes=1) < datetime.fromisoformat(state["failed_at"])
    places.error = None
    state = publish(ann)
    assert (state["waiting"], state["published"], state["error"], state["failed_at"]) == (0, 1, "", None)


def test_a_folder_with_other_things_is_left_alone_and_the_page_told(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("all I have")
    served = Served(tmp_path / "home", dataset=str(theirs))
    ann = served.enter("Ann")
    save(served, ann, 0)
    assert "is not a dataset, and not empty (thesis.txt)" in publish(ann)["error"]
    assert [path.name for path in theirs.iterdir() if not path.name.startswith(".")] == ["thesis.txt"]
    served.close()


def test_on_request_nothing_goes_out_before_its_review(tmp_path: Path) -> None:
    served = Served(tmp_path, reviewed_only=True)
    ann = served.enter("Ann")
    record = save(served, ann, 0)
    state = publish(ann)
    assert (state["saved"], state["kept_back"], state["waiting"], state["published"]) == (1, 1, 0, 0)
    assert state["reviewed_only"] is True
    served.enter("Rob")("POST", f"/records/{record}/review", {"decision": "approve"})
    assert publish(ann)["published"] == 1
    served.close()


def test_what_is_held_back_is_told_with_its_reason_and_without_the_servers_folders(served: Served, ann: Caller) -> None:
    damaged, _ = save(served, ann, 0), save(served, ann, 1)
    path = served.store.masks.path(served.store.record(damaged).mask)
    content = path.read_bytes()
    path.write_bytes(b"cut")
    state = publish(ann)
    assert (state["waiting"], state["published"], state["held_back"]) == (0, 1, 1)
    [reason] = state["reasons"]
    assert reason["count"] == 1
    assert "was damaged" in reason["reason"]
    assert str(served.store.masks.folder) not in json.dumps(state)
    path.write_bytes(content)
    state = publish(ann)
    assert (state["published"], state["held_back"], state["reasons"]) == (2, 0, [])


def test_what_is_held_back_for_one_reason_is_told_once(served: Served) -> None:
    records = {"a": "no room", "b": "no room", "c": "cannot read /srv/data/photos/ab/x y.jpg: it is away"}
    state = served.background.state()
    held = told(type(state)(**{**vars(state), "held_back": records}))
    assert held["held_back"] == 3
    assert held["reasons"] == [
        {"reason": "no room", "count": 2},
        {"reason": "cannot read …/x y.jpg: it is away", "count": 1},
    ]


def test_a_repository_is_known_from_a_folder(tmp_path: Path) -> None:
    served = Served(tmp_path, dataset="anna/hands")
    state = served.enter("Ann")("GET", "/dataset").json()
    assert (state["target"], state["on_hub"]) == ("anna/hands", True)
    served.close()


def test_a_database_that_is_away_is_told_and_asked_again(served: Served, ann: Caller) -> None:
    with served.store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE published RENAME TO away")
    response = ann("GET", "/dataset")
    assert (response.status_code, response.json()["kind"]) == (503, "store")
    with served.store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO published")
    assert ann("GET", "/dataset").status_code == 200


def test_a_public_space_without_a_password_neither_shows_nor_publishes(tmp_path: Path) -> None:
    token = Served(tmp_path).access.sign_in("Ann")
    served = Served(tmp_path, public=True)
    stranger = Caller(served.client, token)
    for method, path in (("GET", "/dataset"), ("POST", "/dataset/publish")):
        response = stranger(method, path)
        assert response.status_code == 401
        assert "switched off" in response.json()["error"]
    served.close()
