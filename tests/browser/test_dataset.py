"""The dataset's page: from a corrected photo to a row that anyone loads."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from annotation.store import Store
from handseg.places.folder import FolderPlace
from tests.annotation.publishing.filling import fill
from tests.browser.annotating import Annotator, Mask, fill_queue
from tests.browser.conftest import Enter
from tests.browser.running import RunningApp
from tests.hub import StandInHub

pytestmark = pytest.mark.browser

LOAD = """\
import sys, numpy
from datasets import load_dataset

rows = [row for split in load_dataset(sys.argv[1]).values() for row in split]
assert all(row["image"].size == row["mask"].size and row["mask"].mode == "L" for row in rows)
numpy.savez(sys.argv[2], **{f"{row['photo_id']}-{number}": row["mask"] for number, row in enumerate(rows)})
"""
NOW, EARLIER, LATER = "2026-11-21T01:00:00+00:00", "2026-11-21T00:57:00+00:00", "2026-11-21T01:14:00+00:00"
QUIET = {
    "target": "/srv/handseg/dataset",
    "on_hub": False,
    "saved": 1284,
    "kept_back": 12,
    "reviewed_only": False,
    "waiting": 0,
    "published": 1260,
    "busy": False,
    "revision": "3f9ac04be1d277aa00112233445566778899aabb",
    "held_back": 0,
    "reasons": [],
    "committed_at": EARLIER,
    "next_commit": None,
    "error": "",
    "failed_at": None,
    "now": NOW,
    "every_minutes": 20,
    "most_an_hour": 6,
}
ON_HUB = {"target": "anna/hands", "on_hub": True}
STATES = {
    "empty": {"saved": 0, "kept_back": 0, "published": 0, "revision": "", "committed_at": None},
    "waiting": {"waiting": 12},
    "busy": {"waiting": 12, "busy": True, **ON_HUB},
    "limited": {"waiting": 3, "next_commit": LATER, "reviewed_only": True},
    "in trouble": {"waiting": 12, "error": "no answer from the Hub", "failed_at": EARLIER, **ON_HUB},
    "held back": {"held_back": 3, "reasons": [{"reason": "x" * 200, "count": 2}, {"reason": "too late", "count": 1}]},
}

LEAST_CONTRAST = """() => {
  const painter = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const rgba = (color) => {
    painter.clearRect(0, 0, 1, 1);
    painter.fillStyle = color;
    painter.fillRect(0, 0, 1, 1);
    return [...painter.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const linear = (share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = color.map((each) => linear(each / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const ratios = [];
  for (const element of document.querySelectorAll(".dataset *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const [one, other] = [rgba(getComputedStyle(element).color), behind(element)].map(luminance).sort((a, b) => b - a);
    ratios.push([(one + 0.05) / (other + 0.05), element.outerHTML.slice(0, 100)]);
  }
  return ratios.sort(([a], [b]) => a - b)[0];
}"""


class Desk:
    """Somebody who looks at the dataset's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.button, self.says = page.get_by_role("button", name="Publish now"), page.locator(".says")
        self.trouble = page.locator(".trouble .words")

    def expect(self, **numbers: int) -> None:
        for name, number in numbers.items():
            expect(self.page.locator(f".{name} .number")).to_have_text(f"{number:,}", timeout=20_000)

    def publish(self) -> None:
        expect(self.button).to_be_enabled()
        self.button.click()

    def open_all(self) -> None:
        self.page.evaluate("document.querySelectorAll('.dataset details').forEach((each) => (each.open = true))")

    def asked_within(self, milliseconds: int) -> int:
        """How often the page asks the server in this time."""
        asked = []
        self.page.on("request", lambda request: asked.append(request.url.endswith("/workbench/dataset")))
        for _ in range(milliseconds // 500):
            self.page.clock.run_for(500)
        return sum(asked)

    def hide(self, hidden: bool) -> None:
        """As a browser does when somebody looks at another page."""
        self.page.evaluate(
            """(hidden) => {
              Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    def tab_to(self, name: str) -> None:
        for _ in range(30):
            self.page.keyboard.press("Tab")
            if self.focused() == name:
                return
        raise AssertionError(f"no key leads to {name}")

    def focused(self) -> str:
        return self.page.evaluate("document.activeElement.textContent.trim()")


Look = Callable[..., Desk]


@pytest.fixture
def looked(browser: Browser) -> Iterator[Look]:
    """Opens the page of the app at an address; it is told `state`, or else what its server says."""
    contexts = []

    def looked(url: str, state: dict[str, Any] | None = None, clock: bool = False, **options: object) -> Desk:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 844}, **options}))
        page = contexts[-1].new_page()
        if clock:
            page.clock.install()
        if state is not None:
            page.route("**/workbench/dataset", lambda route: route.fulfill(json=QUIET | state))
        Annotator.enter(page, url, "Anna", "/dataset")
        expect(page.locator(".saved .number")).to_have_text(re.compile("[0-9]"), timeout=20_000)
        return Desk(page)

    yield looked
    for context in contexts:
        context.close()


@pytest.fixture
def look(workbench: RunningApp, looked: Look) -> Look:
    """Opens the page of an app of the test's own."""
    return partial(looked, workbench.url)


@pytest.fixture
def imagine(app: RunningApp, looked: Look) -> Look:
    """Opens a page that is told this state, whatever the app's is."""
    return partial(looked, app.url)


@contextmanager
def running(home: Path, browser: Browser, **environment: str) -> Iterator[Desk]:
    """The page of an app that runs with these settings."""
    app = RunningApp(home, **environment)
    page = browser.new_page()
    yield Desk(Annotator.enter(page, app.url, "Anna", "/dataset").page)
    page.close()
    app.stop()


def correct(anna: Annotator) -> tuple[str, Mask]:
    """Paint something into the mask of the next photo and save it; gives the photo's id and the mask."""
    photo_id = anna.wait_for_photo()
    anna.press("b")
    painted = anna.painted((10, 40), (50, 44))
    anna.save()
    return photo_id, painted


def loaded(folder: Path, scratch: Path) -> dict[str, Mask]:
    """The masks that one line gives to somebody who has never seen the dataset; fails if a photo is there twice."""
    environment = {**os.environ, "HF_HOME": str(scratch / "hf"), "HF_HUB_OFFLINE": "1"}
    answer = str(scratch / "masks.npz")
    subprocess.run([sys.executable, "-c", LOAD, str(folder), answer], env=environment, check=True, capture_output=True)
    with np.load(answer) as masks:
        found = {key.partition("-")[0]: masks[key] for key in masks}
        assert len(found) == len(masks)
    assert all(np.isin(mask, (0, 255)).all() for mask in found.values())
    return {key: mask == 255 for key, mask in found.items()}


def test_a_photo_is_corrected_published_by_a_press_and_loaded_by_anyone(
    enter: Enter, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fill_queue(home, 2)
    anna, painted = enter("Anna"), {}
    folder = home / "dataset"
    desk = Desk(enter("Rita", "/dataset").page)
    desk.expect(saved=0, waiting=0, published=0)
    expect(desk.button).to_be_disabled()
    for number in (1, 2):
        photo_id, mask = correct(anna)
        painted[photo_id] = mask
        desk.page.reload()
        desk.expect(saved=number, waiting=1, published=number - 1)
        desk.publish()
        desk.expect(saved=number, waiting=0, published=number)
        expect(desk.says).to_contain_text("Nothing waits")
        revisions = FolderPlace(folder).log()
        assert len(revisions) == number
        expect(desk.page.locator(".last .value")).to_have_text(revisions[0].id[:12])
        expect(desk.page.locator(".last .means")).to_contain_text("Just now")
        found = loaded(folder, tmp_path_factory.mktemp("reader"))
        assert found.keys() == painted.keys()
        assert all(np.array_equal(found[key], painted[key]) for key in painted)
    assert desk.page.locator(".load code").inner_text().endswith(f'load_dataset("{folder}")')


def test_what_cannot_be_published_is_told_in_words_and_works_once_it_is_mended(
    home: Path, store: Store, browser: Browser, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("all I have")
    list(fill(store, range(1)))
    with running(home, browser, HANDSEG_DATASET=str(theirs)) as desk:
        desk.expect(waiting=1)
        desk.publish()
        expect(desk.trouble).to_contain_text("is not a dataset, and not empty (thesis.txt)")
        expect(desk.page.locator(".trouble .when")).to_contain_text("Publishing failed just now")
        assert (theirs / "thesis.txt").read_text() == "all I have"
        (theirs / "thesis.txt").unlink()
        desk.publish()
        desk.expect(waiting=0, published=1)
        expect(desk.trouble).to_be_hidden()


def test_a_hub_that_wants_another_token_is_told_in_words_and_never_the_token(
    home: Path, store: Store, browser: Browser, tmp_path: Path
) -> None:
    list(fill(store, range(1)))
    hub = StandInHub()
    hub.tokens = {"hf_given": "read"}
    client = {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_given", "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path)}
    with running(home, browser, HANDSEG_DATASET="tester/hands", **client) as desk:
        expect(desk.page.locator(".where a")).to_have_attribute("href", "https://huggingface.co/datasets/tester/hands")
        desk.publish()
        expect(desk.trouble).to_contain_text("set HF_TOKEN to one with write access", timeout=20_000)
        assert "hf_given" not in desk.page.content()
        hub.tokens = {"hf_given": "write"}
        desk.publish()
        desk.expect(waiting=0, published=1)
        expect(desk.trouble).to_be_hidden()
    assert len(hub.datasets["tester/hands"].commits) > 1
    hub.stop()


def test_a_server_that_is_gone_is_missed_and_welcomed_back(look: Look, workbench: RunningApp, store: Store) -> None:
    list(fill(store, range(1)))
    desk = look()
    desk.expect(waiting=1)
    workbench.kill()
    desk.publish()
    expect(desk.says).to_contain_text("The server cannot be reached. What you see is of")
    expect(desk.button).to_be_disabled()
    workbench.start()
    expect(desk.button).to_be_enabled(timeout=20_000)
    desk.publish()
    desk.expect(published=1)


@pytest.mark.parametrize(
    ("state", "may", "says"),
    [
        ("empty", False, "nobody has saved a mask yet"),
        ("waiting", True, "12 changes wait. They go out within 20 minutes, or at once"),
        ("busy", False, "Publishing…"),
        ("limited", False, r"There were 6 commits within an hour.* can be made at \d\d:14\."),
        ("in trouble", True, "12 changes wait"),
        ("held back", True, "look again at what is held back"),
    ],
)
def test_each_situation_is_said_and_can_be_read(imagine: Look, state: str, may: bool, says: str) -> None:
    desk = imagine(STATES[state])
    expect(desk.says).to_have_text(re.compile(says))
    expect(desk.button).to_be_enabled(enabled=may)
    desk.open_all()
    for width, dark in itertools.product((390, 1280, 1920), (False, True)):
        desk.page.set_viewport_size({"width": width, "height": 844})
        desk.page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
        ratio, where = desk.page.evaluate(LEAST_CONTRAST)
        assert ratio >= 4.5, f"{ratio:.2f} in {where}"
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width


def test_numbers_are_explained_and_links_lead_to_the_hub(imagine: Look) -> None:
    desk = imagine({**STATES["busy"], "reviewed_only": True})
    desk.expect(saved=1284, waiting=12, published=1260)
    expect(desk.page.locator(".rule")).to_contain_text("HANDSEG_REVIEWED_ONLY is on")
    expect(desk.page.locator(".saved .means")).to_contain_text("12 of them stay out: sent back, rejected, not approved")
    commit = f"https://huggingface.co/datasets/anna/hands/commit/{QUIET['revision']}"
    expect(desk.page.locator(".last a")).to_have_attribute("href", commit)
    expect(desk.page.locator(".last .means")).to_contain_text("3 minutes ago")


def test_reasons_are_listed_and_stay_open(imagine: Look) -> None:
    desk = imagine(STATES["held back"], clock=True)
    desk.page.get_by_text("3 masks cannot come in").click()
    desk.page.clock.run_for(40_000)
    expect(desk.page.locator(".held li")).to_have_text([re.compile("^2 . x{200}$"), "too late"])
    expect(desk.page.locator(".held li").first).to_be_visible()


def test_the_page_asks_often_while_busy_and_not_at_all_while_nobody_sees_it(imagine: Look) -> None:
    for state, least, most in ((STATES["busy"], 15, 31), (STATES["waiting"], 1, 3)):
        desk = imagine(state, clock=True)
        assert least <= desk.asked_within(30_000) <= most
        desk.hide(True)
        desk.asked_within(20_000)
        assert desk.asked_within(60_000) == 0
        with desk.page.expect_request("**/workbench/dataset"):
            desk.hide(False)


def test_keys_are_enough_to_publish_and_to_copy(look: Look, store: Store) -> None:
    list(fill(store, range(1)))
    desk = look(permissions=["clipboard-read", "clipboard-write"])
    desk.expect(waiting=1)
    desk.tab_to("Publish now")
    desk.page.keyboard.press("Enter")
    desk.expect(waiting=0, published=1)
    assert desk.focused() == "Publish now"
    assert "Nothing waits" in desk.page.locator(f"#{desk.button.get_attribute('aria-describedby')}").inner_text()
    desk.tab_to("Copy")
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert copied == desk.page.locator(".load code").text_content()
    compile(copied, "what was copied", "exec")


def test_who_is_not_known_any_more_signs_in_and_goes_on(look: Look, store: Store) -> None:
    list(fill(store, range(1)))
    desk = look()
    desk.page.evaluate("localStorage.setItem('handseg.annotator', JSON.stringify({name: 'Anna', token: 'old'}))")
    desk.page.reload()
    desk.page.get_by_role("button", name="Start").click()
    desk.expect(waiting=1)
    desk.publish()
    desk.expect(published=1)
