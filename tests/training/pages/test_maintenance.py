"""What a maintainer may do, and when not."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from handseg.errors import SettingError, UnknownNameError, WeightsError
from handseg.places.folder import FolderPlace
from handseg.settings import SHIPPED, Settings
from handseg.weights import Weights, choose
from tests.training.pages.filling import write_run, write_weights
from training.export import rewrite_card
from training.pages.handlers import Handlers
from training.pages.maintenance import Maintenance, MaintenanceError
from training.promotion import take_over
from training.trials.carrying_out import carry_out
from training.trials.folder import Trial

NAME = "accurate"


@pytest.fixture
def maintenance(settings: Settings) -> Maintenance:
    return Maintenance(settings)


def tried(maintenance: Maintenance, run: str) -> Trial:
    """A comparison with what is in use that was carried out here."""
    standing, settings = maintenance.run(run), maintenance.settings
    incumbent = maintenance.in_use(NAME)
    trial = Trial.begin(standing.folder, standing.weights, incumbent, NAME, settings.dataset, "Ann")
    carry_out(trial, settings)
    return trial


def test_a_better_candidate_is_promoted_and_rolled_back_by_name(maintenance: Maintenance) -> None:
    shipped = maintenance.in_use(NAME).card.id
    trial = tried(maintenance, "better")
    assert maintenance.objections(trial) == []
    promoted = maintenance.promote(trial, "Ann")
    assert promoted.card.architecture == "unet"
    assert choose(maintenance.settings, NAME).card.id == promoted.card.id
    assert maintenance.is_in_use(trial)
    back = maintenance.would_return(NAME)
    assert (back.goes.card.id, back.comes.card.id) == (promoted.card.id, shipped)
    assert maintenance.roll_back(NAME, promoted.card.id, "Bob").card.id == shipped
    newest, oldest = maintenance.history()
    assert (newest.why["by"], newest.folder) == ("Bob", "")
    assert oldest.why["by"] == "Ann"
    assert oldest.why["candidate"].startswith("weights@")


def test_a_worse_candidate_is_refused_with_the_reasons_of_the_gate(maintenance: Maintenance) -> None:
    maintenance.promote(tried(maintenance, "better"), "Ann")
    trial = tried(maintenance, "worse")
    assert "it is worse on source: drawn" in " ".join(maintenance.objections(trial))
    with pytest.raises(MaintenanceError, match="it is not promoted: it is not shown to be better"):
        maintenance.promote(trial, "Ann")
    assert len(maintenance.history()) == 1


def test_an_old_comparison_promotes_nothing(maintenance: Maintenance) -> None:
    trial = tried(maintenance, "better")
    take_over(maintenance.in_use("fast"), {}, "Bob", maintenance.settings, NAME)
    with pytest.raises(MaintenanceError, match=r"but accurate@.* is in use by now; compare it anew"):
        maintenance.promote(trial, "Ann")


def test_weights_that_were_packaged_anew_have_to_be_compared_anew(maintenance: Maintenance) -> None:
    trial = tried(maintenance, "better")
    weights = maintenance.run("better").weights
    shutil.rmtree(weights)
    assert "card" in maintenance.objections(trial)[0]
    write_weights(weights, "nothing")
    with pytest.raises(MaintenanceError, match="packaged or calibrated anew since"):
        maintenance.promote(trial, "Ann")


def test_weights_with_another_threshold_than_the_measured_one_have_to_be_compared_anew(
    maintenance: Maintenance,
) -> None:
    trial = tried(maintenance, "better")
    weights = Weights.open(maintenance.run("better").weights)
    rewrite_card(weights, threshold=0.9)
    with pytest.raises(MaintenanceError, match="packaged or calibrated anew since"):
        maintenance.promote(trial, "Ann")


def test_what_is_in_use_with_another_threshold_is_no_longer_what_was_promoted(maintenance: Maintenance) -> None:
    trial = tried(maintenance, "better")
    promoted = maintenance.promote(trial, "Ann")
    rewrite_card(promoted, threshold=0.9)
    assert not maintenance.is_in_use(trial)


def test_a_comparison_with_a_model_that_is_gone_can_still_be_looked_at(maintenance: Maintenance) -> None:
    standing, settings = maintenance.run("better"), maintenance.settings
    incumbent = maintenance.in_use(NAME)
    trial = Trial.begin(standing.folder, standing.weights, incumbent, "gone", settings.dataset, "Ann")
    carry_out(trial, settings)
    assert "there is no model called 'gone'" in maintenance.objections(trial)[0]
    assert not maintenance.is_in_use(trial)
    assert len(Handlers(maintenance).run("Ann", "better")) == 14


def test_damaged_weights_are_not_promoted(maintenance: Maintenance) -> None:
    trial = tried(maintenance, "better")
    (maintenance.run("better").weights / "model.onnx").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="damaged or changed"):
        maintenance.promote(trial, "Ann")
    assert maintenance.history() == []


def test_what_settings_name_cannot_be_replaced(maintenance: Maintenance) -> None:
    fixed = dataclasses.replace(maintenance.settings, models=(str(SHIPPED),))
    with pytest.raises(SettingError, match="take it out of HANDSEG_MODELS"):
        take_over(maintenance.in_use("fast"), {}, "Ann", fixed, NAME)
    with pytest.raises(SettingError, match="take it out of HANDSEG_MODELS"):
        Maintenance(fixed).compare("better", NAME, "main", "Ann")


def test_a_promotion_is_neither_told_nor_rolled_back_where_settings_give_the_name(maintenance: Maintenance) -> None:
    take_over(maintenance.in_use("fast"), {}, "Bob", maintenance.settings, NAME)
    fixed = Maintenance(dataclasses.replace(maintenance.settings, models=(str(SHIPPED),)))
    assert (bool(maintenance.since(NAME)), maintenance.may_return(NAME)) == (True, True)
    assert (fixed.since(NAME), fixed.may_return(NAME)) == (None, False)
    assert "as it ships" in Handlers(fixed).use("Ann", NAME)[0]


def test_of_two_who_roll_back_at_once_one_is_told(maintenance: Maintenance) -> None:
    maintenance.promote(tried(maintenance, "better"), "Ann")
    seen = maintenance.would_return(NAME).goes.card.id
    maintenance.roll_back(NAME, seen, "Bob")
    with pytest.raises(MaintenanceError, match="somebody was faster"):
        maintenance.roll_back(NAME, seen, "Ann")
    with pytest.raises(WeightsError, match="nothing was promoted"):
        maintenance.would_return(NAME)


def test_a_run_that_is_not_packaged_says_how_to_package_it(maintenance: Maintenance) -> None:
    with pytest.raises(MaintenanceError, match=r"python -m training export .*under-way .*under-way/weights"):
        maintenance.compare("under-way", NAME, "main", "Ann")


@pytest.mark.parametrize("name", ["", "..", "../runs/better", "nobody's"])
def test_only_runs_of_the_folder_can_be_named(maintenance: Maintenance, name: str) -> None:
    with pytest.raises(UnknownNameError, match="better, under-way, worse"):
        maintenance.run(name)


def test_one_comparison_is_under_way_at_a_time(maintenance: Maintenance) -> None:
    standing, dataset = maintenance.run("worse"), maintenance.settings.dataset
    waiting = Trial.begin(standing.folder, standing.weights, maintenance.in_use(NAME), NAME, dataset, "Bob")
    with pytest.raises(MaintenanceError, match="the run worse is being compared just now, as Bob wanted"):
        maintenance.compare("better", NAME, "main", "Ann")
    waiting.write("outcome.json", {"kind": "cancelled"})
    assert maintenance.objections(waiting) == ["the comparison was cancelled; compare it anew"]


def test_a_comparison_that_nobody_has_is_said(maintenance: Maintenance) -> None:
    with pytest.raises(MaintenanceError, match="no comparison 'another'"):
        maintenance.trial("better", "another")


def test_the_revisions_of_a_dataset_are_offered_with_their_tags(maintenance: Maintenance, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(maintenance.settings.dataset, tmp_path / "hands"))
    place = FolderPlace(copied)
    oldest = place.log()[-1].id
    place.tag("v1", oldest)
    tagged = Maintenance(dataclasses.replace(maintenance.settings, dataset=str(copied)))
    newest = place.resolve()
    assert tagged.revisions() == [(f"newest ({newest[:12]})", newest), (f"v1 ({oldest[:12]})", oldest)]
    assert [point.revision for point in tagged.growth()] == [oldest, newest]
    empty = Maintenance(Settings(home=tmp_path / "empty"))
    assert (empty.revisions(), empty.growth(), empty.runs()) == ([], [], ([], []))
    run = write_run(tmp_path / "empty" / "runs" / "better", "blue")
    with pytest.raises(MaintenanceError, match="the dataset is empty"):
        empty.compare(run.name, NAME, "", "Ann")
