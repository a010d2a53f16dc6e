"""What a proof is good for, and what can be brought back."""

from __future__ import annotations

import dataclasses
import getpass
import itertools
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import huggingface_hub.constants
import pytest

from handseg.errors import OutputError, SettingError, WeightsError
from handseg.promoted import history
from handseg.records.opening import open_snapshot
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, Weights, choose
from tests.hub import Repository, StandInHub, stand_in_hub
from tests.test_weights_on_the_hub import files_of
from tests.training.pages.filling import fill_dataset, write_run, write_weights
from training.evaluation.cases import Cases, DatasetCases
from training.evaluation.comparison import Gain
from training.evaluation.gate import Judgement
from training.pages.maintenance import Maintenance
from training.promotion import PromotionError, promote, roll_back, take_over, told, try_candidate, would_come_back
from training.trials.carrying_out import carry_out
from training.trials.folder import Trial

numbers = itertools.count()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(fill_dataset(tmp_path_factory.mktemp("hands") / "dataset").folder)


@pytest.fixture(scope="module")
def cases(dataset: str) -> Cases:
    return DatasetCases(open_snapshot(dataset), "test")


@pytest.fixture
def candidate(tmp_path: Path) -> Weights:
    return Weights.open(write_weights(tmp_path / "blue", "blue"))


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A model of the Hub; of another name each time, as a process remembers models."""
    name = f"anna/promoted-{next(numbers)}"
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        template = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        filled(hub, name)
        yield name


def filled(hub: StandInHub, name: str) -> None:
    hub.models[name] = Repository(files_of("fast"))


def test_a_proof_counts_only_against_what_it_was_compared_with(
    tmp_path: Path, cases: Cases, candidate: Weights
) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    tried = try_candidate(candidate, cases, settings)
    assert tried.judgement.better
    take_over(Weights.open(SHIPPED / "fast"), {}, "Bob", settings)
    with pytest.raises(PromotionError, match=r"meanwhile accurate@.* took that place; start again"):
        promote(tried, settings)
    assert len(history(settings.home)) == 1
    roll_back(settings, by="Bob")
    promote(tried, settings)
    assert choose(settings).card.scores["promotion"]["incumbent"] == tried.incumbent.card.id


def test_the_copy_of_a_folder_that_nobody_may_write_to_is_our_own_and_has_no_strays(
    tmp_path: Path, candidate: Weights
) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    (candidate.folder / "notes.txt").write_text("mine")
    candidate.folder.chmod(0o555)
    take_over(candidate, {}, "Ann", settings)
    promoted = choose(settings)
    assert promoted.folder.stat().st_mode & 0o200
    assert {path.name for path in promoted.folder.iterdir()} == {CARD, *candidate.card.sha256}


def test_promotions_are_rolled_back_one_by_one_unless_settings_count_more(tmp_path: Path, candidate: Weights) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    shipped = choose(settings).card.id
    take_over(candidate, {}, "Ann", settings)
    first = choose(settings).card.id
    take_over(Weights.open(SHIPPED / "fast"), {}, "Ann", settings)
    with pytest.raises(SettingError, match="take it out of HANDSEG_MODELS"):
        roll_back(dataclasses.replace(settings, models=(str(SHIPPED),)))
    assert [roll_back(settings), roll_back(settings, by="Bob")] == [first, shipped]
    assert [change.why["by"] for change in history(settings.home)] == ["Ann", "Ann", getpass.getuser(), "Bob"]


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name_may_roll_back(
    tmp_path: Path, candidate: Weights, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nameless() -> str:
        raise error("uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nameless)
    settings = Settings(home=tmp_path / "home", device="cpu")
    take_over(candidate, {}, "Ann", settings)
    roll_back(settings)
    assert history(settings.home)[-1].why == {"by": "somebody without a name"}


def test_a_candidate_that_there_is_no_room_for_takes_no_place(
    tmp_path: Path, candidate: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    settings = Settings(home=tmp_path / "home", device="cpu")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device; make room"):
        take_over(candidate, {}, "Ann", settings)
    assert history(settings.home) == []


def test_what_settings_name_is_refused_before_anything_is_measured(
    tmp_path: Path, cases: Cases, candidate: Weights, repo: str
) -> None:
    settings = Settings(home=tmp_path / "home", models=(repo,), device="cpu")
    with pytest.raises(SettingError, match=f"HANDSEG_MODELS says that {repo} is in"):
        try_candidate(candidate, cases, settings, repo)
    with pytest.raises(SettingError, match="take it out of HANDSEG_MODELS"):
        take_over(candidate, {}, "Ann", settings, repo)
    assert history(settings.home) == []


def test_the_page_promotes_over_a_model_of_the_hub(tmp_path: Path, dataset: str, repo: str) -> None:
    run = write_run(tmp_path / "home" / "runs" / "better", "blue")
    settings = Settings(home=tmp_path / "home", model=repo, dataset=dataset, device="cpu")
    maintenance = Maintenance(settings)
    trial = Trial.begin(run, run / "weights", choose(settings), repo, dataset, "Ann")
    carry_out(trial, settings)
    assert maintenance.objections(trial) == []
    assert maintenance.promote(trial, "Ann").card.architecture == "unet"
    assert maintenance.would_return(repo).comes.card.id.startswith(f"{repo}@")


def test_a_model_of_the_hub_comes_back_by_its_address(tmp_path: Path, candidate: Weights, repo: str) -> None:
    settings = Settings(home=tmp_path / "home", model=repo, device="cpu")
    before = choose(settings).card.id
    take_over(candidate, {}, "Ann", settings)
    assert choose(settings).card.name == repo
    assert choose(settings).card.id != before
    assert would_come_back(settings).card.id == before
    named_no_more = dataclasses.replace(settings, model="accurate")
    with pytest.raises(WeightsError, match=f"set HANDSEG_MODEL to {repo} again"):
        roll_back(named_no_more, repo)
    assert len(history(settings.home)) == 1
    assert roll_back(settings, by="Ann") == before == choose(settings).card.id


def test_of_two_who_promote_over_the_same_model_at_once_one_does(
    tmp_path: Path, cases: Cases, candidate: Weights
) -> None:
    settings = Settings(home=tmp_path / "home", device="cpu")
    tried = try_candidate(candidate, cases, settings)
    with ThreadPoolExecutor(4) as threads:
        failures = [future.exception() for future in [threads.submit(promote, tried, settings) for _ in range(4)]]
    assert [type(each) for each in failures].count(PromotionError) == 3
    assert len(history(settings.home)) == 1
    with ThreadPoolExecutor(4) as threads:
        failures = [future.exception() for future in [threads.submit(roll_back, settings) for _ in range(4)]]
    assert failures.count(None) == 1
    assert len(history(settings.home)) == 2


def test_what_a_comparison_cannot_tell_is_null_on_the_card(cases: Cases, candidate: Weights) -> None:
    judgement = Judgement(True, (), {}, {"source: drawn": Gain(0.5, 0.4, 0.0, 0.2, at_least=math.nan)})
    assert told(judgement, cases, candidate, candidate)["slices"]["source: drawn"]["at_least"] is None
