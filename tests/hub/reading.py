"""What the Hub answers to readers: about a repository, and the files themselves."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.hub.files import Blob
from tests.hub.listing import described, written
from tests.hub.protocol import Answer, Call, Refusal, failure, missing, success
from tests.hub.repository import Commit


def whoami(call: Call) -> Answer:
    token = {"displayName": "a token", "role": call.role}
    return success({"type": "user", "name": call.hub.user, "orgs": [], "auth": {"accessToken": token}})


def info(call: Call) -> Answer:
    commit, repository = call.commit, call.repository
    return success(
        {
            "id": call.repo,
            "author": call.repo.split("/")[0],
            "sha": commit.oid,
            "lastModified": written(commit.date),
            "createdAt": written(repository.history(commit.oid)[-1].date),
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "cardData": _card(commit),
            "siblings": [_sibling(path, blob, "blobs" in call.query) for path, blob in sorted(commit.blobs.items())],
        }
    )


def refs(call: Call) -> Answer:
    def listed(folder: str, refs: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "ref": f"refs/{folder}/{name}", "targetCommit": oid} for name, oid in refs.items()]

    repository = call.repository
    branches, tags = listed("heads", repository.branches), listed("tags", repository.tags)
    return success({"branches": branches, "tags": tags, "converts": [], "pullRequests": []})


def commits(call: Call) -> Answer:
    more = {"authors": [{"user": call.hub.user, "avatar": ""}]}
    history = call.repository.history(call.commit.oid)
    return call.listed(history, 50, lambda commit: {**described(commit), "message": commit.message, **more})


def download(call: Call) -> Answer:
    """A file or a range of it. The real Hub sends large files from another host; the headers are the same."""
    blob = call.commit.blobs.get(call.parts["path"])
    if blob is None:
        raise missing("EntryNotFound", "Entry not found", call.commit)
    etag = f'"{blob.sha256 if blob.large else blob.oid}"'
    headers = {"ETag": etag, "X-Repo-Commit": call.commit.oid, "Accept-Ranges": "bytes"}
    headers["Content-Type"] = "application/octet-stream"
    if blob.large:
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(blob.size)}
    if "Range" not in call.headers:
        return Answer(200, headers, blob.content)
    start, stop = _range(call.headers["Range"], blob.size)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{blob.size}"
    return Answer(206, headers, blob.content[start:stop])


def front_matter(card: str) -> Any:
    """The metadata at the head of a card; None without any.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    match = re.match(r"\s*---\r?\n(.*?)\r?\n---", card, re.DOTALL)
    return yaml.safe_load(match[1]) if match else None


def _card(commit: Commit) -> dict[str, Any] | None:
    """What the card of a repository says, if it has one that can be read."""
    try:
        found = front_matter(commit.blobs["README.md"].content.decode())
    except (KeyError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict) else None


def _range(asked: str, size: int) -> tuple[int, int]:
    """From "bytes=1-5", "bytes=1-" or "bytes=-5" the first and the one after the last."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked)
    first, last = match.groups() if match else ("", "")
    start = int(first) if first else max(0, size - int(last or 0))
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        raise Refusal(failure(416, "Range not satisfiable", {"Content-Range": f"bytes */{size}"}))
    return start, stop


def _sibling(path: str, blob: Blob, metadata: bool) -> dict[str, Any]:
    if not metadata:
        return {"rfilename": path}
    lfs = {"lfs": {"sha256": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}} if blob.large else {}
    return {"rfilename": path, "size": blob.size, "blobId": blob.oid, **lfs}
