"""The running app, and a real Chromium to use it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from annotation.service.routes import CANVAS
from annotation.store import Store
from tests.browser.annotating import Annotator, store_in
from tests.browser.running import ForkedApp, RunningApp
from tests.chromium import system_chromium

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    home = tmp_path_factory.mktemp("home")
    leftover = home / "visitors" / "of a killed app" / "left.jpg"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    app = RunningApp(home)
    yield app
    app.stop()
    left = [path for path in app.temporary.rglob("*") if path.is_file() and path.parent != app.temporary]
    assert not left, f"the app left visitors' files behind: {left}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(app: RunningApp, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, open at the width that the test asks for by `parametrize("page", [width], indirect=True)`."""
    width = getattr(request, "param", 1280)
    context = browser.new_context(viewport={"width": width, "height": 844}, accept_downloads=True)
    page = context.new_page()
    page.goto(app.url)
    page.wait_for_selector("#examples img")
    page.wait_for_selector("#photo input[type=file]", state="attached")
    yield page
    context.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def canvas() -> Iterator[str]:
    """The address of a page that may import the modules of the canvas, without an app behind it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=CANVAS))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/workbench.css"
    server.shutdown()


Enter = Callable[..., Annotator]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The state of `workbench`."""
    return tmp_path


@pytest.fixture
def workbench(home: Path) -> Iterator[RunningApp]:
    """An app of the test's own, which may be killed."""
    app = ForkedApp(home)
    yield app
    app.stop()


@pytest.fixture
def enter(workbench: RunningApp, browser: Browser) -> Iterator[Enter]:
    """Opens the annotator's page, or another, in a browser of its own: `enter("Anna")`."""
    contexts = []

    def enter(name: str = "Anna", path: str = "/annotate", **options: object) -> Annotator:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 844}, **options}))
        return Annotator.enter(contexts[-1].new_page(), workbench.url, name, path)

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The store of `workbench`, as another process sees it."""
    store = store_in(home)
    yield store
    store.close()
