"""Blended weights lie between two others, and their card says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from handseg.weights import ONNX, SAFETENSORS, Weights
from tests.models.checkpoints import saved
from tests.models.tiny import TINY, awake
from tests.training.export.conftest import card
from training.export import ExportError
from training.export.blend import blend
from training.export.cards import all_revisions

FAMILY = "unet"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return saved(awake(TINY[FAMILY]()), card(FAMILY), tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Weights of the same network, from another training."""
    facts = {"source": "more", "licence": "CC0-1.0", "credit": "somebody", "photos": 3}
    about = replace(card(FAMILY), side=96, also=(64,), training_data=[facts])
    return saved(awake(TINY[FAMILY](), seed=1), about, tmp_path_factory.mktemp("other"))


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blends are written in no time, without ONNX."""
    monkeypatch.setattr("training.export.blend.export", saved)


def state(weights: Weights) -> dict[str, torch.Tensor]:
    return safetensors.torch.load(weights.read(SAFETENSORS))


def test_every_number_is_a_share_of_one_and_the_rest_of_the_other(
    first: Weights, other: Weights, tmp_path: Path
) -> None:
    blended = blend(first, other, 0.25, tmp_path / "blended")
    assert set(blended.card.sha256) == {ONNX, SAFETENSORS}
    found = state(blended)
    for name, value in found.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, 0.75 * state(first)[name] + 0.25 * state(other)[name])


@pytest.mark.usefixtures("light")
def test_the_card_tells_of_both_and_the_model_is_used_as_the_second(
    first: Weights, other: Weights, tmp_path: Path
) -> None:
    found = blend(other, from_photos(first, "own", 2), 0.7, tmp_path / "blended").card
    assert (found.name, found.sides) == ("blended", first.card.sides)
    assert found.training["blended_with"] == other.card.id
    assert found.training["share"] == 0.7
    assert [each["source"] for each in found.training_data] == ["own", "more"]
    assert found.scores == {}


@pytest.mark.usefixtures("light")
def test_photos_of_both_trainings_are_told_though_they_are_of_one_source(first: Weights, tmp_path: Path) -> None:
    before, after = from_photos(first, "own", 2), from_photos(first, "own", 5)
    found = blend(before, after, 0.7, tmp_path / "blended").card
    assert [each["photos"] for each in found.training_data] == [5, 2]
    assert found.learned_from == "own@5 + own@2"
    same = blend(after, after, 0.7, tmp_path / "same").card
    assert (len(same.training_data), same.learned_from) == (1, "own@5")


@pytest.mark.usefixtures("light")
def test_what_a_training_began_with_is_told_once_after_a_blend_with_it(first: Weights, tmp_path: Path) -> None:
    before = from_photos(first, "own", 2)
    revisions = all_revisions("more@1 + own@3 (rows 4567)", before.card.dataset_revision)
    after = Weights(before.folder, replace(before.card, dataset_revision=revisions))
    blended = blend(before, after, 0.5, tmp_path / "blended").card
    assert blended.dataset_revision == revisions == "more@1 + own@3 + own@2 (rows 0123)"


def from_photos(weights: Weights, source: str, photos: int) -> Weights:
    facts = {"source": source, "licence": "CC0-1.0", "credit": "us", "photos": photos}
    revision = f"{source}@{photos} (rows 0123)"
    return Weights(weights.folder, replace(weights.card, training_data=[facts], dataset_revision=revision))


@pytest.mark.parametrize("change", [{"architecture": "hgrnet"}, {"licence": "CC-BY-NC-4.0"}, {"mean": (0.1,) * 3}])
def test_weights_that_do_not_belong_together_are_refused(
    first: Weights, other: Weights, tmp_path: Path, change: dict[str, object]
) -> None:
    strange = Weights(other.folder, replace(other.card, **change))
    with pytest.raises(ExportError, match=f"their {next(iter(change))} differs"):
        blend(first, strange, 0.5, tmp_path / "blended")
    with pytest.raises(ExportError, match="from 0 to 1"):
        blend(other, other, 1.5, tmp_path / "blended")
