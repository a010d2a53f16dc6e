"""Refuses what other websites make a browser ask of the service.

Gradio lets every website talk to an app that is not reached as localhost, and where no password is set, a page of any
origin could sign in and read photos.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN = ("same-origin", "none")
REFUSED = (
    "this page comes from another address than the app; open the app itself. If a proxy stands before it, let it pass "
    "on the Host header"
)


class SameOrigin:
    """ASGI middleware that answers 403 to requests of other websites' pages.

    Browsers tell whose page asks in `Sec-Fetch-Site` where they trust the connection, and else in `Origin`; no page can
    write these headers. Programs send neither, and are let through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "http" and not _is_own(Headers(scope=scope)):
            answer = JSONResponse({"error": REFUSED, "kind": "access"}, 403)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    if site := headers.get("sec-fetch-site"):
        return site in OWN
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
