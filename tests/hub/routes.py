"""Which request gets which answer, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from tests.hub import listing, reading, writing
from tests.hub.protocol import Answer, Call, Refusal, failure

if TYPE_CHECKING:
    from tests.hub.server import StandInHub


@dataclass(frozen=True)
class Route:
    """A request that the Hub knows. `needs` is what the token must allow; `changes` says that something is done."""

    operation: str
    method: str
    pattern: str
    answer: Callable[[Call], Answer]
    needs: str | None = None
    changes: bool = False

    @cached_property
    def expression(self) -> re.Pattern[str]:
        expression = self.pattern
        for name, part in PARTS.items():
            expression = expression.replace(name, part)
        return re.compile(expression)

    def match(self, method: str, path: str) -> re.Match[str] | None:
        return self.expression.fullmatch(path) if self.method == method.replace("HEAD", "GET") else None


PARTS = {
    "{kind}": "(?P<kind>models|datasets)",
    "{kind/}": "(?P<kind>datasets/)?",
    "{repo}": "(?P<repo>[^/]+/[^/]+)",
    "{revision}": "(?P<revision>[^/]+)",
    "{name}": "(?P<name>[^/]+)",
    "{oid}": "(?P<oid>[^/]+)",
    "{path}": "(?P<path>.+)",
    "{/path}": "(/(?P<path>.+))?",
}
W = "write"

ROUTES = (
    Route("whoami", "GET", r"/api/whoami-v2", reading.whoami, "read"),
    Route("validate_card", "POST", r"/api/validate-yaml", writing.validate_card),
    Route("create_repo", "POST", r"/api/repos/create", writing.create_repo, W, changes=True),
    Route("info", "GET", r"/api/{kind}/{repo}", reading.info),
    Route("info", "GET", r"/api/{kind}/{repo}/revision/{revision}", reading.info),
    Route("tree", "GET", r"/api/{kind}/{repo}/tree/{revision}{/path}", listing.tree),
    Route("paths_info", "POST", r"/api/{kind}/{repo}/paths-info/{revision}", listing.paths_info),
    Route("refs", "GET", r"/api/{kind}/{repo}/refs", reading.refs),
    Route("commits", "GET", r"/api/{kind}/{repo}/commits/{revision}", reading.commits),
    Route("download", "GET", r"/{kind/}{repo}/resolve/{revision}/{path}", reading.download),
    Route("preupload", "POST", r"/api/{kind}/{repo}/preupload/{revision}", writing.preupload, W),
    Route("lfs_batch", "POST", r"/{kind/}{repo}\.git/info/lfs/objects/batch", writing.lfs_batch, W),
    Route("upload", "PUT", r"/lfs-store/{kind}/{repo}/{oid}", writing.lfs_upload, changes=True),
    Route("lfs_verify", "POST", r"/{kind/}{repo}\.git/info/lfs/objects/verify", writing.lfs_verify, W),
    Route("commit", "POST", r"/api/{kind}/{repo}/commit/{revision}", writing.commit, W, changes=True),
    Route("tag", "POST", r"/api/{kind}/{repo}/tag/{revision}", writing.create_tag, W, changes=True),
    Route("tag", "DELETE", r"/api/{kind}/{repo}/tag/{name}", writing.delete_tag, W, changes=True),
    Route("branch", "POST", r"/api/{kind}/{repo}/branch/{name}", writing.create_branch, W, changes=True),
    Route("branch", "DELETE", r"/api/{kind}/{repo}/branch/{name}", writing.delete_branch, W, changes=True),
    Route("squash", "POST", r"/api/{kind}/{repo}/super-squash/{revision}", writing.squash, W, changes=True),
)


def route_of(method: str, path: str) -> Route | None:
    return next((route for route in ROUTES if route.match(method, path)), None)


def answer(hub: StandInHub, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    path, _, query = target.partition("?")
    route = route_of(method, path)
    match = route and route.match(method, path)
    if not route or not match:
        return failure(404, f"The stand-in Hub knows no {method} {path}")
    parts = {name: unquote(part or "") for name, part in match.groupdict().items()}
    try:
        role = _role(hub, headers)
        _check(route, role, path)
        return route.answer(Call(hub, hub.url + path, parts, dict(parse_qsl(query)), headers, body, role))
    except Refusal as refusal:
        return refusal.answer


def _role(hub: StandInHub, headers: Mapping[str, str]) -> str | None:
    """A Hub without tokens lets anyone write."""
    if not hub.tokens:
        return W
    if "Authorization" not in headers:
        return None
    role = hub.tokens.get(headers["Authorization"].removeprefix("Bearer "))
    if role is None:
        raise Refusal(failure(401, "Invalid credentials in Authorization header"))
    return role


def _check(route: Route, role: str | None, path: str) -> None:
    if route.needs and role is None:
        # The client takes a 401 at such an address for a missing repository; at an endpoint that is not https it
        # needs to be told.
        about_repo = path.startswith(("/api/models/", "/api/datasets/"))
        code = {"X-Error-Code": "RepoNotFound"} if about_repo else {}
        raise Refusal(failure(401, "Invalid username or password.", code))
    if route.needs == W and role != W:
        raise Refusal(failure(403, "You must use a write token to do this"))
