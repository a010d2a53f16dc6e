"""The workbench over HTTP: what the canvas in the browser calls. Mounted at /workbench, beside gradio's own paths.

Gradio's server functions would do, but they take bodies of any size, answer errors with a bare 500, know only the login
of the whole app, and carry no bytes. Everything here is checked: who asks, how much is sent, and each value.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from annotation.access import Access, AccessError
from annotation.assistance import Superseded
from annotation.errors import ClaimError, RecordError, StoreError, UnknownPhotoError, UnknownRecordError
from annotation.limits import LimitBody
from annotation.reviewing import Reviewing
from annotation.visits import ForgottenVisitError, Visits
from annotation.workbench import Save, Workbench
from handseg.errors import HandsegError, OutputError

CANVAS = Path(__file__).parent / "canvas"
WRONG_PASSWORD_DELAY = 1.0
"""Seconds, so that nobody tries many."""

BEARER = HTTPBearer(auto_error=False)

log = logging.getLogger(__name__)


Text = Annotated[str, Field(max_length=200)]
"""One line; a limit makes pydantic refuse half characters, too, which no JSON could give back."""

Pixel = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Body(BaseModel):
    """What a request carries; anything unexpected is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SignIn(Body):
    """Who wants to work."""

    name: Text
    password: Text = ""


class Question(Body):
    """A prompt, and the mask as it is now."""

    prompt: dict[str, Any]
    mask: str
    turn: int = Field(ge=0, le=2**53)


class Marks(Body):
    """A prompt that is kept."""

    points: list[list[Pixel]] = []
    box: list[Pixel] | None = None


class Act(Body):
    """One step of the work: a command or tool by its name, or what the assistant was asked."""

    name: Text
    prompt: Marks | None = None
    assistant: Text | None = None


class DraftBody(Body):
    """Unfinished work."""

    mask: str
    drawn: str
    prompt: Marks
    seconds: float = Field(ge=0, allow_inf_nan=False)
    trail: list[Act] = Field(max_length=5000)
    edits: int = Field(ge=0, le=2**53)
    pending: dict[Text, Text] | None = Field(None, max_length=10)


class SaveBody(Body):
    """An answer about a photo."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    verdict: Literal["accepted", "edited", "no_hand", "rejected"]
    mask: str
    sha256: str
    pixels: int = Field(ge=0)
    prompts: list[Act] = Field(max_length=2000)
    seconds: float = Field(ge=0, allow_inf_nan=False)


class ReviewBody(Body):
    """A reviewer's decision."""

    decision: Literal["approve", "send_back"]
    text: str = Field("", max_length=2000)
    x: int | None = None
    y: int | None = None


class KeepBody(Body):
    """A visitor's mask."""

    mask: str


class ContributeBody(KeepBody):
    """A visitor's photo and mask, given away."""

    consent: str = Field(max_length=2000)


def build_service(workbench: Workbench, reviewing: Reviewing, visits: Visits, access: Access) -> FastAPI:
    """The service as an ASGI application, to be mounted at /workbench."""
    service = FastAPI(openapi_url=None)
    service.add_middleware(LimitBody)
    _say_errors_in_words(service)
    annotator = Depends(_annotator(access))
    _offer_sign_in(service, access)
    _offer_annotating(service, workbench, annotator)
    _offer_reviewing(service, reviewing, annotator)
    _offer_visits(service, visits)
    service.mount("/canvas", _Canvas(directory=CANVAS))
    return service


def _offer_sign_in(service: FastAPI, access: Access) -> None:
    @service.get("/about")
    def about() -> dict[str, Any]:
        return {"open": not access.closed, "closed": access.closed, "password": access.password_needed}

    @service.post("/sign-in")
    async def sign_in(body: SignIn) -> dict[str, str]:
        try:
            return {"token": access.sign_in(body.name.strip(), body.password), "name": body.name.strip()}
        except AccessError:
            await asyncio.sleep(WRONG_PASSWORD_DELAY)
            raise


