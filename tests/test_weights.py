from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from handseg.engines import OnnxEngine, TorchEngine
from handseg.errors import UnknownNameError, WeightsError
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, ONNX, SAFETENSORS, Card, Weights, choose, installed


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "copied"
    shutil.copytree(SHIPPED / "fast", folder)
    return folder


@pytest.mark.parametrize("name", ["accurate", "fast"])
def test_the_shipped_weights_say_what_they_learned_from_and_how_good_they_are(name: str) -> None:
    card = Weights.open(SHIPPED / name).card
    assert sum(each["photos"] for each in card.training_data) > 1_000
    assert all(each["licence"] and each["credit"] for each in card.training_data)
    assert not any("NC" in each["licence"] for each in card.training_data)
    validation = card.scores["validation"]["pooled"]
    assert validation["iou"] > card.scores["validation"]["skin_rule"]["iou"]
    assert card.scores["command"]
    assert card.limitations


def test_a_card_survives_the_way_to_json_and_back() -> None:
    card = Weights.open(SHIPPED / "fast").card
    again = Card.from_json(card.to_json())
    assert again.to_json() == card.to_json()


@pytest.mark.parametrize("also", [[16], [64, 96, 128], 64, ["64"]])
def test_a_card_with_sides_at_which_no_network_can_look_is_refused_in_words(copied: Path, also: object) -> None:
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, "also": also}))
    with pytest.raises(WeightsError, match=r"card\.json is not a weights card"):
        Weights.open(copied)


def test_a_card_of_a_later_version_is_still_read(copied: Path) -> None:
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, "added_later": 1}))
    assert Weights.open(copied).card.name == "fast"


@pytest.mark.parametrize(("file", "engine"), [(ONNX, OnnxEngine), (SAFETENSORS, TorchEngine)])
def test_a_changed_byte_is_refused_and_the_file_named(copied: Path, file: str, engine: type) -> None:
    content = bytearray((copied / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / file).write_bytes(content)
    with pytest.raises(WeightsError, match=rf"{copied / file} is not the one its card describes"):
        engine(Weights.open(copied))


def test_a_missing_file_is_named(copied: Path) -> None:
    (copied / ONNX).unlink()
    with pytest.raises(WeightsError, match=f"cannot read the weights file {copied / ONNX}"):
        OnnxEngine(Weights.open(copied))


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"name": "x"}'])
def test_a_card_that_is_none_is_refused(copied: Path, text: str) -> None:
    (copied / CARD).write_text(text)
    with pytest.raises(WeightsError, match="is not a weights card"):
        Weights.open(copied)


def test_a_threshold_outside_of_its_range_is_refused(copied: Path) -> None:
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, "threshold": 1.5}))
    with pytest.raises(WeightsError, match=r"threshold is 1.5"):
        Weights.open(copied)


def test_a_folder_of_weights_folders_adds_its_models(copied: Path) -> None:
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, "name": "mine"}))
    for given in (copied, copied.parent):
        assert set(installed(Settings(models=(str(given),)))) == {"accurate", "fast", "mine"}


def test_a_later_folder_replaces_a_model_of_the_same_name(copied: Path) -> None:
    assert installed(Settings(models=(str(copied),)))["fast"].folder == copied


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"{tmp_path} holds no weights"):
        installed(Settings(models=(str(tmp_path),)))


def test_an_unknown_model_name_says_which_exist() -> None:
    with pytest.raises(UnknownNameError, match="no model called 'best'; choose from: accurate, fast"):
        choose(Settings(), "best")


def test_a_card_of_before_8_bits_serves_32(copied: Path) -> None:
    card = json.loads((copied / CARD).read_text())
    old = {key: value for key, value in card.items() if key not in ("serves", "int8", "initial")}
    (copied / CARD).write_text(json.dumps(old))
    assert Weights.open(copied).card.serves == ONNX


@pytest.mark.parametrize(("key", "value"), [("serves", "model.pt2"), ("int8", "kept"), ("initial", [])])
def test_a_card_that_serves_a_program_or_tells_no_facts_is_refused(copied: Path, key: str, value: object) -> None:
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps({**card, key: value}))
    with pytest.raises(WeightsError, match=f"is not a weights card: .*{key}"):
        Weights.open(copied)


def test_a_hidden_folder_is_no_model(copied: Path, tmp_path: Path) -> None:
    shutil.copytree(copied, tmp_path / "models" / ".fast.replaced")
    mine = Path(shutil.copytree(copied, tmp_path / "models" / "mine"))
    assert installed(Settings(models=(str(tmp_path / "models"),)))["fast"].folder == mine


def test_of_two_folders_with_one_name_the_hidden_one_is_told_once(
    copied: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    again = Path(shutil.copytree(copied, tmp_path / "again"))
    settings = Settings(models=(str(copied), str(copied), str(again)))
    for _ in range(2):
        assert installed(settings)["fast"].folder == again
    assert [record.getMessage() for record in caplog.records] == [
        f"{again} hides {copied}, as both are called fast; package one of them with another --name"
    ]
