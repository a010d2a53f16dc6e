"""Keeps requests small before anything is made of them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 48_000_000
"""Of one request: a draft of a 12-megapixel photo, in which every other pixel differs, has fewer."""

MOST_VALUES = 500_000
"""In one request's JSON: a mask is one text, but millions of empty lists fit into as many bytes, and fill the memory
and stop the server while they are read."""


class LimitBody:
    """ASGI middleware that answers 413 to a body of more than `most` bytes, or JSON of more than `MOST_VALUES` values,
    without keeping what came of it."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        received = values = 0

        async def receive_counting() -> Message:
            nonlocal received, values
            message = await receive()
            body = message.get("body", b"")
            received += len(body)
            values += sum(body.count(sign) for sign in b"[{,")  # before each value stands one of them, or a colon
            self._check(received, values)
            return message

        async def refuse_announced() -> Message:
            self._check(int(announced) if announced.isdigit() else self.most + 1)
            return await receive_counting()

        await self.app(scope, refuse_announced, send)

    def _check(self, size: int, values: int = 0) -> None:
        if size > self.most:
            raise HTTPException(413, f"the request has more than {self.most / 1e6:.0f} MB; nothing of it was kept")
        if values > MOST_VALUES:
            raise HTTPException(413, f"the request has more than {MOST_VALUES:,} values; nothing of it was kept")
