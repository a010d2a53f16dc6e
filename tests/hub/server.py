"""The stand-in Hub: a real HTTP server in front of repositories in memory, which fails when it is told to."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.hub import routes
from tests.hub.faults import FAULTS, Faults
from tests.hub.protocol import Answer
from tests.hub.repository import Repository


class StandInHub:
    """Serves repositories from memory, and misbehaves when told to."""

    user = "tester"
    page_size = 1000
    """The number of files in one page of a listing."""

    def __init__(self, port: int = 0) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        """Models by their name, each of one commit, as files that a test may change at will."""
        self.models: dict[str, Repository] = {}
        """Models that were created by a client."""
        self.datasets: dict[str, Repository] = {}
        self.tokens: dict[str, str] = {}
        """Token -> "write" or "read"; without any, everyone may do everything."""
        self.faults: Faults | None = None
        self.before_commit: Callable[[Repository], object] | None = None
        """Is called when the next commit has arrived and before it is checked; once."""
        self.cut_after: int | None = None
        """The next download breaks off after so many bytes; once."""
        self.requests: list[tuple[str, str, str]] = []
        """(method, path, Range) of each request."""
        self.stopped = False
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def downloads(self) -> list[tuple[str, str, str]]:
        return [request for request in self.requests if request[0] == "GET" and "/resolve/" in request[1]]

    def stop(self) -> None:
        self.stopped = True
        self._server.shutdown()
        self._server.server_close()

    def repository(self, kind: str, repo: str) -> Repository | None:
        if kind == "models" and repo in self.repos:
            return Repository(self.repos[repo])
        return (self.models if kind == "models" else self.datasets).get(repo)

    def add(self, kind: str, repo: str, new: Repository) -> bool:
        """False if there is one of this name."""
        with self._lock:
            if self.repository(kind, repo):
                return False
            (self.models if kind == "models" else self.datasets)[repo] = new
            return True

    def take_before_commit(self) -> Callable[[Repository], object] | None:
        with self._lock:
            hook, self.before_commit = self.before_commit, None
            return hook


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # clients come in crowds

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(hub: StandInHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and content are written apart; else each answer waits 40 ms

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.requests.append((self.command, path, self.headers.get("Range", "")))
            faults = hub.faults  # a test may take them away meanwhile
            fault = faults and self._fault(faults, path)
            answer = None if hub.stopped else self._answer(faults, fault)
            if answer is None:
                self.close_connection = True
            else:
                self._send(answer, len(answer.content) // 2 if fault == "cut_download" else self._cut_after())

        do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

        def _fault(self, faults: Faults, path: str) -> str | None:
            route = routes.route_of(self.command, path)
            operation = "head" if self.command == "HEAD" else route and route.operation
            return faults.draw(operation, route.changes) if route and operation else None

        def _answer(self, faults: Faults | None, fault: str | None) -> Answer | None:
            """None for a connection that is to be closed without an answer."""
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length // 2 if fault == "cut_upload" else length)
            if len(body) < length:  # cut, or the client was killed: half a commit is none
                return None
            if faults is None or fault is None or fault == "cut_download":
                return routes.answer(hub, self.command, self.path, self.headers, body)
            if FAULTS[fault].done:
                routes.answer(hub, self.command, self.path, self.headers, body)
            if FAULTS[fault].hold:
                time.sleep(faults.hold)
            return faults.answer(fault)

        def _cut_after(self) -> int | None:
            """Only an answer with a content can be cut."""
            if self.command != "GET":
                return None
            cut, hub.cut_after = hub.cut_after, None
            return cut

        def _send(self, answer: Answer, cut: int | None) -> None:
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.content[:cut])
            if cut is not None:
                self.close_connection = True

    return Handler
