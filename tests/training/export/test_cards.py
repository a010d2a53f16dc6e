from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handseg.models.origin import Origin
from handseg.settings import SHIPPED
from handseg.weights import CARD, Weights
from training.export import new_card, rewrite_card
from training.pushing.facts import public
from training.pushing.readme import text

ABOUT = {"architecture": "vit-tiny", "images_seen": 3}


def origin(licence: str) -> Origin:
    return Origin("someone/vit", "0" * 40, licence, loaded=149, fresh=2, left_out=3)


def test_weights_from_random_ones_are_ours() -> None:
    card = new_card("mine", ABOUT, side=64)
    assert (card.licence, card.initial) == ("Apache-2.0", {})


def test_a_free_backbone_leaves_the_licence_ours_and_is_named() -> None:
    card = new_card("mine", ABOUT, side=64, origin=origin("mit"))
    assert card.licence == "Apache-2.0"
    assert card.initial["source"] == "someone/vit"
    assert card.initial["licence"] == "mit"


def test_what_the_initial_weights_learned_from_is_told_with_what_came_after() -> None:
    ego, own, more = ({"source": source, "licence": "NOASSERTION"} for source in ("ego", "own", "more"))
    began = replace(origin("Apache-2.0"), training_data=[ego, own], dataset_revision="ego@1 (rows 2)")
    card = new_card("mine", ABOUT, side=64, origin=began, training_data=[own, more], dataset_revision="own@3 (rows 4)")
    assert card.training_data == [own, more, ego]
    assert card.dataset_revision == "own@3 + ego@1 (rows 2)"
    assert "training_data" not in card.initial


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "other", "unknown"])
def test_terms_that_may_not_allow_use_at_work_become_those_of_the_weights(licence: str) -> None:
    before = new_card("mine", ABOUT, side=64, origin=origin(licence))
    after = new_card("mine", ABOUT, side=64, origin=replace(origin(before.licence), source="before", revision=""))
    assert before.licence == after.licence == licence


def test_a_card_is_rewritten_without_touching_the_weights(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text((SHIPPED / "fast" / CARD).read_text())
    rewrite_card(Weights.open(tmp_path), threshold=0.25)
    assert Weights.open(tmp_path).card.threshold == 0.25
    assert [path.name for path in tmp_path.iterdir()] == [CARD]


def test_strangers_read_whose_a_licence_is_by_the_folder_and_not_by_its_place() -> None:
    place = "/home/ann/clients/secret/backbone"
    card = new_card("mine", ABOUT, side=64, origin=replace(origin("unknown"), source=place, revision=""))
    assert "Licence of the weights: unknown (that of backbone)" in text(public(card), "anna/hands")
    assert "secret" not in public(card).to_json()
