from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest

from handseg.demo.handlers import Demo
from handseg.errors import UnknownNameError
from handseg.hub import HubError
from handseg.masks import from_png
from handseg.segmenter import open_segmenter
from handseg.settings import SHIPPED, Settings
from handseg.weights import CARD, INT8, ONNX, PROGRAM, SAFETENSORS, choose, installed
from tests.hub import Repository, StandInHub, stand_in_hub
from tests.pictures import drawn_photo, encoded
from tests.test_command_line import handseg

numbers = itertools.count()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        template = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield hub


@pytest.fixture
def repo(hub: StandInHub) -> str:
    """A model, with what nobody should fetch; of another name each time, as a process remembers models."""
    name = f"anna/hands-{next(numbers)}"
    hub.models[name] = Repository({**files_of("fast"), PROGRAM: b"any code", "model.bin": b"a pickle"})
    return name


def files_of(model: str) -> dict[str, bytes]:
    """The files of weights that ship, whose card also lists a program."""
    card = json.loads((SHIPPED / model / CARD).read_text())
    card["sha256"][PROGRAM] = "0" * 64
    others = {path.name: path.read_bytes() for path in (SHIPPED / model).iterdir() if path.name != CARD}
    return {CARD: json.dumps(card).encode(), **others}


def on_the_hub(hub: StandInHub, home: Path) -> dict[str, str]:
    """The environment of a process whose Hub is the stand-in."""
    quiet = {"HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_XET": "1", "HANDSEG_HOME": str(home / "data")}
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(home / "hf"), **quiet}


def test_a_model_of_the_hub_is_called_by_its_address_and_answers_as_where_it_came_from(repo: str) -> None:
    settings = Settings(models=(repo,), device="cpu")
    assert list(installed(settings)) == ["accurate", "fast", repo]
    assert installed(settings)["fast"].folder == SHIPPED / "fast"
    assert choose(settings, repo).card.id.startswith(f"{repo}@")
    photo = drawn_photo()
    there, here = (open_segmenter(settings, name).predict(photo) for name in (repo, "fast"))
    assert (there.probability == here.probability).all()
    assert there.model == repo


def test_nothing_that_could_run_any_code_is_fetched(hub: StandInHub, repo: str) -> None:
    weights = choose(Settings(model=repo))
    assert {ONNX, SAFETENSORS} <= set(weights.card.sha256) <= {ONNX, INT8, SAFETENSORS}
    fetched = {path.rsplit("/", 1)[1] for _, path, _ in hub.downloads()}
    assert fetched == {CARD, *weights.card.sha256}


def test_the_demo_offers_the_model_that_the_settings_name(repo: str) -> None:
    assert repo in Demo(Settings(model=repo, device="cpu")).models


def test_who_asks_a_running_app_for_a_model_cannot_make_it_download(hub: StandInHub, repo: str) -> None:
    with pytest.raises(UnknownNameError, match=repo):
        choose(Settings(), repo)
    assert hub.requests == []


def test_a_revision_stays_what_it_was_while_the_repository_goes_on(hub: StandInHub, repo: str) -> None:
    hub.models[repo].name(hub.models[repo].tags, "v1.0.0")
    hub.models[repo].push(files_of("accurate"))
    tagged, newest = (choose(Settings(model=address)).card for address in (f"{repo}@v1.0.0", repo))
    fast, accurate = (choose(Settings(), name).card for name in ("fast", "accurate"))
    assert (tagged.sha256, newest.sha256) == (fast.sha256, accurate.sha256)


def test_a_file_that_is_not_the_one_of_the_card_is_refused(hub: StandInHub, repo: str) -> None:
    hub.models[repo].push({ONNX: b"something else"})
    with pytest.raises(HubError, match=rf"model\.onnx of {repo} is not the file it should be"):
        choose(Settings(model=repo))
    hub.models[repo].push(files_of("fast"))
    assert choose(Settings(model=repo)).card.name == repo


@pytest.mark.parametrize("card", [b"[]", b"no json", b'{"sha256": 3}'])
def test_a_repository_with_another_card_is_told(hub: StandInHub, repo: str, card: bytes) -> None:
    hub.models[repo].push({CARD: card})
    with pytest.raises(HubError, match=r"does not list files with their sha256"):
        choose(Settings(model=repo))


def test_what_is_neither_a_folder_nor_on_the_hub_is_told(hub: StandInHub, repo: str) -> None:
    with pytest.raises(HubError, match=r"there is no folder runs/1, .*there is no model runs/1, or"):
        installed(Settings(models=("runs/1",)))
    with pytest.raises(HubError, match="no such revision"):
        choose(Settings(model=f"{repo}@v9"))
    hub.stop()
    with pytest.raises(HubError, match=r"cannot be reached \(.*\); check the network"):
        choose(Settings(model="anna/never-fetched"))


def test_the_command_line_uses_a_model_of_the_hub_and_goes_on_without_the_network(
    hub: StandInHub, repo: str, tmp_path: Path
) -> None:
    photo, given = tmp_path / "photo.jpg", on_the_hub(hub, tmp_path)
    photo.write_bytes(encoded(drawn_photo(), "JPEG"))

    def mask(name: str, model: str, **environment: str) -> np.ndarray:
        answer = handseg("mask", photo, "--output", tmp_path / name, "--model", model, **environment)
        assert answer.returncode == 0, answer.stderr
        return from_png((tmp_path / name / "photo.png").read_bytes())

    expected = mask("shipped", "fast")
    assert (mask("fetched", repo, **given) == expected).all()
    assert repo in handseg("models", HANDSEG_MODELS=os.pathsep.join([repo]), **given).stdout
    hub.stop()
    assert (mask("stopped", repo, **given) == expected).all()
    assert (mask("offline", repo, **given, HF_HUB_OFFLINE="1") == expected).all()
    refused = handseg("mask", photo, "--output", tmp_path / "none", "--model", f"{repo}@v9", **given)
    assert refused.returncode == 2
    assert "the Hub cannot be reached" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_importing_handseg_does_not_import_the_client_of_the_hub() -> None:
    from tests.test_house import modules_loaded_by

    assert "huggingface_hub" not in modules_loaded_by("import handseg, handseg.weights, handseg.__main__")
