"""The workbench over HTTP: what the canvas in the browser calls. Mounted at /workbench, beside gradio's own paths.

Gradio's server functions would do, but they take bodies of any size, answer errors with a bare 500, know only the login
of the whole app, and carry no bytes. Everything here is checked: who asks, how much is sent, and each value.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from annotation.publishing.background import Background
from annotation.service.access import Access, AccessError
from annotation.service.bodies import (
    ContributeBody,
    DraftBody,
    KeepBody,
    Question,
    ReviewBody,
    SaveBody,
    SignIn,
)
from annotation.service.dataset import told
from annotation.service.limits import LimitBody
from annotation.service.origins import SameOrigin
from annotation.service.refusals import say_errors_in_words
from annotation.service.reviewing import Reviewing
from annotation.service.saving import Save
from annotation.service.visits import Visits
from annotation.service.workbench import Workbench

CANVAS = Path(__file__).parent.parent / "canvas"
WRONG_PASSWORD_DELAY = 1.0
"""Seconds, which slow guessing down; only a long password stops it."""

MOST_AT_ONCE = 16
"""Prompts and contributions, which take long; more would take the threads that everybody else needs."""

Page = Annotated[str, Header(alias="X-Page", max_length=64)]
"""Which of an annotator's pages asks."""

BEARER = HTTPBearer(auto_error=False)


def build_service(
    workbench: Workbench, reviewing: Reviewing, visits: Visits, background: Background, access: Access
) -> FastAPI:
    """The service as an ASGI application, to be mounted at /workbench."""
    service = FastAPI(openapi_url=None)
    service.add_middleware(LimitBody, is_known=lambda token: _is_known(access, token))
    service.add_middleware(SameOrigin)
    say_errors_in_words(service)
    annotator, in_turn = Depends(_annotator(access)), Depends(_one_of_few())
    _offer_sign_in(service, access)
    _offer_annotating(service, workbench, annotator, in_turn)
    _offer_reviewing(service, reviewing, annotator)
    _offer_publishing(service, background, annotator)
    _offer_visits(service, visits, in_turn)
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


def _offer_annotating(service: FastAPI, workbench: Workbench, annotator: Any, in_turn: Any) -> None:
    @service.post("/next")
    def next_photo(name: str = annotator, page: Page = "") -> dict[str, Any]:
        return workbench.next(name, page)

    @service.post("/last")
    def last_photo(name: str = annotator, page: Page = "") -> dict[str, Any]:
        return workbench.last(name, page)

    @service.post("/photos/{photo_id}/open")
    def open_photo(photo_id: str, name: str = annotator, page: Page = "") -> dict[str, Any]:
        return workbench.open(photo_id, name, page)

    @service.get("/counts")
    def counts(name: str = annotator) -> dict[str, Any]:
        return workbench.counts(name)

    @service.get("/photos/{photo_id}", dependencies=[annotator])
    def photo(photo_id: str) -> Response:
        content, media_type = workbench.photo_file(photo_id)
        return Response(content, media_type=media_type, headers={"Cache-Control": "private, max-age=3600"})

    @service.get("/photos/{photo_id}/assistant", dependencies=[annotator])
    def assistant(photo_id: str) -> dict[str, Any]:
        return workbench.assistant(photo_id)

    @service.post("/photos/{photo_id}/propose", dependencies=[in_turn])
    def propose(photo_id: str, body: Question, name: str = annotator, page: Page = "") -> dict[str, Any]:
        return workbench.propose(photo_id, name, body.prompt, body.mask, body.turn, page)

    @service.put("/photos/{photo_id}/draft")
    def draft(photo_id: str, body: DraftBody, name: str = annotator, page: Page = "") -> dict[str, bool]:
        workbench.keep_draft(photo_id, name, body.model_dump(exclude_unset=True), page)
        return {"kept": True}

    @service.post("/photos/{photo_id}/save")
    def save(photo_id: str, body: SaveBody, name: str = annotator, page: Page = "") -> dict[str, Any]:
        saved = workbench.save(photo_id, name, Save(**body.model_dump(exclude_unset=True)), page)
        return vars(saved)

    @service.post("/photos/{photo_id}/renew")
    def renew(photo_id: str, name: str = annotator) -> dict[str, bool]:
        workbench.store.renew(photo_id, name)
        return {"held": True}

    @service.post("/photos/{photo_id}/release")
    def release(photo_id: str, name: str = annotator) -> dict[str, bool]:
        workbench.release(photo_id, name)
        return {"released": True}

    @service.post("/photos/{photo_id}/skip")
    def skip(photo_id: str, name: str = annotator) -> dict[str, bool]:
        workbench.skip(photo_id, name)
        return {"skipped": True}


