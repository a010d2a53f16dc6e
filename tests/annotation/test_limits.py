"""Requests that are too much are refused before they cost anything, by the server on its socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.exceptions import HTTPException

from annotation.service import limits
from annotation.service.access import Access
from annotation.service.limits import MOST_BYTES, MOST_VALUES
from handseg.settings import Settings

ROOT = Path(__file__).parent.parent.parent
JSON = "Content-Type: application/json"


class Running:
    """The service as a process on a socket."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        command = [sys.executable, "-m", "tests.annotation.serving", str(home), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(ConnectionRefusedError):
                self.connect().close()
                self.token = Access(Settings(home=home)).sign_in("Ann")
                return
            time.sleep(0.05)
        raise AssertionError("the server does not start")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def save(self, head: str, pieces: Iterable[bytes] = ()) -> bytes:
        """As `send`, by somebody who has signed in and saves a photo."""
        return self.send(f"Authorization: Bearer {self.token}\r\n{head}", pieces, f"/photos/{64 * '0'}/save")

    def send(self, head: str, pieces: Iterable[bytes] = (), path: str = "/sign-in") -> bytes:
        """Post these headers and bytes until all is sent or the server hangs up; returns what it answers."""
        heard = b""
        with self.connect() as connection, contextlib.suppress(OSError):
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n\r\n".encode())
            with contextlib.suppress(OSError):
                for piece in pieces:
                    connection.sendall(piece)
            while piece := connection.recv(65536):
                heard += piece
        return heard

    def most_megabytes(self) -> float:
        """The most memory that the process ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1000

    def is_well(self) -> bool:
        return httpx.get(f"http://127.0.0.1:{self.port}/about", timeout=20).json()["open"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("running"))
    yield running
    running.process.terminate()
    running.process.wait(timeout=20)


def chunks(content: bytes, times: int) -> Iterator[bytes]:
    """The same content many times, for a request that does not say how long it will be."""
    for _ in range(times):
        yield f"{len(content):x}\r\n".encode() + content + b"\r\n"
    yield b"0\r\n\r\n"


asks_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the memory of the server")


@asks_linux
def test_200_announced_megabytes_are_refused_and_take_no_memory(running: Running) -> None:
    assert running.is_well()
    before = running.most_megabytes()
    heard = running.save(f"{JSON}\r\nContent-Length: 200000000")
    assert heard.startswith(b"HTTP/1.1 413")
    assert b"48 MB; nothing of it was kept" in heard
    running.save(f"{JSON}\r\nContent-Length: 200000000", (b" " * 1_000_000 for _ in range(200)))
    assert running.most_megabytes() - before < 10
    assert running.is_well()


@asks_linux
def test_200_megabytes_that_nobody_announced_are_refused_at_the_limit(running: Running) -> None:
    before = running.most_megabytes()
    heard = running.save(f"{JSON}\r\nTransfer-Encoding: chunked", chunks(b" " * 1_000_000, 200))
    assert heard.startswith(b"HTTP/1.1 413") or not heard
    assert running.most_megabytes() - before < 1.5 * MOST_BYTES / 1e6
    assert running.is_well()


@asks_linux
def test_millions_of_small_values_are_refused_before_they_are_read(running: Running) -> None:
    before = running.most_megabytes()
    content = b'{"name": [' + b"[]," * (MOST_BYTES // 3 - 10) + b"[]]}"
    assert len(content) < MOST_BYTES
    heard = running.save(f"{JSON}\r\nContent-Length: {len(content)}", [content])
    assert heard.startswith(b"HTTP/1.1 413") or not heard
    assert running.most_megabytes() - before < 100
    assert running.is_well()


def test_as_many_values_as_a_long_trail_has_are_read(running: Running) -> None:
    content = b'{"name": [' + b"1," * (MOST_VALUES - 10) + b"1]}"
    heard = running.save(f"{JSON}\r\nContent-Length: {len(content)}", [content])
    assert heard.startswith(b"HTTP/1.1 422")


@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 400, "0x10", "²", "48000001"])
def test_a_length_that_is_none_or_too_large_is_refused(running: Running, length: str) -> None:
    assert running.save(f"{JSON}\r\nContent-Length: {length}").startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    assert running.is_well()


def test_who_hangs_up_in_mid_sentence_disturbs_nobody(running: Running) -> None:
    for _ in range(20):
        with running.connect() as connection:
            connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert running.is_well()


def test_a_body_may_come_in_pieces_and_without_its_length(running: Running) -> None:
    heard = running.send(f"{JSON}\r\nTransfer-Encoding: chunked", [b'7\r\n{"name"\r\n', b'8\r\n: "Ann"}\r\n0\r\n\r\n'])
    assert heard.startswith(b"HTTP/1.1 200")


@asks_linux
def test_strangers_large_requests_are_refused_before_they_are_read(running: Running) -> None:
    before = running.most_megabytes()
    content = b" " * 40_000_000
    for path in ("/sign-in", f"/photos/{64 * '0'}/save", f"/records/{32 * '0'}/review"):
        heard = running.send(f"{JSON}\r\nContent-Length: {len(content)}", path=path)
        assert heard.startswith(b"HTTP/1.1 401")
        running.send(f"{JSON}\r\nAuthorization: Bearer QW5u.0\r\nContent-Length: {len(content)}", [content], path)
    assert running.most_megabytes() - before < 10
    assert running.is_well()


def test_what_is_sent_at_once_is_limited_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_AT_ONCE", 100)
    scope = {"type": "http", "path": "/visits/1/keep", "headers": []}

    async def body() -> dict[str, object]:
        return {"type": "http.request", "body": b" " * 60}

    async def one_after_the_other_and_at_once() -> None:
        answered = asyncio.Event()

        async def slow(_: object, receive: Callable[[], Awaitable[object]], __: object) -> None:
            await receive()
            await answered.wait()

        limit = limits.LimitBody(slow, is_known=lambda _: False)
        first = asyncio.create_task(limit(scope, body, None))
        await asyncio.sleep(0)
        with pytest.raises(HTTPException, match="429: too much is being sent just now"):
            await limit(scope, body, None)
        answered.set()
        await first
        await limit(scope, body, None)

    asyncio.run(one_after_the_other_and_at_once())
