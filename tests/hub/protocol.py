"""A request as the routes see it, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from tests.hub.files import NotThere
from tests.hub.repository import Commit, Repository

if TYPE_CHECKING:
    from tests.hub.server import StandInHub


@dataclass(frozen=True)
class Answer:
    """Status, headers and content; the length is added when it is sent."""

    status: int
    headers: dict[str, str]
    content: bytes = b""


class Refusal(Exception):  # noqa: N818 - most are no error of the Hub
    """An answer that says no."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def success(value: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


def failure(status: int, message: str, headers: dict[str, str] | None = None, **more: object) -> Answer:
    """The message is said twice, as the Hub does: one part of the client reads the header, another the body."""
    content = json.dumps({"error": message, **more}).encode()
    return Answer(status, {"Content-Type": "application/json", "X-Error-Message": message, **(headers or {})}, content)


def missing(code: str, message: str, commit: Commit | None = None) -> Refusal:
    """The client makes its exceptions from `code`, and remembers that the file is not in the commit."""
    headers = {"X-Error-Code": code} | ({"X-Repo-Commit": commit.oid} if commit else {})
    return Refusal(failure(404, message, headers))


@dataclass(frozen=True)
class Call:
    """A request that found its route."""

    hub: StandInHub
    url: str
    parts: dict[str, str]
    """What the pattern of the route caught: kind, repo, revision, path, ..."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    role: str | None
    """What the token allows: "write", "read", or nothing."""

    @property
    def kind(self) -> str:
        """ "models" or "datasets"; a model has no prefix in the addresses of its files."""
        return (self.parts["kind"] or "models").rstrip("/")

    @property
    def repo(self) -> str:
        return self.parts["repo"]

    @property
    def page(self) -> str:
        """The address of the repository for people."""
        return repo_url(self.hub.url, self.kind, self.repo)

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)

    @cached_property
    def repository(self) -> Repository:
        """Who may not read a private one does not hear that it exists."""
        found = self.hub.repository(self.kind, self.repo)
        if found is None or (found.private and self.role is None):
            raise missing("RepoNotFound", "Repository not found")
        return found

    @cached_property
    def commit(self) -> Commit:
        try:
            return self.repository.at(self.parts.get("revision") or "main")
        except NotThere as error:
            raise missing("RevisionNotFound", f"Invalid rev id: {error}") from error

    def listed(self, items: list[Any], size: int, described: Callable[[Any], object]) -> Answer:
        """One page of a list, each item as it is to be described; a Link header leads to the next page."""
        start = int(self.query.get("cursor", 0))
        later = {**self.query, "cursor": str(start + size)}
        link = {"Link": f'<{self.url}?{urlencode(later)}>; rel="next"'} if start + size < len(items) else {}
        return success([described(item) for item in items[start : start + size]], link)


def repo_url(hub: str, kind: str, repo: str) -> str:
    return f"{hub}/{'datasets/' if kind == 'datasets' else ''}{quote(repo)}"
