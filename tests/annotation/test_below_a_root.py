"""The service behind a proxy that serves the app below a path of its own."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.testclient import TestClient

from annotation.pages import PATH, BelowAnyRoot


@pytest.mark.parametrize("root", ["", "/hands", "/hands/of/all"])
@pytest.mark.parametrize("cut_off", [True, False])
def test_the_service_is_found_below_any_root_path(root: str, cut_off: bool) -> None:
    service = FastAPI()
    service.get("/about")(lambda: "found")
    app = FastAPI(routes=[Mount(PATH, app=BelowAnyRoot(service))])
    asked = PATH if cut_off else root + PATH
    assert TestClient(app, root_path=root).get(f"{asked}/about").json() == "found"
