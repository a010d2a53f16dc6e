from __future__ import annotations

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