def _offer_annotating(service: FastAPI, workbench: Workbench, annotator: Any) -> None:
    @service.post("/next")
    def next_photo(name: str = annotator) -> dict[str, Any]:
        return workbench.next(name)

    @service.get("/counts", dependencies=[annotator])
    def counts() -> dict[str, int]:
        return asdict(workbench.store.counts())

    @service.post("/photos/{photo_id}/open")
    def open_photo(photo_id: str, name: str = annotator) -> dict[str, Any]:
        return workbench.open(photo_id, name)

    @service.get("/photos/{photo_id}", dependencies=[annotator])
    def photo(photo_id: str) -> Response:
        content, media_type = workbench.photo_file(photo_id)
        return Response(content, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})

    @service.get("/photos/{photo_id}/assistant", dependencies=[annotator])
    def assistant(photo_id: str) -> dict[str, Any]:
        return workbench.assistant(photo_id)

    @service.post("/photos/{photo_id}/propose")
    def propose(photo_id: str, body: Question, name: str = annotator) -> dict[str, Any]:
        return workbench.propose(photo_id, name, body.prompt, body.mask, body.turn)

    @service.put("/photos/{photo_id}/draft")
    def draft(photo_id: str, body: DraftBody, name: str = annotator) -> dict[str, bool]:
        workbench.keep_draft(photo_id, name, body.model_dump(exclude_unset=True))
        return {"kept": True}

    @service.post("/photos/{photo_id}/save")
    def save(photo_id: str, body: SaveBody, name: str = annotator) -> dict[str, Any]:
        saved = workbench.save(photo_id, name, Save(**body.model_dump(exclude_unset=True)))
        return vars(saved)

    @service.post("/photos/{photo_id}/renew")
    def renew(photo_id: str, name: str = annotator) -> dict[str, bool]:
        workbench.store.renew(photo_id, name)
        return {"held": True}

    @service.post("/photos/{photo_id}/skip")
    def skip(photo_id: str, name: str = annotator) -> dict[str, bool]:
        workbench.skip(photo_id, name)
        return {"skipped": True}


def _offer_reviewing(service: FastAPI, reviewing: Reviewing, annotator: Any) -> None:
    @service.get("/reviews")
    def to_review(name: str = annotator) -> list[dict[str, Any]]:
        return reviewing.waiting(name)

    @service.get("/records/{record_id}", dependencies=[annotator])
    def record(record_id: str) -> dict[str, Any]:
        return reviewing.record(record_id)

    @service.post("/records/{record_id}/review")
    def review(record_id: str, body: ReviewBody, name: str = annotator) -> dict[str, str]:
        return reviewing.decide(record_id, name, **body.model_dump())


def _offer_visits(service: FastAPI, visits: Visits) -> None:
    @service.get("/visits/{visit_id}")
    def visit(visit_id: str) -> dict[str, Any]:
        return visits.get(visit_id).work()

    @service.get("/visits/{visit_id}/photo")
    def visitors_photo(visit_id: str) -> Response:
        return Response(visits.get(visit_id).picture(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @service.get("/visits/{visit_id}/assistant")
    def visitors_assistant(visit_id: str) -> dict[str, Any]:
        return visits.assistant(visit_id)

    @service.post("/visits/{visit_id}/propose")
    def visitors_propose(visit_id: str, body: Question) -> dict[str, Any]:
        return visits.propose(visit_id, body.prompt, body.mask, body.turn)

    @service.post("/visits/{visit_id}/keep")
    def keep(visit_id: str, body: KeepBody) -> dict[str, Any]:
        return visits.get(visit_id).keep(body.mask)

    @service.post("/visits/{visit_id}/contribute")
    def contribute(visit_id: str, body: ContributeBody) -> dict[str, Any]:
        return visits.contribute(visit_id, body.mask, body.consent)


def _annotator(access: Access) -> Any:
    def name_of(given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> str:
        return access.name_of(given.credentials if given else "")

    return name_of


class _Canvas(StaticFiles):
    """The browser's modules: asked about each time, so that a new version is never mixed with an old one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


STATUS = {
    AccessError: (401, "access"),
    UnknownPhotoError: (404, "unknown"),
    UnknownRecordError: (404, "unknown"),
    ForgottenVisitError: (404, "forgotten"),
    ClaimError: (409, "claim"),
    Superseded: (409, "superseded"),
    RecordError: (422, "refused"),
    StoreError: (503, "store"),
    OutputError: (503, "store"),
}
OWN_TROUBLE = "the server cannot use its database or disk, and its log tells why; nothing was saved, try again soon"
"""Hosts, users and folders are named in the log alone."""


def _say_errors_in_words(service: FastAPI) -> None:
    """Answer {"error": words, "kind": word} to whatever goes wrong, and log it."""

    @service.exception_handler(HandsegError)
    def refused(request: Request, error: HandsegError) -> JSONResponse:
        status, kind = next((STATUS[each] for each in type(error).__mro__ if each in STATUS), (422, "refused"))
        return _answer(request, status, kind, OWN_TROUBLE if status == 503 else str(error), str(error))

    @service.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        parts = [] if first["type"] == "json_invalid" else first["loc"][1:]
        # Names that somebody made up are shown with quotes and escapes, and cut.
        where = repr(".".join(str(part) for part in parts))[:200] if parts else "the request"
        return _answer(request, 422, "invalid", f"{where}: {first['msg']}")

    @service.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        return _answer(request, error.status_code, "http", str(error.detail))

    @service.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %.200r failed", request.method, request.url.path, exc_info=error)
        return JSONResponse({"error": "the server made a mistake; it is in its log", "kind": "mistake"}, 500)


def _answer(request: Request, status: int, kind: str, words: str, reason: str = "") -> JSONResponse:
    log.warning("%s %.200r refused (%d): %.300s", request.method, request.url.path, status, reason or words)
    return JSONResponse({"error": words, "kind": kind}, status)
