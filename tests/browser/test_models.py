"""The maintainers' page: from two candidates to the model that the demo answers with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from handseg.settings import Settings
from handseg.weights import choose
from tests.browser.annotating import Annotator
from tests.browser.running import RunningApp
from tests.training.pages.filling import fill_dataset, write_run

pytestmark = pytest.mark.browser

LONG = 60_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A dataset, and two packaged runs: one that finds all hands, and one that finds none."""
    fill_dataset(tmp_path / "dataset")
    write_run(tmp_path / "runs" / "sharp", "blue")
    write_run(tmp_path / "runs" / "blind", "nothing")
    return tmp_path


class Maintainer:
    """Somebody who looks after the models."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.verdict, self.history = page.locator("#verdict"), page.locator("#history tbody tr")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def pick(self, run: str) -> None:
        self.run(run).click()
        expect(self.page.locator("#run h3").first).to_have_text(run, timeout=LONG)

    def run(self, name: str) -> Locator:
        return self.page.locator(f'#runs button[data-run="{name}"]')


@pytest.fixture
def ann(workbench: RunningApp, browser: Browser) -> Iterator[Maintainer]:
    """Signed in on the page of an app of the test's own."""
    context = browser.new_context(viewport={"width": 1280, "height": 844})
    yield Maintainer(Annotator.enter(context.new_page(), workbench.url, "Ann", "/models").page)
    context.close()


def weights_of_the_demo(page: Page, app: RunningApp) -> Locator:
    page.goto(app.url)
    return page.locator("#weights")


def test_a_better_model_is_promoted_a_worse_one_refused_and_all_of_it_rolled_back(
    ann: Maintainer, workbench: RunningApp, browser: Browser, home: Path
) -> None:
    settings, visitor = Settings(home=home), browser.new_page()
    shipped = choose(settings).card.id
    expect(weights_of_the_demo(visitor, workbench)).to_contain_text(f"Answered by {shipped}", timeout=LONG)

    expect(ann.page.locator("#growth svg")).to_be_visible(timeout=LONG)
    expect(ann.page.locator("#growth .sums dd")).to_have_text(["6", "0", "26"])
    ann.pick("sharp")
    expect(ann.page.locator("#run .pictures img")).to_have_count(2)
    ann.press("Compare with what is in use")
    expect(ann.page.locator("#progress progress")).to_be_visible(timeout=LONG)
    ann.page.reload()  # it goes on without the page
    ann.pick("sharp")
    expect(ann.verdict).to_contain_text("Better: it may be promoted", timeout=LONG)
    expect(ann.page.locator("#numbers .strip img")).to_have_count(24)
    ann.press("Promote…")
    expect(ann.page.get_by_text(f"takes the place of {shipped}")).to_be_visible(timeout=LONG)
    ann.press("Leave it as it is")
    expect(ann.page.get_by_text(f"takes the place of {shipped}")).to_be_hidden(timeout=LONG)
    assert choose(settings).card.id == shipped
    ann.press("Promote…")
    ann.press("Yes, promote")
    expect(ann.verdict).to_contain_text("It is in use", timeout=LONG)
    promoted = choose(settings).card
    assert promoted.architecture == "unet"
    expect(ann.page.locator("#in-use .id")).to_have_text(promoted.id)
    told = f"Answered by {promoted.id}, which learned from revision hands@3f9ac04be1d2."
    expect(weights_of_the_demo(visitor, workbench)).to_contain_text(told, timeout=LONG)

    ann.pick("blind")
    ann.press("Compare with what is in use")
    expect(ann.verdict).to_contain_text("Refused: it is not proven better", timeout=LONG)
    expect(ann.verdict).to_contain_text("It is worse on source: drawn: 1.000 becomes 0.000.")
    expect(ann.page.get_by_role("button", name="Promote…")).to_be_hidden()

    ann.press("Roll back…")
    expect(ann.page.get_by_text(re.compile(f"{promoted.id} goes, and {shipped}"))).to_be_visible(timeout=LONG)
    ann.press("Yes, roll back")
    expect(ann.history).to_have_count(2, timeout=LONG)
    expect(ann.history.first).to_contain_text(re.compile("rolled back.*Ann"))
    expect(ann.history.last).to_contain_text(re.compile("promoted.*Ann.*Pooled IoU goes", re.IGNORECASE))
    assert choose(settings).card.id == shipped
    expect(weights_of_the_demo(visitor, workbench)).to_contain_text(f"Answered by {shipped}", timeout=LONG)
    visitor.close()


def test_a_comparison_can_be_cancelled(ann: Maintainer, home: Path) -> None:
    ann.pick("sharp")
    ann.press("Compare with what is in use")
    ann.press("Cancel the comparison")
    expect(ann.verdict).to_contain_text("The comparison was cancelled; compare it anew.", timeout=LONG)
    [trial] = (home / "runs" / "sharp" / "trials").iterdir()
    assert (trial / "cancel").exists()


def test_nothing_sticks_out(ann: Maintainer) -> None:
    for width in (390, 1280):
        ann.page.set_viewport_size({"width": width, "height": 844})
        ann.pick("sharp")
        assert ann.page.evaluate("document.documentElement.scrollWidth") <= width
        tops = ann.page.evaluate("[...document.querySelectorAll('.nav-holder nav a')].map((each) => each.offsetTop)")
        assert len(set(tops)) == 1, "the navigation has more than one line"
