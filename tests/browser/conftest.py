"""The running app, and a real Chromium to use it with."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import system_chromium

ROOT = Path(__file__).parent.parent.parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@dataclass(frozen=True)
class RunningApp:
    """The app as a process of its own, and the folder in which it may keep files for a while."""

    url: str
    temporary: Path


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    home = tmp_path_factory.mktemp("home")
    leftover = home / "visitors" / "left by a killed app.jpg"
    leftover.parent.mkdir()
    leftover.touch()
    environment = {**os.environ, "HANDSEG_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield RunningApp(url_said_by(process), leftover.parent)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        left = [path for path in leftover.parent.rglob("*") if path.is_file()]
        assert not left, f"the app left visitors' files behind: {left}"


def url_said_by(process: subprocess.Popen) -> str:
    for line in process.stdout:
        if found := re.search(r"http://[\w.]+:\d+", line):
            return found[0]
    raise AssertionError(f"the app ended with {process.wait()} before it said where it is")


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
    yield page
    context.close()
