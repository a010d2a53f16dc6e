from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import cachetools
import pytest

from handseg.demo import desk
from handseg.demo.desk import Desk, OpenPhoto
from handseg.errors import PhotoError
from handseg.settings import Settings
from tests.pictures import drawn_photo


def test_a_photo_that_counts_more_than_fits_is_open_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_BYTES", 100)
    counter = Desk(Settings(device="cpu"))
    for visitor in ("Anna", "Bert"):
        opened = counter.put(visitor, OpenPhoto(drawn_photo(), "photo"))
        assert counter.get(visitor) is opened
    with pytest.raises(PhotoError, match="choose it again"):
        counter.get("Anna")


def test_a_photo_is_forgotten_half_an_hour_after_it_was_last_used(monkeypatch: pytest.MonkeyPatch) -> None:
    now, timed = 0.0, partial(cachetools.TTLCache, timer=lambda: now)
    monkeypatch.setattr(desk, "cachetools", SimpleNamespace(TTLCache=timed))
    counter = Desk(Settings(device="cpu"))
    opened = counter.put("Anna", OpenPhoto(drawn_photo(), "photo"))
    for use in (opened.renew, lambda: counter.get("Anna"), opened.renew):
        now += desk.FORGET_AFTER - 1
        use()
    now += desk.FORGET_AFTER + 1
    with pytest.raises(PhotoError, match="half an hour after they were last used"):
        counter.get("Anna")