def _offer_reviewing(service: FastAPI, reviewing: Reviewing, annotator: Any) -> None:
    @service.get("/reviews")
    def to_review(name: str = annotator) -> list[dict[str, Any]]:
        return reviewing.waiting(name)

    @service.get("/reviews/decided")
    def decided(name: str = annotator) -> list[dict[str, Any]]:
        return reviewing.decided(name)

    @service.get("/records/{record_id}", dependencies=[annotator])
    def record(record_id: str) -> dict[str, Any]:
        return reviewing.record(record_id)

    @service.post("/records/{record_id}/review")
    def review(record_id: str, body: ReviewBody, name: str = annotator) -> dict[str, str]:
        return reviewing.decide(record_id, name, **body.model_dump())


def _offer_publishing(service: FastAPI, background: Background, annotator: Any) -> None:
    @service.get("/dataset", dependencies=[annotator])
    def dataset() -> dict[str, Any]:
        return told(background.state())

    @service.post("/dataset/publish", dependencies=[annotator])
    def publish() -> dict[str, Any]:
        background.publish_soon()
        return told(background.state())


def _offer_visits(service: FastAPI, visits: Visits, in_turn: Any) -> None:
    @service.get("/visits/{visit_id}")
    def visit(visit_id: str) -> dict[str, Any]:
        return visits.get(visit_id).work()

    @service.get("/visits/{visit_id}/photo")
    def visitors_photo(visit_id: str) -> Response:
        return Response(visits.get(visit_id).picture(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @service.post("/visits/{visit_id}/renew")
    def renew_visit(visit_id: str) -> dict[str, bool]:
        visits.get(visit_id).opened.renew()
        return {"held": True}

    @service.get("/visits/{visit_id}/assistant")
    def visitors_assistant(visit_id: str) -> dict[str, Any]:
        return visits.assistant(visit_id)

    @service.post("/visits/{visit_id}/propose", dependencies=[in_turn])
    def visitors_propose(visit_id: str, body: Question) -> dict[str, Any]:
        return visits.propose(visit_id, body.prompt, body.mask, body.turn)

    @service.post("/visits/{visit_id}/keep")
    def keep(visit_id: str, body: KeepBody) -> dict[str, Any]:
        return visits.get(visit_id).keep(body.mask)

    @service.post("/visits/{visit_id}/contribute", dependencies=[in_turn])
    def contribute(visit_id: str, body: ContributeBody) -> dict[str, Any]:
        return visits.contribute(visit_id, **body.model_dump(exclude_unset=True))


def _annotator(access: Access) -> Any:
    def name_of(given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> str:
        return access.name_of(given.credentials if given else "")

    return name_of


def _is_known(access: Access, token: str) -> bool:
    try:
        return bool(access.name_of(token))
    except AccessError:
        return False


def _one_of_few() -> Any:
    """Refuses, before a thread is taken, whoever comes when too many wait already."""
    places = asyncio.Semaphore(MOST_AT_ONCE)

    async def in_turn() -> AsyncIterator[None]:
        if places.locked():
            raise HTTPException(429, "too many people ask for this just now; try again in a moment")
        async with places:
            yield

    return in_turn


class _Canvas(StaticFiles):
    """The browser's modules: asked about each time, so that a new version is never mixed with an old one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response
