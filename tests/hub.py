"""A stand-in for the Hugging Face Hub: a real HTTP server that speaks as much of its protocol as downloads need."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import types
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

COMMIT = "c0ffee" + 34 * "0"


class StandInHub:
    """Serves model repositories from memory, and misbehaves when told to."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.cut_after: int | None = None
        """The next download breaks off after so many bytes; once."""
        self.requests: list[tuple[str, str, str]] = []
        """(method, path, Range) of each request."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def downloads(self) -> list[tuple[str, str, str]]:
        return [request for request in self.requests if request[0] == "GET" and "/resolve/" in request[1]]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def stand_in_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """For a fixture: a Hub and a cache of its own, and a client that does not wait between its attempts."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    impatient = types.SimpleNamespace(sleep=lambda _: None)
    monkeypatch.setattr("huggingface_hub.file_download.time", impatient)
    monkeypatch.setattr("huggingface_hub.utils._http.time", impatient)
    hub = StandInHub()
    yield hub
    hub.stop()


def _handler(hub: StandInHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, body: bool) -> None:
            path = self.path.split("?")[0]
            hub.requests.append((self.command, path, self.headers.get("Range", "")))
            if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(revision|tree)/([^/]+)", path):
                self._api(*match.groups())
            elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                self._file(match[1], match[3], body)
            else:
                self._send(404, {"X-Error-Code": "RepoNotFound"})

        def _api(self, repo: str, verb: str, _revision: str) -> None:
            if repo not in hub.repos:
                self._send(404, {"X-Error-Code": "RepoNotFound"})
                return
            files = [
                {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for path, content in hub.repos[repo].items()
            ]
            answer = files if verb == "tree" else {"id": repo, "sha": COMMIT, "siblings": []}
            self._send(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())

        def _file(self, repo: str, path: str, body: bool) -> None:
            if repo not in hub.repos or path not in hub.repos[repo]:
                code = "EntryNotFound" if repo in hub.repos else "RepoNotFound"
                self._send(404, {"X-Error-Code": code, "X-Repo-Commit": COMMIT})
                return
            content = hub.repos[repo][path]
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            headers = {"ETag": etag, "X-Repo-Commit": COMMIT, "X-Linked-Etag": etag, "X-Linked-Size": str(len(content))}
            start = int(re.match(r"bytes=(\d+)-", self.headers["Range"])[1]) if "Range" in self.headers else 0
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206 if start else 200, headers, content[start:], body)

        def _send(self, status: int, headers: dict[str, str], content: bytes = b"", body: bool = True) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if body and self.command == "GET":
                cut, hub.cut_after = hub.cut_after, None
                self.wfile.write(content[:cut])
                self.close_connection = cut is not None

    return Handler
