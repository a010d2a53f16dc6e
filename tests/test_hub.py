from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest

from handseg.hub import HubError, fetch_file, fetch_model
from tests.hub import Repository, StandInHub, stand_in_hub

REPO = "someone/some-model"
CONTENT = np.random.default_rng(0).bytes(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        hub.repos[REPO] = {"weights/model.pth": CONTENT}
        yield hub


def test_a_file_is_fetched_once_and_then_found_without_the_network(hub: StandInHub) -> None:
    first = fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url)
    assert first.read_bytes() == CONTENT
    hub.stop()
    assert fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url) == first
    assert len(hub.downloads()) == 1


def test_progress_grows_to_one(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 50_000)
    heard: list[float] = []
    fetch_file(REPO, "weights/model.pth", progress=heard.append, endpoint=hub.url)
    assert len(heard) > 3
    assert heard == sorted(set(heard))
    assert 0 < heard[0] < heard[-1] == 1


def test_a_download_that_breaks_off_is_taken_up_where_it_broke(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.cut_after = 150_000
    heard: list[float] = []
    path = fetch_file(REPO, "weights/model.pth", DIGEST, progress=heard.append, endpoint=hub.url)
    assert path.read_bytes() == CONTENT
    assert [requested for _, _, requested in hub.downloads()] == ["", "bytes=150000-"]
    assert heard == sorted(set(heard))
    assert heard[-1] == 1


def test_another_content_is_refused_and_deleted_so_that_the_next_try_can_succeed(hub: StandInHub) -> None:
    hub.repos[REPO]["weights/model.pth"] = b"something else"
    with pytest.raises(HubError, match="it was deleted"):
        fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url)
    hub.repos[REPO]["weights/model.pth"] = CONTENT
    assert fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url).read_bytes() == CONTENT


def test_a_file_that_was_damaged_in_the_cache_is_not_used(hub: StandInHub) -> None:
    path = fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url)
    path.resolve().write_bytes(CONTENT[:-1])
    with pytest.raises(HubError, match="not the file it should be"):
        fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url)


@pytest.mark.parametrize(
    ("repo", "file", "reason"),
    [
        (REPO, "none.pth", "no such file"),
        ("someone/nothing", "model.pth", "there is no model someone/nothing, or it is private; check"),
        ("no name at all/x/y", "model.pth", "not a repository name"),
    ],
)
def test_what_is_not_there_is_said_in_words(hub: StandInHub, repo: str, file: str, reason: str) -> None:
    with pytest.raises(HubError, match=reason):
        fetch_file(repo, file, endpoint=hub.url)


def test_a_hub_that_cannot_be_reached_is_said_in_words(hub: StandInHub) -> None:
    hub.stop()
    with pytest.raises(HubError, match=r"cannot be reached \(.*\); check the network"):
        fetch_file(REPO, "weights/model.pth", DIGEST, endpoint=hub.url)
    with pytest.raises(HubError, match=r"cannot be reached \(.*\); check the network"):
        fetch_model(REPO, endpoint=hub.url)


def test_a_model_is_fetched_without_its_pickles_and_then_found_without_the_network(hub: StandInHub) -> None:
    hub.repos[REPO] |= {"config.json": b"{}", "model.safetensors": CONTENT, "pytorch_model.bin": b"a pickle"}
    heard: list[float] = []
    folder = fetch_model(REPO, progress=heard.append, endpoint=hub.url)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == CONTENT
    assert heard[-1] == 1
    assert len(heard) == len(set(heard))
    hub.stop()
    assert fetch_model(REPO, endpoint=hub.url) == folder


def test_a_model_of_which_a_part_is_missing_is_completed(hub: StandInHub) -> None:
    hub.repos[REPO] = {"config.json": b"{}", "model.safetensors": CONTENT}
    folder = fetch_model(REPO, endpoint=hub.url)
    weights = folder / "model.safetensors"
    weights.resolve().unlink()
    weights.unlink()
    assert (fetch_model(REPO, endpoint=hub.url) / "model.safetensors").read_bytes() == CONTENT


def test_a_model_is_of_the_revision_that_was_asked_for(hub: StandInHub) -> None:
    hub.models["someone/tagged"] = model = Repository({"model.safetensors": CONTENT})
    model.name(model.tags, "v1")
    model.push({"model.safetensors": b"another"})
    assert (fetch_model("someone/tagged", "v1", endpoint=hub.url) / "model.safetensors").read_bytes() == CONTENT
