"""Whatever goes wrong is answered in words, with a fitting status, and logged."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from annotation.assistance import Superseded
from annotation.errors import (
    ClaimError,
    PublishingError,
    RecordError,
    StoreError,
    UnknownPhotoError,
    UnknownRecordError,
)
from annotation.service.access import AccessError
from annotation.service.visits import ForgottenVisitError
from annotation.service.workbench import ElsewhereError
from handseg.errors import HandsegError, OutputError, WeightsError

log = logging.getLogger(__name__)

STATUS = {
    AccessError: (401, "access"),
    UnknownPhotoError: (404, "unknown"),
    UnknownRecordError: (404, "unknown"),
    ForgottenVisitError: (404, "forgotten"),
    ClaimError: (409, "claim"),
    ElsewhereError: (409, "elsewhere"),
    PublishingError: (409, "publishing"),
    Superseded: (409, "superseded"),
    RecordError: (422, "refused"),
    StoreError: (503, "store"),
    OutputError: (503, "store"),
    WeightsError: (503, "store"),
}
OWN_TROUBLE = "the server cannot use its database or files, and its log tells why; nothing was saved, try again soon"
"""Hosts, users and folders are named in the log alone."""


def say_errors_in_words(service: FastAPI) -> None:
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
