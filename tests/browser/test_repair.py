"""Visitors of the demo who correct the mask of their own photo."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, expect

from annotation.service.visits import SOURCE, VISITOR
from annotation.store import Store
from tests.browser.annotating import Annotator, stored_mask
from tests.browser.running import RunningApp
from tests.browser.test_demo import EXAMPLE, download, open_photo, picture_of

pytestmark = pytest.mark.browser


@pytest.fixture
def visitor(workbench: RunningApp, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 844}, accept_downloads=True)
    page.goto(workbench.url)
    page.wait_for_selector("#examples img")
    open_photo(page)
    page.get_by_role("button", name="Looks wrong? Fix it").click()
    expect(page.locator(".workbench .assistant.ready")).to_be_visible(timeout=20_000)
    yield page
    page.close()


def painted_by(visitor: Page) -> np.ndarray:
    hand = Annotator(visitor)
    hand.paint((100, 100), (300, 260))
    return hand.mask()


def test_a_visitor_paints_the_mask_and_goes_on_with_it(visitor: Page, home: Path) -> None:
    painted = painted_by(visitor)
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#status")).to_contain_text("Using your mask", timeout=20_000)
    _, content = download(visitor, "Download mask")
    assert ((np.asarray(Image.open(io.BytesIO(content))) > 0) == painted).all()
    kept = [path for path in (home / "annotation").rglob("*") if path.suffix in (".jpg", ".png")]
    assert not kept, f"nobody contributed, and yet there is {kept}"


def test_a_visitor_s_own_mask_is_one_of_the_choices_and_stays_while_others_are_looked_at(visitor: Page) -> None:
    painted = painted_by(visitor)
    visitor.keyboard.press("Enter")
    status, models = visitor.locator("#status"), visitor.get_by_label("Model", exact=True)
    expect(status).to_contain_text("Using your mask", timeout=20_000)
    expect(models).to_have_value("your mask")
    expect(visitor.locator("#weights")).to_contain_text("This mask is your own")
    threshold = visitor.get_by_label(re.compile("Threshold")).first
    expect(threshold).to_be_disabled()
    for name, said in (("fast", "by fast"), ("your mask", "Using your mask")):
        models.click()
        visitor.get_by_role("option", name=name).click()
        expect(status).to_contain_text(said, timeout=20_000)
        expect(threshold).to_be_enabled(enabled=name != "your mask")
    _, content = download(visitor, "Download mask")
    assert ((np.asarray(Image.open(io.BytesIO(content))) > 0) == painted).all()
    visitor.get_by_role("button", name="Another photo").click()
    open_photo(visitor)
    expect(status).to_contain_text("by accurate")
    expect(models).to_have_value("accurate")
    expect(threshold).to_be_enabled()
    models.click()
    expect(visitor.get_by_role("option")).to_have_count(2)


def test_who_has_a_mask_of_their_own_can_leave_after_the_server_was_started_anew(
    visitor: Page, workbench: RunningApp
) -> None:
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_label("Model", exact=True)).to_have_value("your mask", timeout=20_000)
    workbench.restart()
    visitor.get_by_role("button", name="Another photo").click()
    expect(visitor.locator("#examples")).to_be_visible(timeout=20_000)
    expect(visitor.locator("#weights")).to_contain_text("Answered by accurate")


def test_keys_change_nothing_that_is_out_of_sight(visitor: Page) -> None:
    expect(visitor.locator(".workbench .stage")).to_be_in_viewport()
    hand = Annotator(visitor)
    before = hand.mask()
    visitor.evaluate("scrollTo(0, 0)")
    expect(visitor.locator(".workbench .stage")).not_to_be_in_viewport()
    visitor.keyboard.press("Delete")
    assert (hand.mask() == before).all()
    visitor.locator(".workbench .stage").scroll_into_view_if_needed()
    visitor.keyboard.press("Delete")
    assert not hand.mask().any()


def test_nothing_lies_over_its_neighbours_on_a_tablet(visitor: Page) -> None:
    visitor.set_viewport_size({"width": 820, "height": 1180})
    right = visitor.locator(".workbench .stage").evaluate("stage => stage.getBoundingClientRect().right")
    for control in visitor.locator(".workbench .lookbar :is(button, input)").all():
        assert control.evaluate("control => control.getBoundingClientRect().right") <= right


def test_a_photo_is_contributed_only_with_consent(visitor: Page, store: Store) -> None:
    painted = painted_by(visitor)
    visitor.get_by_text("Help handseg learn").click()
    contribute = visitor.get_by_role("button", name="Contribute photo and mask")
    expect(contribute).to_be_disabled()
    expect(visitor.locator(".give")).to_contain_text("under the licence CC-BY-4.0")
    visitor.get_by_label(re.compile("I may give this photo away")).check()
    contribute.click()
    expect(visitor.get_by_text("Thank you")).to_be_visible(timeout=30_000)
    [record] = store.newest_records(10)
    photo = store.photo(record.photo_id)
    assert (record.annotator, record.verdict, record.state) == (VISITOR, "edited", "waiting")
    assert (photo.source, photo.licence) == (SOURCE, "CC-BY-4.0")
    assert "I give the photo and the mask" in photo.consent
    assert {"name": "brush"} in json.loads(record.prompts)
    assert record.seconds > 0  # the dataset's card takes a mask of no seconds for one that came with its photo
    assert (stored_mask(store, record) == painted).all()
    assert (photo.width, photo.height) == Image.open(EXAMPLE).size


def test_leaving_the_photo_ends_the_correction(visitor: Page) -> None:
    visitor.get_by_role("button", name="Another photo").click()
    expect(visitor.locator(".workbench")).to_be_hidden()
    open_photo(visitor)
    visitor.get_by_role("button", name="Looks wrong? Fix it").click()
    expect(visitor.locator(".workbench .assistant.ready")).to_be_visible(timeout=20_000)
    assert Annotator(visitor).mask().any()


def test_a_visitor_who_draws_keeps_the_photo_and_hears_at_once_that_it_is_forgotten(
    visitor: Page, workbench: RunningApp
) -> None:
    with visitor.expect_response(re.compile("/visits/[0-9a-f]+/renew")) as renewed:
        painted_by(visitor)
    assert renewed.value.ok
    workbench.kill()
    workbench.start()
    expect(visitor.locator(".alarm")).to_contain_text("or the server starts anew; choose it again", timeout=20_000)


def test_a_dead_network_costs_a_visitor_nothing(visitor: Page) -> None:
    painted, before = painted_by(visitor), picture_of(visitor)
    visitor.context.set_offline(True)
    visitor.get_by_label("Blur").check()
    away = visitor.get_by_text("The server cannot be reached. The page waits")
    expect(away).to_be_visible()
    visitor.wait_for_timeout(3000)  # gradio, left to itself, tries every two seconds whether it can reload the page
    visitor.context.set_offline(False)
    expect(away).to_be_hidden(timeout=20_000)
    expect(visitor.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    assert (Annotator(visitor).mask() == painted).all()
    assert (used_by(visitor) == painted).all()


def test_who_leaves_by_accident_is_asked_and_stays_with_all_that_was_there(visitor: Page) -> None:
    painted, before = painted_by(visitor), picture_of(visitor)
    with visitor.expect_event("dialog") as asked:
        visitor.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    visitor.wait_for_timeout(1000)  # for the server to hear that the page is left
    visitor.get_by_label("Blur").check()
    expect(visitor.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    hand = Annotator(visitor)
    assert (hand.mask() == painted).all()
    visitor.get_by_role("button", name="Hand here").click()
    with visitor.expect_response(re.compile("/propose")) as proposed:
        hand.click(400, 400)
    assert proposed.value.ok
    expect(visitor.locator(".said")).not_to_be_empty()
    assert (used_by(visitor) == hand.mask()).all()


def test_nobody_is_asked_who_has_nothing_to_lose(visitor: Page) -> None:
    def asks() -> bool:
        return not visitor.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")

    assert not asks()
    painted_by(visitor)
    assert asks()
    visitor.keyboard.press("z")
    assert not asks()
    painted_by(visitor)
    used_by(visitor)
    assert not asks()
    visitor.locator(".workbench .stage").scroll_into_view_if_needed()
    visitor.keyboard.press("Delete")
    assert asks()


def test_who_wants_another_photo_is_asked_whether_to_give_up_what_was_drawn(visitor: Page) -> None:
    painted, asked = painted_by(visitor), []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        (dialog.dismiss if len(asked) == 1 else dialog.accept)()

    visitor.on("dialog", answer)
    visitor.get_by_role("button", name="Another photo").click()
    visitor.wait_for_timeout(500)
    assert (Annotator(visitor).mask() == painted).all()
    visitor.get_by_role("button", name="Another photo").click()
    expect(visitor.locator(".workbench")).to_be_hidden()
    assert asked == 2 * ["What you drew is not used yet. Give it up?"]
    assert visitor.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))"), "nothing is left to lose"


def used_by(visitor: Page) -> np.ndarray:
    """The mask that the demo goes on with, once the visitor has asked for that."""
    visitor.get_by_role("button", name="Use this mask").click()
    expect(visitor.locator("#status")).to_contain_text("Using your mask", timeout=20_000)
    _, content = download(visitor, "Download mask")
    return np.asarray(Image.open(io.BytesIO(content))) > 0
