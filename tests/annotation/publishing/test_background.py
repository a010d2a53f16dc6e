"""Publishing beside other work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from annotation.errors import PublishingError, StoreError
from annotation.publishing import background as module
from annotation.publishing.background import MOST_AN_HOUR, Background
from annotation.publishing.state import state_of
from annotation.store import Store, outbox
from annotation.store.records import now
from handseg.places import Place, PlaceError
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.annotation.publishing.filling import add, answer, fill, mask, photo
from tests.annotation.serving import wait_until

SOON = timedelta(milliseconds=20)


@pytest.fixture
def background(store: Store, place: FolderPlace) -> Background:
    return Background(store, lambda: place, place.address, False)


def rows(place: FolderPlace) -> int:
    return len(Snapshot(place).light)


def publish(background: Background) -> None:
    background.publish_soon()
    wait_until(lambda: not background.state().busy)


def failing(error: Exception) -> Callable[[], Place]:
    def open_place() -> Place:
        raise error

    return open_place


def test_what_is_saved_is_published_by_itself_until_the_end(
    store: Store, place: FolderPlace, background: Background
) -> None:
    list(fill(store, range(2)))
    with background.running(SOON):
        wait_until(lambda: background.state().published == 2)
        list(fill(store, range(2, 3)))
        wait_until(lambda: background.state().published == 3)
    list(fill(store, range(3, 5)))
    threading.Event().wait(5 * SOON.total_seconds())
    assert rows(place) == 3
    assert len(place.log()) == 2


def test_a_review_is_published_by_itself(store: Store, place: FolderPlace, background: Background) -> None:
    [record] = fill(store, range(1))
    publish(background)
    store.review(record.id, "Rita", "approve")
    with background.running(SOON):
        wait_until(lambda: len(place.log()) == 2)


def test_nothing_is_done_while_nothing_waits(store: Store, background: Background) -> None:
    with background.running(SOON):
        threading.Event().wait(5 * SOON.total_seconds())
    assert store.outbox.targets() == []


def test_the_end_waits_for_what_is_under_way(store: Store, place: FolderPlace) -> None:
    list(fill(store, range(1)))
    opened = threading.Event()

    def open_place() -> Place:
        opened.set()
        threading.Event().wait(0.2)
        return place

    with Background(store, open_place, place.address, False).running(SOON):
        opened.wait(10)
    assert rows(place) == 1


@pytest.mark.parametrize("error", [PlaceError("the disk is away"), OSError(28, "No space left"), ZeroDivisionError()])
def test_no_error_ends_the_schedule(store: Store, place: FolderPlace, error: Exception) -> None:
    list(fill(store, range(1)))
    failures = [error] * 3

    def open_place() -> Place:
        if failures:
            raise failures.pop()
        return place

    background = Background(store, open_place, place.address, False)
    with background.running(SOON):
        wait_until(lambda: background.state().published == 1)
    assert background.state().error == ""


def test_a_database_that_is_away_for_a_while_does_not_end_the_schedule(
    store: Store, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(fill(store, range(1)))
    failures = [StoreError("the database is away")] * 3

    def state(*given: object) -> object:
        if failures:
            raise failures.pop()
        return state_of(*given)

    monkeypatch.setattr(module, "state_of", state)
    with background.running(SOON):
        wait_until(lambda: not failures)
        wait_until(lambda: background.state().published == 1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PlaceError("anna/hands is not there"), "anna/hands is not there"),
        (OSError(28, "No space left on device", "/srv/secret/file"), "No space left on device"),
        (StoreError("the database postgresql://anna@host/handseg failed"), "its log tells why"),
        (ZeroDivisionError("secret"), "ZeroDivisionError"),
    ],
)
def test_what_went_wrong_is_told_without_hosts_users_and_folders(
    store: Store, place: FolderPlace, error: Exception, words: str
) -> None:
    background = Background(store, failing(error), place.address, False)
    publish(background)
    state = background.state()
    assert words in state.error
    assert state.failed_at
    assert not [secret for secret in ("secret", "anna@host") if secret in state.error]


def test_two_publications_at_once_are_one_too_many(store: Store, place: FolderPlace) -> None:
    list(fill(store, range(1)))
    go_on = threading.Event()

    def open_place() -> Place:
        go_on.wait(10)
        return place

    background = Background(store, open_place, place.address, False)
    background.publish_soon()
    assert background.state().busy
    with pytest.raises(PublishingError, match="under way"):
        background.publish_soon()
    go_on.set()
    wait_until(lambda: background.state().published == 1)


@pytest.mark.parametrize("ahead", [timedelta(days=400), -timedelta(hours=1)])
def test_commits_of_over_an_hour_ago_or_of_a_clock_that_was_ahead_delay_nothing(
    store: Store, background: Background, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    with monkeypatch.context() as then:
        then.setattr(outbox, "now", lambda: now() + ahead)
        for number in range(MOST_AN_HOUR):
            list(fill(store, range(number, number + 1)))
            publish(background)
    assert background.state().next_commit is None


def test_after_so_many_commits_there_is_a_pause(store: Store, place: FolderPlace, background: Background) -> None:
    for number in range(MOST_AN_HOUR):
        assert background.state().next_commit is None
        list(fill(store, range(number, number + 1)))
        publish(background)
    list(fill(store, range(100, 101)))
    first = place.log()[-1]
    assert abs(background.state().next_commit - first.created_at - timedelta(hours=1)) < timedelta(minutes=1)
    with pytest.raises(PublishingError, match="publish again after"):
        background.publish_soon()
    with background.running(SOON):
        threading.Event().wait(5 * SOON.total_seconds())
    assert len(place.log()) == MOST_AN_HOUR


def test_however_many_look_the_records_are_counted_once_in_a_while(
    store: Store, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    def slowly(*given: object) -> object:
        counted.append(given)
        threading.Event().wait(0.05)
        return state_of(*given)

    monkeypatch.setattr(module, "state_of", slowly)
    states = [background.state() for _ in range(5)]
    assert len(counted) == 1
    assert len(set(map(str, states))) == 1
    list(fill(store, range(1)))
    publish(background)
    assert background.state().published == 1


def test_a_mask_that_is_corrected_again_is_one_change(store: Store, background: Background) -> None:
    [record] = fill(store, range(1))
    publish(background)
    answer(store, record.photo_id, mask(7))
    state = state_of(store, background.state().target, False)
    assert (state.saved, state.waiting, state.published) == (1, 1, 1)


def test_what_is_sent_back_or_forgotten_is_one_change_each(store: Store, background: Background) -> None:
    sent_back, forgotten, *_ = fill(store, range(3))
    answer(store, add(store, photo(3)), mask(3), "Bob")
    publish(background)
    store.review(sent_back.id, "Rita", "send_back", "the thumb")
    assert counted(store, background) == 1
    store.forget_photo(forgotten.photo_id)
    assert counted(store, background) == 2
    store.forget_annotator("Bob")
    assert counted(store, background) == 3
    publish(background)
    assert background.state().waiting == 0
    assert background.state().published == 1


def counted(store: Store, background: Background) -> int:
    return state_of(store, background.state().target, False).waiting
