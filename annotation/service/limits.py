"""Keeps requests small before anything is made of them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 48_000_000
"""Of one request: a draft of a 12-megapixel photo, in which every other pixel differs, has fewer."""

MOST_OF_STRANGERS = 200_000
"""Of a request by somebody who has not signed in, and is at no visit: a name and a password have far fewer."""

MOST_AT_ONCE = 480_000_000
"""Of all requests that are being received or answered; a body is kept in memory until then."""

MOST_VALUES = 500_000
"""In one request's JSON: a mask is one text, but millions of empty lists fit into as many bytes, and fill the memory
and stop the server while they are read."""


class LimitBody:
    """ASGI middleware that keeps nothing of what is too much, and answers

    401 to more than `MOST_OF_STRANGERS` bytes of somebody who has not signed in, and is at no visit of their own,
    413 to more than `MOST_BYTES`, or JSON of more than `MOST_VALUES` values,
    429 to what would be more than `MOST_AT_ONCE` bytes with all other requests.
    """

    def __init__(self, app: ASGIApp, is_known: Callable[[str], bool]) -> None:
        """`is_known` tells whether a token is one that the app gave."""
        self.app, self._is_known = app, is_known
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, stranger = Headers(scope=scope), self._is_stranger(scope)
        announced = headers.get("content-length", "0")
        received = values = 0

        async def receive_counting() -> Message:
            nonlocal received, values
            message = await receive()
            body = message.get("body", b"")
            received += len(body)
            self._at_once += len(body)
            values += sum(body.count(sign) for sign in b"[{,")  # before each value stands one of them, or a colon
            _check(received, stranger, values)
            if self._at_once > MOST_AT_ONCE:
                raise HTTPException(429, "too much is being sent just now; try again in a moment")
            return message

        async def refuse_announced() -> Message:
            _check(int(announced) if announced.isdecimal() else MOST_BYTES + 1, stranger)
            return await receive_counting()

        try:
            await self.app(scope, refuse_announced, send)
        finally:
            self._at_once -= received

    def _is_stranger(self, scope: Scope) -> bool:
        # Nobody can guess the name of a visit; whether there is one is asked where it is used.
        if scope["path"].removeprefix(scope.get("root_path", "")).startswith("/visits/"):
            return False
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        return scheme.lower() != "bearer" or not self._is_known(token)


def _check(size: int, stranger: bool, values: int = 0) -> None:
    if size > MOST_BYTES:
        raise HTTPException(413, f"the request has more than {MOST_BYTES / 1e6:.0f} MB; nothing of it was kept")
    if stranger and size > MOST_OF_STRANGERS:
        raise HTTPException(401, "you are not signed in, or the password has changed; sign in, then send this again")
    if values > MOST_VALUES:
        raise HTTPException(413, f"the request has more than {MOST_VALUES:,} values; nothing of it was kept")
