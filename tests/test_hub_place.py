from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handseg.hub import place as place_module
from handseg.hub.place import HubPlace
from handseg.places import ConflictError, PlaceError, UnreliableError
from handseg.records.shards import damage_in_words
from tests.hub import Faults, StandInHub, stand_in_hub

REPO = "anna/hands"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


@pytest.fixture
def place(hub: StandInHub) -> HubPlace:
    return HubPlace(REPO, hub.url, sleep=lambda _: None)


def begun(place: HubPlace) -> str:
    with pytest.raises(ConflictError):
        place.commit("", "begin", {})
    return place.resolve()


def test_a_repository_that_is_not_there_has_no_revision_and_is_made_private_by_the_first_commit(
    hub: StandInHub, place: HubPlace
) -> None:
    assert place.resolve() == ""
    assert begun(place)
    assert hub.datasets[REPO].private


def test_a_commit_puts_and_deletes_files_and_older_revisions_stay(place: HubPlace, tmp_path: Path) -> None:
    (tmp_path / "shard").write_bytes(b"PAR1 many rows")
    first = place.commit(begun(place), "first", {"data/train/a.parquet": tmp_path / "shard", "README.md": b"# Hands"})
    second = place.commit(first.id, "second", {"README.md": b"# More"}, ["data/train/a.parquet"])
    assert place.resolve() == second.id
    assert place.files(first.id)["data/train/a.parquet"].size == 14
    assert "data/train/a.parquet" not in place.files(second.id)
    assert (place.read("README.md", first.id), place.read("README.md", second.id)) == (b"# Hands", b"# More")
    with place.open("data/train/a.parquet", first.id) as file:
        file.seek(5)
        assert file.read(4) == b"many"
    assert [revision.message for revision in place.log()][:2] == ["second", "first"]


def test_a_model_is_kept_like_a_dataset_and_may_be_public(hub: StandInHub) -> None:
    model = HubPlace(REPO, hub.url, sleep=lambda _: None, kind="model", private=False)
    made = model.commit(begun(model), "first", {"model.onnx": b"a network", "README.md": b"# Hands"})
    with model.open("model.onnx", made.id) as file:
        file.seek(2)
        assert file.read(3) == b"net"
    assert (made.id, hub.models[REPO].private, hub.datasets) == (model.resolve(), False, {})
    with pytest.raises(PlaceError, match="there is no model anna/none"):
        HubPlace("anna/none", hub.url, kind="model").log()


def test_a_commit_on_an_older_revision_is_a_conflict(place: HubPlace) -> None:
    parent = begun(place)
    place.commit(parent, "first", {"a.txt": b"a"})
    with pytest.raises(ConflictError, match="changed meanwhile"):
        place.commit(parent, "second", {"b.txt": b"b"})


