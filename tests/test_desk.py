from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from threading import Event
from types import SimpleNamespace

import cachetools
import numpy as np
import pytest

from handseg.demo import desk
from handseg.demo.desk import Desk, OpenPhoto
from handseg.errors import PhotoError
from handseg.settings import Settings
from handseg.weights import choose, installed
from tests.pictures import drawn_photo


def test_a_photo_that_counts_more_than_fits_is_open_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_BYTES", 100)
    counter = Desk(Settings(device="cpu"))
    for visitor in ("Anna", "Bert"):
        opened = counter.put(visitor, OpenPhoto(drawn_photo(), "photo"))
        assert counter.get(visitor) is opened
    with pytest.raises(PhotoError, match="choose it again"):
        counter.get("Anna")


def desk_that_tells(time: Callable[[], float], monkeypatch: pytest.MonkeyPatch) -> Desk:
    timed = partial(cachetools.TTLCache, timer=time)
    monkeypatch.setattr(desk, "cachetools", SimpleNamespace(TTLCache=timed))
    return Desk(Settings(device="cpu"))


def test_a_photo_is_forgotten_half_an_hour_after_it_was_last_used(monkeypatch: pytest.MonkeyPatch) -> None:
    now, counter = 0.0, desk_that_tells(lambda: now, monkeypatch)
    opened = counter.put("Anna", OpenPhoto(drawn_photo(), "photo"))
    for use in (opened.renew, lambda: counter.get("Anna"), opened.renew):
        now += desk.FORGET_AFTER - 1
        use()
    now += desk.FORGET_AFTER + 1
    with pytest.raises(PhotoError, match="half an hour after they were last used"):
        counter.get("Anna")


def test_a_visitor_who_left_may_come_back_within_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, counter = 0.0, desk_that_tells(lambda: now, monkeypatch)
    opened = counter.put("Anna", OpenPhoto(drawn_photo(), "photo"))
    for use in (opened.renew, lambda: counter.get("Anna")):
        counter.leave("Anna")
        now += desk.FORGET_LEFT_AFTER - 1
        use()
        now += desk.FORGET_LEFT_AFTER + 1
        assert counter.get("Anna") is opened
    counter.leave("Anna")
    now += desk.FORGET_LEFT_AFTER + 1
    with pytest.raises(PhotoError, match="away for minutes"):
        counter.get("Anna")


def test_leaving_makes_no_photo_stay_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now, counter = 0.0, desk_that_tells(lambda: now, monkeypatch)
    counter.put("Anna", OpenPhoto(drawn_photo(), "photo"))
    now += desk.FORGET_AFTER - 1
    counter.leave("Anna")
    now += 2
    with pytest.raises(PhotoError, match="choose it again"):
        counter.get("Anna")


def test_those_who_left_make_room_first(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, photo = Settings(device="cpu"), drawn_photo()
    monkeypatch.setattr(desk, "MOST_BYTES", 2 * OpenPhoto(photo, "photo").bytes(len(installed(settings)) + 1))
    counter = Desk(settings)
    opened = [counter.put(visitor, OpenPhoto(photo, "photo")) for visitor in ("Anna", "Bert")]
    counter.leave("Bert")
    counter.put("Cleo", OpenPhoto(photo, "photo"))
    assert counter.get("Anna") is opened[0]
    with pytest.raises(PhotoError):
        counter.get("Bert")


def test_a_photo_is_forgotten_in_time_though_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, late, looked = 0.0, Event(), Event()

    def sleep(_: float) -> None:
        if late.is_set():
            looked.set()
            Event().wait()  # for ever
        late.wait(10)

    monkeypatch.setattr(desk, "time", SimpleNamespace(sleep=sleep))
    counter = desk_that_tells(lambda: now, monkeypatch)
    opened = weakref.ref(counter.put("Anna", OpenPhoto(drawn_photo(), "photo")))
    now += desk.FORGET_AFTER + 1
    late.set()
    assert looked.wait(10)
    assert opened() is None


def test_a_photo_counts_with_its_file_and_a_probability_of_each_model() -> None:
    opened = OpenPhoto(drawn_photo(), "photo", b"file")
    assert opened.bytes(predictions=2) == 4 + 48 * 64 * 3 + 2 * 48 * 64 * np.float32().nbytes


def test_each_model_is_loaded_once_and_asked_once_about_a_photo() -> None:
    settings = Settings(device="cpu")
    counter, opened, fast = Desk(settings), OpenPhoto(drawn_photo(), "photo"), choose(settings, "fast")
    assert counter.segmenter(fast) is counter.segmenter(fast)
    assert counter.predict(opened, "fast") is counter.predict(opened, "fast")
