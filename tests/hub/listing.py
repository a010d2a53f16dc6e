"""What the Hub answers about files and folders."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

from tests.hub.files import is_at
from tests.hub.protocol import Answer, Call, missing, success
from tests.hub.repository import Commit


def tree(call: Call) -> Answer:
    """The files and folders below a folder: all of them, or the next level."""
    folder = f"{call.parts['path']}/" if call.parts["path"] else ""
    inside = sorted(path for path in call.commit.blobs if path.startswith(folder))
    if folder and not inside:
        raise missing("EntryNotFound", "Entry not found", call.commit)
    paths = {step for path in inside for step in _steps(path) if step.startswith(folder) and step != folder}
    if not _is_set(call.query.get("recursive")):
        paths = {path for path in paths if "/" not in path[len(folder) :].rstrip("/")}
    expand = _is_set(call.query.get("expand"))
    size = 50 if expand else call.hub.page_size
    return call.listed(sorted(paths), size, lambda path: _entry(call, path, expand))


def paths_info(call: Call) -> Answer:
    """Those that are there; the others are left out without a word."""
    form = parse_qs(call.body.decode())
    there = {step.rstrip("/"): step for path in call.commit.blobs for step in _steps(path)}
    expand = _is_set(form.get("expand", [""])[0])
    return success([_entry(call, there[path], expand) for path in form.get("paths", []) if path in there])


def described(commit: Commit) -> dict[str, Any]:
    return {"id": commit.oid, "title": commit.title, "date": written(commit.date)}


def written(date: datetime) -> str:
    return date.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _steps(path: str) -> list[str]:
    """a/b/c -> a/, a/b/, a/b/c"""
    return [path[: match.end()] for match in re.finditer("/", path)] + [path]


def _entry(call: Call, path: str, expand: bool) -> dict[str, Any]:
    """A file, or with a "/" at the end a folder."""
    entry: dict[str, Any]
    if path.endswith("/"):
        entry = {"type": "directory", "path": path[:-1], "size": 0, "oid": hashlib.sha1(path.encode()).hexdigest()}
    else:
        blob = call.commit.blobs[path]
        entry = {"type": "file", "path": path, "size": blob.size, "oid": blob.oid}
        if blob.large:
            entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
    return entry | ({"lastCommit": described(_last_change(call, path))} if expand else {})


def _last_change(call: Call, place: str) -> Commit:
    """The commit since which what is at `place` is as it is."""

    def content(commit: Commit) -> dict[str, str]:
        return {path: blob.sha256 for path, blob in commit.blobs.items() if is_at(path, place)}

    history = call.repository.history(call.commit.oid)
    for commit, older in pairwise(history):
        if content(commit) != content(older):
            return commit
    return history[-1]


def _is_set(flag: str | None) -> bool:
    return (flag or "").lower() in ("true", "1")