def test_a_client_that_was_closed_meanwhile_is_tried_again(place: HubPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another place, which was made in another thread."""
    parent, failures = begun(place), [RuntimeError("Cannot send a request, as the client has been closed.")]
    repo_info = place._api.repo_info

    def ask(**asked: object) -> object:
        if failures:
            raise failures.pop()
        return repo_info(**asked)

    monkeypatch.setattr(place._api, "repo_info", ask)
    assert place.resolve() == parent


def test_a_tag_names_one_revision_for_ever(place: HubPlace) -> None:
    first = place.commit(begun(place), "first", {"a.txt": b"a"})
    place.tag("v1.0.0", first.id)
    place.tag("v1.0.0", first.id)
    second = place.commit(first.id, "second", {"a.txt": b"b"})
    with pytest.raises(PlaceError, match=r"v1\.0\.0 is another revision's"):
        place.tag("v1.0.0", second.id)
    assert place.resolve("v1.0.0") == first.id == place.tags()["v1.0.0"]
    with pytest.raises(PlaceError, match="not a tag name"):
        place.tag("no good", second.id)


def test_the_first_digits_of_an_id_do_as_the_log_shows_them(place: HubPlace) -> None:
    first = place.commit(begun(place), "first", {"a.txt": b"a"})
    place.commit(first.id, "second", {"a.txt": b"b"})
    assert place.resolve(first.id[:12]) == first.id
    for unknown in (first.id[:3], "abcdef012345", "v1.0.0"):
        with pytest.raises(PlaceError, match="no such revision"):
            place.resolve(unknown)


def test_a_tag_that_somebody_else_makes_at_the_same_moment_is_not_taken_for_ones_own(
    place: HubPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place.commit(begun(place), "first", {"a.txt": b"a"})
    second = place.commit(first.id, "second", {"a.txt": b"b"})
    create_tag = place._api.create_tag

    def come_second(**asked: object) -> None:
        create_tag(**{**asked, "revision": first.id})
        create_tag(**asked)

    monkeypatch.setattr(place._api, "create_tag", come_second)
    with pytest.raises(PlaceError, match=f"another revision's .{first.id}"):
        place.tag("v1.0.0", second.id)


@pytest.mark.parametrize("kind", ["error_500_done", "drop_done"])
def test_a_tag_whose_answer_was_lost_is_ones_own(hub: StandInHub, place: HubPlace, kind: str) -> None:
    first = place.commit(begun(place), "first", {"a.txt": b"a"})
    hub.faults = Faults(share=1, kinds=(kind,), operations=("tag",), limit=1)
    place.tag("v1.0.0", first.id)
    assert place.tags() == {"v1.0.0": first.id}


def test_reading_goes_on_through_passing_failures(hub: StandInHub, place: HubPlace) -> None:
    made = place.commit(begun(place), "first", {"a.txt": b"a"})
    hub.faults = Faults(share=0.3, seed=2, hold=0.01, retry_after=0)
    for _ in range(10):
        fresh = HubPlace(REPO, hub.url, sleep=lambda _: None)
        assert fresh.resolve() == made.id
        assert fresh.read("a.txt", made.id) == b"a"
        assert "a.txt" in fresh.files(made.id)
    assert hub.faults.injected


@pytest.mark.parametrize("kind", ["error_500", "unavailable_503", "busy_429", "drop", "error_500_done", "drop_done"])
def test_a_commit_that_may_or_may_not_be_done_says_so(hub: StandInHub, place: HubPlace, kind: str) -> None:
    parent = begun(place)
    hub.faults = Faults(share=1, kinds=(kind,), operations=("commit",), limit=1, retry_after=7)
    with pytest.raises(UnreliableError) as caught:
        place.commit(parent, "first", {"a.txt": b"a"})
    assert caught.value.wait == (7 if kind == "busy_429" else 0)
    assert (place.resolve() != parent) == kind.endswith("_done")


def test_a_place_that_never_answers_is_given_up(hub: StandInHub, place: HubPlace) -> None:
    hub.faults = Faults(share=1, kinds=("error_500",))
    with pytest.raises(UnreliableError):
        place.resolve()
    assert hub.faults.injected["error_500"] >= place_module.TRIES


@pytest.mark.parametrize(
    ("token", "words"), [(None, "HF_TOKEN"), ("hf_read", "write access"), ("hf_unknown", "HF_TOKEN")]
)
def test_a_missing_wrong_or_read_only_token_is_told(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch, token: str | None, words: str
) -> None:
    begun(HubPlace(REPO, hub.url))
    hub.datasets[REPO].private = False
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    monkeypatch.setattr("huggingface_hub.utils._headers.get_token", lambda: token)
    place = HubPlace(REPO, hub.url, sleep=lambda _: None)
    with pytest.raises(PlaceError, match=words):
        place.commit(place.resolve(), "first", {"a.txt": b"a"})


@pytest.mark.parametrize("name", ["", "a b/c", "a/b/c", "-a/b", "a/b--c"])
def test_a_malformed_name_is_told(name: str) -> None:
    with pytest.raises(PlaceError, match="owner/name"):
        HubPlace(name)


@pytest.mark.parametrize("kind", ["error_500", "unavailable_503", "busy_429"])
def test_a_hub_that_is_busy_while_a_shard_is_read_is_no_damage(hub: StandInHub, place: HubPlace, kind: str) -> None:
    made = place.commit(begun(place), "first", {"a.parquet": b"PAR1" + bytes(1000) + b"PAR1"})

    def read_meanwhile() -> bytes:
        with place.open("a.parquet", made.id) as file, damage_in_words("a.parquet"):
            hub.faults = Faults(share=1, kinds=(kind,), retry_after=0)
            return file.read()

    with pytest.raises(UnreliableError):
        read_meanwhile()
