from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from handseg.demo.desk import Desk, OpenPhoto
from handseg.errors import WeightsError
from handseg.promoted import history, promote, promoted, roll_back
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, choose
from tests.pictures import drawn_photo


def weights_called(name: str, like: str, folder: Path) -> Path:
    """A copy of weights that ship, under another name."""
    copied = shutil.copytree(SHIPPED / like, folder)
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, "name": name}))
    return copied


def test_promoted_weights_take_the_place_of_what_ships_until_they_are_rolled_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    shipped = choose(settings, "accurate").card.id
    first = weights_called("accurate", "fast", tmp_path / "first")
    promote(settings.home, "accurate", first, {"gain": 0.1})
    shutil.rmtree(first)
    assert choose(settings, "accurate").card.side == choose(settings, "fast").card.side
    second = promote(settings.home, "accurate", weights_called("accurate", "accurate", tmp_path / "second"), {})
    assert promoted(settings.home)["accurate"].name == second.folder
    roll_back(settings.home, "accurate", {"by": "Ann"})
    assert choose(settings, "accurate").card.side == choose(settings, "fast").card.side
    roll_back(settings.home, "accurate", {"by": "Ann"})
    assert choose(settings, "accurate").card.id == shipped
    assert [change.why for change in history(settings.home)] == [{"gain": 0.1}, {}, {"by": "Ann"}, {"by": "Ann"}]
    with pytest.raises(WeightsError, match="nothing was promoted to 'accurate'"):
        roll_back(settings.home, "accurate", {})


def test_a_running_demo_answers_with_promoted_weights_at_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    desk, opened = Desk(settings), OpenPhoto(drawn_photo(), "photo")
    before = desk.predict(opened, "accurate").prediction
    promote(settings.home, "accurate", weights_called("accurate", "fast", tmp_path / "new"), {})
    after = desk.predict(opened, "accurate").prediction
    assert (after.probability != before.probability).any()
    assert after.threshold == choose(settings, "fast").card.threshold
    roll_back(settings.home, "accurate", {})
    assert (desk.predict(opened, "accurate").prediction.probability == before.probability).all()


def test_a_running_demo_learns_of_another_threshold_of_the_same_network(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    desk, opened = Desk(settings), OpenPhoto(drawn_photo(), "photo")
    before = desk.predict(opened, "accurate").prediction
    calibrated = weights_called("accurate", "accurate", tmp_path / "new")
    card = json.loads((calibrated / CARD).read_text())
    (calibrated / CARD).write_text(json.dumps({**card, "threshold": 0.9}))
    promote(settings.home, "accurate", calibrated, {})
    after = desk.predict(opened, "accurate").prediction
    assert (after.probability == before.probability).all()
    assert before.threshold != after.threshold == 0.9


@pytest.mark.parametrize("damaged", ["{", "[{}]"])
def test_a_damaged_register_is_told(tmp_path: Path, damaged: str) -> None:
    promote(tmp_path, "accurate", SHIPPED / "fast", {})
    (tmp_path / "promoted" / "register.json").write_text(damaged)
    with pytest.raises(WeightsError, match=r"register\.json"):
        promoted(tmp_path)


def test_what_is_refused_at_the_last_moment_leaves_neither_a_change_nor_a_copy(tmp_path: Path) -> None:
    def others_were_faster() -> None:
        raise WeightsError("others were faster")

    promote(tmp_path, "accurate", SHIPPED / "fast", {})
    before = sorted(path.name for path in (tmp_path / "promoted").iterdir())
    with pytest.raises(WeightsError, match="others were faster"):
        promote(tmp_path, "accurate", SHIPPED / "fast", {}, others_were_faster)
    with pytest.raises(WeightsError, match="others were faster"):
        roll_back(tmp_path, "accurate", {}, others_were_faster)
    assert sorted(path.name for path in (tmp_path / "promoted").iterdir()) == before
    assert len(history(tmp_path)) == 1
