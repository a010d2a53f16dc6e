from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import pytest
from huggingface_hub import ModelCard

from handseg.readme import with_key
from tests.training.evaluation.drawing import Drawn, Sees
from tests.training.pushing.conftest import card
from training.evaluation.summary import summary
from training.pushing.facts import licence_warnings, measured, public
from training.pushing.readme import MODEL, regenerated


def head(readme: str) -> dict[str, Any]:
    """As the client of the Hub reads it, which complains about scores that it does not understand."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ModelCard(readme).data.to_dict()


def test_the_head_is_what_the_hub_reads_with_the_scores_and_their_intervals() -> None:
    found = head(regenerated("", public(card()), "anna/hands"))
    assert found["license"] == "apache-2.0"
    assert (found["pipeline_tag"], found["library_name"]) == ("image-segmentation", "handseg")
    assert found["datasets"] == ["bob/more"]
    assert "base_model" not in found
    (result,) = found["model-index"][0]["results"]
    assert result["dataset"]["name"] == "validation"
    metrics = {metric["type"]: metric for metric in result["metrics"]}
    assert metrics["iou"]["value"] == 0.5
    assert metrics["iou"]["name"] == "pooled IoU (95 %: 0.400 to 0.610)"
    assert metrics["mean_iou"]["name"] == "mean IoU"
    assert "false_area_without_hands" not in metrics


def test_people_read_what_it_learned_from_how_good_it_is_and_how_to_use_it() -> None:
    readme = regenerated("", public(card()), "anna/hands")
    assert "python -m handseg mask photo.jpg --output masks --model anna/hands" in readme
    assert "| grocery | MIT | Marcus \\| Klasson | 111 |" in readme
    assert "hands@3f9ac04be1d277aa + bob/more@77aa (rows 0123456789ab)" in readme
    assert "| validation | 20 | 0.500 (0.400 to 0.610) |" in readme
    assert "Forearms are taken along." in readme
    assert "random weights" in readme


def test_a_credit_of_several_lines_stays_in_its_cell() -> None:
    learned = [{"source": "toys", "licence": "MIT", "credit": "Ann\nand Bob", "photos": 3}]
    readme = regenerated("", public(replace(card(), training_data=learned)), "anna/hands")
    assert "| toys | MIT | Ann and Bob | 3 |" in readme


def test_no_folder_of_whoever_trained_it_goes_out() -> None:
    started = {"source": "/home/ann/first", "revision": "", "licence": "MIT"}
    promotion = {"test": "/srv/ann/hands@3f9ac04be1d2/test", "gains": {}, "reasons": [], "incumbent": "a"}
    told = public(replace(card(), initial=started, scores={"promotion": promotion}))
    assert "ann" not in told.to_json().replace("Annotators", "")
    assert told.scores["promotion"]["test"] == "hands@3f9ac04be1d2/test"
    assert told.initial["source"] == "first"


def test_initial_weights_of_the_hub_are_named_with_their_licence() -> None:
    started = {"source": "timm/resnet50@main", "revision": "a" * 40, "licence": "apache-2.0"}
    readme = regenerated("", public(replace(card(), initial=started)), "anna/hands")
    assert head(readme)["base_model"] == "timm/resnet50"
    assert "the weights of timm/resnet50@main (licence: apache-2.0)" in readme


@pytest.mark.parametrize("licence", ["CC BY-NC 4.0", "cc-by-nc-sa-4.0", "for non-commercial research"])
def test_weights_from_non_commercial_photos_are_not_called_free(licence: str) -> None:
    learned = [*card().training_data, {"source": "theirs", "licence": licence, "credit": "", "photos": 3}]
    found = replace(card(), training_data=learned)
    (warning,) = licence_warnings(found)
    assert warning.startswith("NON-COMMERCIAL")
    assert f"theirs ({licence})" in warning
    readme = regenerated("", found, "anna/hands")
    assert head(readme)["license"] == "other"
    assert head(readme)["license_name"] == "non-commercial"
    assert warning in readme
    again = head(regenerated(readme, card(), "anna/hands"))
    assert again["license"] == "apache-2.0"
    assert "license_name" not in again


def test_licences_that_nobody_told_are_warned_of() -> None:
    learned = [{"source": "egohands", "licence": "NOASSERTION", "credit": "", "photos": 3}]
    (warning,) = licence_warnings(replace(card(), training_data=learned))
    assert warning.startswith("CHECK THE LICENCE")
    assert "egohands" in warning
    assert licence_warnings(card()) == []


def test_an_own_licence_of_weights_has_a_name_that_the_hub_takes() -> None:
    found = head(regenerated("", replace(card(), licence="NVIDIA's own"), "anna/hands"))
    assert found["license"] == "other"
    assert found["license_name"] == "nvidia-s-own"


def test_what_people_wrote_stays_and_the_same_facts_change_nothing() -> None:
    first = regenerated("", card(), "anna/hands")
    theirs = with_key(first, "language", ["en"]).replace("# hands\n", "# Hands of Kyoto\n\nBefore.\n") + "\n## After\n"
    second = regenerated(theirs, replace(card(), threshold=0.6), "anna/hands")
    assert "0.6 and more is hand" in second
    assert MODEL.find(second)[0] != MODEL.find(theirs)[0]
    assert second.replace(MODEL.find(second)[0], "") == theirs.replace(MODEL.find(theirs)[0], "")
    assert regenerated(second, replace(card(), threshold=0.6), "anna/hands") == second


def test_the_test_split_of_a_promotion_comes_first_with_what_was_proven() -> None:
    gain = {"first": 0.5, "second": 0.625, "low": 0.1, "high": 0.2, "at_least": 0.11}
    promotion = {
        "test": "anna/photos@3f9ac04be1d2/test",
        "incumbent": "accurate@0123456789ab",
        "reasons": ["pooled IoU goes from 0.500 to 0.625"],
        "gains": {"iou": gain},
    }
    found = replace(card(), scores={**card().scores, "promotion": promotion})
    assert [each.photos_from for each in measured(found)] == ["anna/photos@3f9ac04be1d2/test", "validation"]
    readme = regenerated("", found, "anna/hands")
    result = head(readme)["model-index"][0]["results"][0]
    assert result["dataset"] == {"type": "anna/photos", "name": "anna/photos@3f9ac04be1d2/test"}
    assert result["metrics"][0]["value"] == 0.625
    assert "It took the place of `accurate@0123456789ab`: pooled IoU goes from 0.500 to 0.625." in readme


def test_of_photos_without_hands_only_the_false_area_is_told() -> None:
    empty = summary(Sees(everywhere=[0]).scores(Drawn(0, empty=50)), 0.5)
    (found,) = measured(replace(card(), scores={"negatives": empty}))
    assert found.values == {"false_area_without_hands": 0.02}


def test_a_card_without_scores_says_so() -> None:
    readme = regenerated("", replace(card(), scores={}), "anna/hands")
    assert "model-index" not in head(readme)
    assert "None are on the card" in readme
