"""What the demo answers, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from handseg.demo.desk import CORRECTED, OpenPhoto, Timed
from handseg.demo.handlers import Asked, Demo, Wishes
from handseg.segmenter import Prediction
from handseg.settings import Settings
from tests.pictures import drawn_mask, drawn_photo, encoded

WISHES = Wishes("accurate", "cutout", "#ffffff", threshold=0.5, grow=0, feather=0, view="mask")
OWN = WISHES._replace(model=CORRECTED)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(Settings(home=tmp_path, device="cpu"))
    demo.desk.put("ann", OpenPhoto(drawn_photo(), "photo"))
    return demo


def test_what_is_transparent_in_a_painted_mask_is_no_hand(demo: Demo) -> None:
    painted = np.dstack([np.full((48, 64, 3), 255, np.uint8), drawn_mask() * np.uint8(255)])
    demo.use_mask(encoded(painted), Asked(WISHES, "ann"))
    _, mask = demo.mask(Asked(OWN, "ann"))
    assert np.array_equal(mask, drawn_mask())


def test_the_name_on_a_card_is_shown_as_text(demo: Demo) -> None:
    opened = demo.desk.get("ann")
    opened.answers["accurate"] = Timed(Prediction(drawn_mask().astype(np.float32), 0.5, "<img src=x>"), 0.1)
    demo.desk.predict = lambda opened, model: opened.answers[model]
    _, status, _ = demo.show(Asked(WISHES, "ann"))
    assert "by &lt;img src=x&gt; in" in status


def test_a_mask_that_somebody_drew_keeps_its_smallest_parts(demo: Demo) -> None:
    drawn = np.zeros((48, 64), bool)
    drawn[3, 5] = True
    demo.desk.get("ann").correct(drawn)
    _, mask = demo.mask(Asked(OWN, "ann"))
    assert np.array_equal(mask, drawn)


def test_a_comparison_of_a_photo_that_was_left_meanwhile_shows_nothing(demo: Demo) -> None:
    seen = Timed(Prediction(drawn_mask().astype(np.float32), 0.5, "any"), 0.1)
    demo.desk.predict = lambda *_: seen
    assert "figure" in demo.compare(Asked(WISHES, "ann"))[0]

    def leave(*_: object) -> Timed:
        demo.desk.put("ann", OpenPhoto(drawn_photo(), "another"))
        return seen

    demo.desk.predict = leave
    assert demo.compare(Asked(WISHES, "ann")) == ("",)
