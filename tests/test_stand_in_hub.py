"""The stand-in Hub against the real clients: what they believe of it is what the publisher is tested with."""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, HfFileSystem, hf_hub_download
from huggingface_hub.errors import (
    BadRequestError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import FAULTS, Faults, Repository, StandInHub, stand_in_hub

ROOT = Path(__file__).resolve().parent.parent
REPO = "someone/some-hands"
CARD = b"""---
license: cc-by-4.0
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train/*.parquet}
---
# Some hands
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    HfFileSystem.clear_instance_cache()
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


@pytest.fixture
def api(hub: StandInHub) -> HfApi:
    api = HfApi(endpoint=hub.url, token=False)
    api.create_repo(REPO, repo_type="dataset")
    return api


def add(path: str, content: bytes) -> CommitOperationAdd:
    return CommitOperationAdd(path, content)


def shard(*rows: int) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"id": list(rows)}), file)
    return file.getvalue()


def commit(api: HfApi, *operations: CommitOperationAdd | CommitOperationDelete, parent: str | None = None) -> str:
    made = api.create_commit(REPO, operations, commit_message="A commit", repo_type="dataset", parent_commit=parent)
    return made.oid


def head(api: HfApi) -> str:
    return api.repo_info(REPO, repo_type="dataset").sha


def status(caught: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return caught.value.response.status_code


def test_a_new_dataset_has_a_commit_and_can_be_created_again_only_where_that_is_allowed(api: HfApi) -> None:
    assert api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO
    with pytest.raises(HfHubHTTPError, match="already created") as caught:
        api.create_repo(REPO, repo_type="dataset")
    assert status(caught) == 409
    assert [each.title for each in api.list_repo_commits(REPO, repo_type="dataset")] == ["initial commit"]
    with pytest.raises(RepositoryNotFoundError):
        api.repo_info("someone/nothing", repo_type="dataset")


def test_small_files_travel_in_the_commit_and_large_ones_before_it(hub: StandInHub, api: HfApi) -> None:
    oid = commit(api, add("README.md", CARD), add("data/train/one.parquet", shard(1)), add("empty.parquet", b""))
    assert hub.datasets[REPO].files() == hub.datasets[REPO].files(oid)
    assert hub.datasets[REPO].files()["README.md"] == CARD
    assert [blob.content for blob in hub.datasets[REPO].large.values()] == [shard(1)]
    info = api.repo_info(REPO, repo_type="dataset", files_metadata=True)
    assert info.card_data.license == "cc-by-4.0"
    assert {each.rfilename for each in info.siblings if each.lfs} == {"data/train/one.parquet"}


def test_a_large_file_that_is_there_is_not_sent_again(hub: StandInHub, api: HfApi) -> None:
    commit(api, add("one.parquet", shard(1)))
    commit(api, add("another.parquet", shard(1)))
    assert [method for method, _, _ in hub.requests].count("PUT") == 1


def test_what_did_not_change_makes_no_commit(api: HfApi) -> None:
    oid = commit(api, add("one.parquet", shard(1)), add("note.txt", b"a note"))
    assert commit(api, add("one.parquet", shard(1)), add("note.txt", b"a note")) == oid == head(api)


def test_an_upload_of_another_content_than_announced_is_refused(hub: StandInHub, api: HfApi) -> None:
    addition = add("one.parquet", shard(1))
    addition.path_or_fileobj = shard(2)
    with pytest.raises(RuntimeError, match="Error while uploading") as caught:
        commit(api, addition)
    assert isinstance(caught.value.__cause__, BadRequestError)
    assert not hub.datasets[REPO].large


def test_a_commit_on_a_stale_parent_is_refused(hub: StandInHub, api: HfApi) -> None:
    parent = head(api)
    hub.before_commit = lambda repository: repository.push({"note.txt": b"the other was faster"})
    with pytest.raises(HfHubHTTPError, match="A commit has happened since") as caught:
        commit(api, add("one.parquet", shard(1)), parent=parent)
    assert status(caught) == 412
    assert "one.parquet" not in hub.datasets[REPO].files()
    commit(api, add("one.parquet", shard(1)), parent=head(api))
    assert {"one.parquet", "note.txt"} < set(hub.datasets[REPO].files())


def test_of_many_commits_on_one_parent_one_is_made(hub: StandInHub, api: HfApi) -> None:
    parent = head(api)

    def race(number: int) -> bool:
        try:
            return bool(commit(api, add(f"{number}.txt", b"%d" % number), parent=parent))
        except HfHubHTTPError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(race, range(8))) == 1
    assert len(hub.datasets[REPO].commits) == 2


def test_files_and_folders_are_deleted_but_stay_in_history(hub: StandInHub, api: HfApi) -> None:
    before = commit(api, *(add(path, b"x") for path in ("a.txt", "b/c.txt", "b/d/e.txt", "bc.txt")))
    commit(api, CommitOperationDelete("a.txt"), CommitOperationDelete("b/"))
    assert set(hub.datasets[REPO].files()) == {".gitattributes", "bc.txt"}
    path = hf_hub_download(REPO, "b/d/e.txt", repo_type="dataset", revision=before, endpoint=hub.url)
    assert Path(path).read_bytes() == b"x"
    with pytest.raises(RemoteEntryNotFoundError, match="A file with this name doesn't exist"):
        commit(api, CommitOperationDelete("a.txt"))
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(REPO, "a.txt", repo_type="dataset", endpoint=hub.url)


def test_half_a_commit_of_a_client_that_was_killed_is_none(hub: StandInHub, api: HfApi) -> None:
    parent = head(api)
    first_line = {"key": "header", "value": {"summary": "half a commit", "description": ""}}
    connection = http.client.HTTPConnection(hub.url.removeprefix("http://"))
    connection.putrequest("POST", f"/api/datasets/{REPO}/commit/main")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(json.dumps(first_line).encode() + b"\n")
    connection.sock.shutdown(socket.SHUT_WR)
    assert not connection.sock.recv(100)
    connection.close()
    assert head(api) == parent


def test_tags_branches_and_history_are_listed(api: HfApi) -> None:
    first = commit(api, add("a.txt", b"1"))
    api.create_tag(REPO, tag="v1", revision=first, repo_type="dataset")
    api.create_branch(REPO, branch="compact", repo_type="dataset")
    second = commit(api, add("a.txt", b"2"))
    refs = api.list_repo_refs(REPO, repo_type="dataset")
    assert {each.name: each.target_commit for each in refs.branches} == {"main": second, "compact": first}
    assert {each.name: each.target_commit for each in refs.tags} == {"v1": first}
    history = api.list_repo_commits(REPO, repo_type="dataset")
    assert [each.commit_id for each in history][:2] == [second, first]
    assert history[0].created_at >= history[1].created_at
    assert api.repo_info(REPO, repo_type="dataset", revision="v1").sha == first
    with pytest.raises(HfHubHTTPError, match="exists already"):
        api.create_tag(REPO, tag="v1", repo_type="dataset")
    api.delete_tag(REPO, tag="v1", repo_type="dataset")
    api.delete_branch(REPO, branch="compact", repo_type="dataset")
    with pytest.raises(RevisionNotFoundError):
        api.repo_info(REPO, repo_type="dataset", revision="v1")


def test_a_squash_leaves_the_files_and_only_the_history_that_a_tag_holds(hub: StandInHub, api: HfApi) -> None:
    first = commit(api, add("a.txt", b"1"))
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    second = commit(api, add("a.txt", b"2"))
    commit(api, add("a.txt", b"3"))
    api.super_squash_history(REPO, repo_type="dataset")
    assert len(hub.datasets[REPO].commits) == 1
    assert hub.datasets[REPO].files()["a.txt"] == b"3"
    assert hub.datasets[REPO].files(first)["a.txt"] == b"1"
    with pytest.raises(RevisionNotFoundError):
        api.repo_info(REPO, repo_type="dataset", revision=second)


def test_a_listing_comes_in_pages_and_knows_the_last_change_of_each_file(hub: StandInHub, api: HfApi) -> None:
    hub.page_size = 7
    first = hub.datasets[REPO].push({f"data/{number:02}.txt": b"x" for number in range(20)})
    second = hub.datasets[REPO].push({"data/05.txt": b"y"})
    tree = list(api.list_repo_tree(REPO, recursive=True, repo_type="dataset"))
    assert [each.path for each in tree][:3] == [".gitattributes", "data", "data/00.txt"]
    assert len(tree) == 22
    expanded = {each.path: each for each in api.list_repo_tree(REPO, "data", expand=True, repo_type="dataset")}
    assert len(expanded) == 20
    assert expanded["data/05.txt"].last_commit.oid == second.oid
    assert expanded["data/06.txt"].last_commit.oid == first.oid
    top = {each.path for each in api.list_repo_tree(REPO, repo_type="dataset")}
    assert top == {".gitattributes", "data"}
    found = api.get_paths_info(REPO, ["data", "data/05.txt", "none.txt"], repo_type="dataset")
    assert [each.path for each in found] == ["data", "data/05.txt"]
    with pytest.raises(RemoteEntryNotFoundError):
        list(api.list_repo_tree(REPO, "none", repo_type="dataset"))


def test_a_file_is_read_by_ranges(hub: StandInHub, api: HfApi) -> None:
    content = bytes(range(256)) * 4
    commit(api, add("some.bin", content), add("none.txt", b""))
    files = HfFileSystem(endpoint=hub.url, token=False)
    assert files.cat_file(f"datasets/{REPO}/some.bin", start=10, end=20) == content[10:20]
    assert files.cat_file(f"datasets/{REPO}/some.bin", start=-7) == content[-7:]
    assert files.cat_file(f"datasets/{REPO}/none.txt") == b""
    assert files.glob(f"datasets/{REPO}/*.bin") == [f"datasets/{REPO}/some.bin"]
    session, url = huggingface_hub.get_session(), f"{hub.url}/datasets/{REPO}/resolve/main/some.bin"
    for asked, got in {"bytes=1000-": content[1000:], "bytes=-5": content[-5:], "bytes=0-9999": content}.items():
        answer = session.get(url, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, got), asked
    beyond = session.get(url, headers={"Range": "bytes=1024-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */1024")


def test_a_card_that_is_no_yaml_is_refused_before_anything_is_sent(hub: StandInHub, api: HfApi) -> None:
    with pytest.raises(ValueError, match="Invalid metadata"):
        commit(api, add("README.md", b"---\nlicense: [\n---\n"), add("one.parquet", shard(1)))
    assert not hub.datasets[REPO].large


def test_a_model_is_pushed_and_read_too(hub: StandInHub, api: HfApi) -> None:
    api.create_repo("someone/model")
    api.upload_file(path_or_fileobj=b"weights", path_in_repo="model.safetensors", repo_id="someone/model")
    assert Path(hf_hub_download("someone/model", "model.safetensors", endpoint=hub.url)).read_bytes() == b"weights"
    assert hub.models["someone/model"].files()["model.safetensors"] == b"weights"


@pytest.mark.parametrize(("token", "answer"), [(False, 401), ("hf_wrong", 401), ("hf_read", 403), ("hf_write", None)])
def test_only_a_token_that_may_write_writes(hub: StandInHub, token: str | bool, answer: int | None) -> None:
    hub.datasets[REPO] = Repository()
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    client = HfApi(endpoint=hub.url, token=token)
    if answer is None:
        assert commit(client, add("note.txt", b"a note"))
        assert client.whoami()["auth"]["accessToken"]["role"] == "write"
        return
    with pytest.raises(HfHubHTTPError) as caught:
        commit(client, add("note.txt", b"a note"))
    assert status(caught) == answer
    assert isinstance(caught.value, RepositoryNotFoundError) == (token is False)  # so says the client of the real Hub
    with pytest.raises(HfHubHTTPError) as caught:
        client.create_repo("someone/other", repo_type="dataset")
    assert status(caught) == answer
    assert "note.txt" not in hub.datasets[REPO].files()


def test_a_private_repository_is_hidden_from_who_has_no_token(hub: StandInHub, api: HfApi) -> None:
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    api.create_repo("someone/secret", repo_type="dataset", private=True, token="hf_write")
    with pytest.raises(RepositoryNotFoundError):
        api.repo_info("someone/secret", repo_type="dataset")
    with pytest.raises(RepositoryNotFoundError):
        hf_hub_download("someone/secret", ".gitattributes", repo_type="dataset", endpoint=hub.url, token=False)
    assert api.repo_info("someone/secret", repo_type="dataset", token="hf_read").private


COMMIT_FAULTS = {  # what happens to a commit: the status or the error of the client, and whether it was made
    "conflict_409": (409, False),
    "stale_412": (412, False),
    "busy_429": (429, False),
    "error_500": (500, False),
    "unavailable_503": (503, False),
    "error_500_done": (500, True),
    "hang": ("RemoteProtocolError", False),
    "hang_done": ("RemoteProtocolError", True),
    "drop": ("RemoteProtocolError", False),
    "drop_done": ("RemoteProtocolError", True),
}


@pytest.mark.parametrize("kind", COMMIT_FAULTS)
def test_a_commit_fails_as_planned_and_is_made_or_not(hub: StandInHub, api: HfApi, kind: str) -> None:
    failure, done = COMMIT_FAULTS[kind]
    hub.faults = Faults(share=1, kinds=(kind,), operations=("commit",), limit=1, hold=0.05)
    with pytest.raises(httpx2.HTTPError) as caught:
        commit(api, add("one.parquet", shard(1)), parent=head(api))
    found = status(caught) if isinstance(caught.value, HfHubHTTPError) else type(caught.value).__name__
    assert found == failure
    assert hub.faults.injected == {kind: 1}
    assert ("one.parquet" in hub.datasets[REPO].files()) == done
    commit(api, add("one.parquet", shard(1)), parent=head(api))
    assert hub.datasets[REPO].files()["one.parquet"] == shard(1)
    assert len(hub.datasets[REPO].commits) == 2


@pytest.mark.parametrize("kind", sorted(FAULTS.keys() - {"conflict_409", "stale_412", "cut_download"}))
def test_the_client_itself_tries_an_upload_again(hub: StandInHub, api: HfApi, kind: str) -> None:
    hub.faults = Faults(share=1, kinds=(kind,), operations=("upload",), limit=2, hold=0.05)
    content = os.urandom(3_000_000)
    commit(api, add("some.bin", content))
    assert hub.faults.injected == {kind: 2}
    assert hub.datasets[REPO].files()["some.bin"] == content


@pytest.mark.parametrize("kind", ["busy_429", "error_500", "hang", "drop", "cut_download"])
def test_a_range_arrives_although_the_first_answers_fail(hub: StandInHub, kind: str) -> None:
    hub.datasets[REPO] = Repository({"some.bin": b"0123456789"})
    hub.faults = Faults(share=1, kinds=(kind,), operations=("download",), limit=2, hold=0.05)
    files = HfFileSystem(endpoint=hub.url, token=False)
    assert files.cat_file(f"datasets/{REPO}/some.bin", start=2, end=8) == b"234567"
    assert hub.faults.injected == {kind: 2}


def test_a_share_of_the_requests_fails_and_the_seed_decides_which() -> None:
    def drawn(seed: int) -> list[str | None]:
        faults = Faults(share=0.2, seed=seed)
        return [faults.draw("commit", changes=True) for _ in range(1000)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 150 < sum(kind is not None for kind in drawn(1)) < 250
    assert set(drawn(1)) == {None, *FAULTS} - {"cut_upload", "cut_download"}


def test_a_stopped_hub_answers_no_more(hub: StandInHub, api: HfApi) -> None:
    head(api)  # over a connection that stays open
    hub.stop()
    with pytest.raises(httpx2.RemoteProtocolError, match="disconnected"):
        head(api)


LOAD = """
import json, os, sys
from datasets import load_dataset
load = lambda **options: [row["id"] for row in load_dataset(sys.argv[1], split="train", **options)]
print(json.dumps([load(revision="v1"), load(), load(streaming=True), load(revision="v1", streaming=True)]), flush=True)
os._exit(0)  # threads of pyarrow, which still stream, now and then abort an interpreter that tidies up
"""


def test_datasets_loads_it_at_a_tag_and_at_main_and_streams_it(hub: StandInHub, api: HfApi, tmp_path: Path) -> None:
    commit(api, add("README.md", CARD), add("data/train/one.parquet", shard(1, 2, 3)))
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    commit(api, add("data/train/two.parquet", shard(4, 5)))
    told = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "home")}
    quiet = {"HF_UPDATE_DOWNLOAD_COUNTS": "0"}  # else it tells a server of its makers
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, REPO], env={**os.environ, **told, **quiet}, capture_output=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr.decode()
    assert json.loads(loaded.stdout) == [[1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3]]


def test_it_runs_as_a_process_of_its_own_with_faults() -> None:
    command = [sys.executable, "-m", "tests.hub", "--faults", "1", "--seed", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            with pytest.raises(httpx2.HTTPError, match=r"429|5\d\d|disconnected"):
                HfApi(endpoint=url, token=False).repo_info(REPO, repo_type="dataset")
        finally:
            process.kill()


def test_threads_share_the_plan_of_faults() -> None:
    faults = Faults(share=1, limit=100)
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: faults.draw("info", changes=False), range(400)))
    assert faults.injected.total() == sum(kind is not None for kind in drawn) == 100
