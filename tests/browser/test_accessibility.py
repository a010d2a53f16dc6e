"""What people need who use a keyboard, a screen reader, or colours of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.annotating import Annotator, fill_queue
from tests.browser.running import RunningApp
from tests.training.pages.filling import fill_dataset, write_run

pytestmark = pytest.mark.browser

LONG = 60_000

Open = Callable[..., Page]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A photo in the queue, a dataset, and a packaged run."""
    fill_queue(tmp_path, 1)
    fill_dataset(tmp_path / "dataset")
    write_run(tmp_path / "runs" / "sharp", "blue")
    return tmp_path


@pytest.fixture
def visit(app: RunningApp, browser: Browser) -> Iterator[Open]:
    """Opens the demo in a browser with settings of its own."""
    contexts = []

    def visit(**options: object) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))
        page = contexts[-1].new_page()
        page.goto(app.url)
        page.wait_for_selector("#examples img")
        page.wait_for_selector("#photo input[type=file]", state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()


def assert_accessible(page: Page, where: str) -> None:
    found = Axe().run(page).response["violations"]
    told = [f"{each['help']}: {[node['html'][:120] for node in each['nodes']]}" for each in found]
    assert not told, f"{where}: {told}"


def try_example(page: Page) -> None:
    page.locator("#examples button").first.click()
    expect(page.locator("#picture img").first).to_be_visible(timeout=LONG)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_demo_is_accessible(visit: Open, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    assert_accessible(page, "entrance")
    try_example(page)
    assert_accessible(page, "result")
    page.get_by_role("button", name="Looks wrong? Fix it").click()
    expect(page.locator("#repair .assistant.ready")).to_be_visible(timeout=LONG)
    assert_accessible(page, "repair")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_annotators_and_maintainers_are_accessible(
    enter: Callable[..., Annotator], workbench: RunningApp, browser: Browser, scheme: str
) -> None:
    stranger = browser.new_page(color_scheme=scheme)
    stranger.goto(f"{workbench.url}/annotate")
    expect(stranger.get_by_label("Your name")).to_be_visible(timeout=LONG)
    assert_accessible(stranger, "sign in")
    stranger.close()

    anna = enter("Anna", color_scheme=scheme)
    anna.wait_for_photo()
    assert_accessible(anna.page, "a photo")
    anna.press("?")
    assert_accessible(anna.page, "the sheet of keys")
    anna.press("Escape")
    anna.save("1")
    assert_accessible(anna.page, "an empty queue")
    rita = enter("Rita", "/review", color_scheme=scheme)
    rita.wait_for_photo()
    assert_accessible(rita.page, "a review")
    rita.save("a")
    assert_accessible(rita.page, "nothing to review")

    page = enter("Anna", "/dataset", color_scheme=scheme).page
    expect(page.locator(".dataset .published .number")).to_have_text("0", timeout=LONG)
    assert_accessible(page, "dataset")
    page = enter("Anna", "/models", color_scheme=scheme).page
    expect(page.locator("#growth svg")).to_be_visible(timeout=LONG)
    page.locator("#runs button").click()
    expect(page.locator("#run h3").first).to_be_visible(timeout=LONG)
    assert_accessible(page, "models")


def test_each_page_has_a_title_of_its_own(app: RunningApp, browser: Browser) -> None:
    page = browser.new_page()
    for path, title in (("", "handseg"), ("/review", "Review · handseg"), ("/models", "Models · handseg")):
        page.goto(app.url + path)
        expect(page).to_have_title(title, timeout=LONG)
    page.close()


def test_the_focus_is_seen_wherever_the_keyboard_goes(visit: Open) -> None:
    page = visit()
    try_example(page)
    page.locator("#picture input").focus()
    unseen = set()
    for _ in range(23):
        page.keyboard.press("Tab")
        name, ringed = page.evaluate(
            """() => {
              const { activeElement: at } = document;
              const { outlineStyle, boxShadow } = getComputedStyle(at);
              return [`${at.type} ${at.name}`, outlineStyle !== "none" || boxShadow !== "none"];
            }"""
        )
        if name.startswith(("radio", "range")) and not ringed:
            unseen.add(name)
    assert not unseen


def test_what_is_chosen_is_seen_with_colours_of_ones_own(visit: Open, enter: Callable[..., Annotator]) -> None:
    page = visit(forced_colors="active")
    try_example(page)
    background = "each => getComputedStyle(each).backgroundImage"
    chosen, other = (page.get_by_label(name, exact=True).evaluate(background) for name in ("Cut out", "Blur"))
    assert chosen != other
    assert "gradient" in page.locator(".before-after").evaluate(background), "nothing tells what is transparent"

    anna = enter(forced_colors="active")
    anna.wait_for_photo()
    filled = "each => getComputedStyle(each).backgroundColor"
    brush, eraser = (
        anna.page.locator(f'.toolbar button[aria-keyshortcuts="{key}"]').evaluate(filled) for key in ("B", "E")
    )
    assert brush != eraser


def test_nothing_jumps_when_the_result_comes(visit: Open) -> None:
    page = visit()
    before = page.locator(".masthead h1").bounding_box()
    try_example(page)
    assert page.locator(".masthead h1").bounding_box() == before


def test_a_result_and_its_download_are_seen_at_once(visit: Open) -> None:
    page = visit()
    try_example(page)
    button = page.get_by_role("button", name="Download result").bounding_box()
    assert button["y"] + button["height"] <= 800


def test_the_sheet_of_keys_is_in_the_middle(enter: Callable[..., Annotator]) -> None:
    anna = enter()
    anna.wait_for_photo()
    anna.press("?")
    box = anna.page.get_by_role("dialog").bounding_box()
    assert abs(box["y"] - (844 - box["height"]) / 2) <= 1
