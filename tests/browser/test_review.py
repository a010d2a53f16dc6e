"""The reviewer's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from annotation.store import Store
from annotation.store.records import Record
from tests.browser.annotating import Annotator, fill_queue, stored_mask
from tests.browser.conftest import Enter
from tests.browser.running import RunningApp

pytestmark = pytest.mark.browser


def annotate(enter: Enter, count: int) -> Annotator:
    anna = enter("Anna")
    for _ in range(count):
        anna.wait_for_photo()
        anna.paint((10, 40), (50, 44))
        anna.save()
    return anna


def test_a_reviewer_approves_one_and_sends_one_back_with_a_pin(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 2)
    anna = annotate(enter, 2)
    first, second = store.to_review("Rita")
    rita = enter("Rita", "/review")
    expect(rita.page.locator(".facts")).to_contain_text("Anna: edited", timeout=20_000)
    assert (rita.mask() == stored_mask(store, first)).all()
    rita.press("a")
    expect(rita.page.locator(".left")).to_have_text("(1)")
    assert store.record(first.id).state == "approved"
    assert rita.wait_for_photo() == second.photo_id
    rita.click(30, 20)
    expect(rita.page.locator(".pinned")).to_have_text("Points at 30, 20")
    rita.press("s")
    expect(rita.page.locator(".said")).to_contain_text("Say in a few words")
    rita.page.get_by_label("Remark").fill("the thumb is missing")
    rita.page.get_by_role("button", name="Send back").click()
    expect(rita.page.locator(".alarm")).to_contain_text("Nothing waits for review")
    assert store.record(second.id).state == "sent_back"
    [remark] = store.remarks(second.id)
    assert (remark.text, remark.x, remark.y) == ("the thumb is missing", 30, 20)

    expect(anna.page.locator(".alarm")).to_contain_text("There are photos to do", timeout=20_000)
    anna.page.get_by_role("button", name="Go on").click()
    assert anna.wait_for_photo() == second.photo_id
    expect(anna.page.locator(".note")).to_contain_text("the thumb is missing")
    assert anna.page.locator(".marks .pin").count() == 1
    assert (anna.mask() == stored_mask(store, second)).all()


def test_a_reviewer_goes_back_to_a_decision_and_decides_otherwise(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 2)
    annotate(enter, 2)
    first, second = store.to_review("Rita")
    rita = enter("Rita", "/review")

    def sees(record: Record) -> None:
        expect(rita.page.locator(".workbench")).to_have_attribute("data-photo", record.photo_id)

    expect(rita.page.locator(".facts")).to_contain_text("Anna: edited", timeout=20_000)
    rita.press(",")
    expect(rita.page.locator(".said")).to_have_text("You have decided about no mask yet.")
    rita.press("a")
    sees(second)
    rita.click(30, 20)
    rita.page.get_by_label("Remark").fill("half a remark")
    rita.page.get_by_role("button", name="Last one again").click()
    sees(first)
    expect(rita.page.locator(".facts")).to_contain_text("Already approved. Anna: edited")
    rita.page.get_by_label("Remark").fill("the thumb is missing")
    rita.page.get_by_role("button", name="Send back").click()
    sees(second)
    assert store.record(first.id).state == "sent_back"
    expect(rita.page.get_by_label("Remark")).to_have_value("half a remark")
    expect(rita.page.locator(".pinned")).to_have_text("Points at 30, 20")
    rita.page.get_by_label("Remark").fill("")
    rita.page.locator(".stage").focus()
    rita.press(",")
    sees(first)
    expect(rita.page.get_by_label("Remark")).to_have_value("the thumb is missing")
    rita.press(",")
    expect(rita.page.locator(".said")).to_have_text("You have decided about nothing before this.")
    rita.press("a")
    sees(second)
    assert (store.record(first.id).state, store.task(first.photo_id).state) == ("approved", "done")
    assert store.remarks(first.id)[-1].text == "", "what was wrong is no remark about a mask that is right after all"


def test_one_s_own_mask_is_left_to_somebody_else_to_approve(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 1)
    annotate(enter, 1)
    [record] = store.to_review("Anna")
    anna = enter("Anna", "/review")
    expect(anna.page.locator(".facts")).to_contain_text("Anna (you; somebody else approves it)", timeout=20_000)
    anna.press("a")
    expect(anna.page.locator(".alarm")).to_contain_text("This mask is your own; leave it to somebody else")
    assert anna.wait_for_photo() == record.photo_id
    assert store.record(record.id).state == "waiting"


def test_after_signing_in_again_the_reviewer_is_still_at_the_same_mask(
    enter: Enter, workbench: RunningApp, home: Path, store: Store
) -> None:
    fill_queue(home, 2)
    annotate(enter, 2)
    first, _ = store.to_review("Rita")
    rita = enter("Rita", "/review")
    assert rita.wait_for_photo() == first.photo_id
    workbench.restart(HANDSEG_PASSWORD="new")
    rita.press("a")
    rita.sign_in_again("new")
    expect(rita.page.locator(".alarm")).to_have_text("Signed in again; go on.")
    assert rita.wait_for_photo() == first.photo_id
    assert store.record(first.id).state == "waiting"
    rita.save("a")
    assert store.record(first.id).state == "approved"


def test_masks_are_compared_by_difference_and_flicker(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 1)
    annotate(enter, 1)
    [record] = store.to_review("Rita")
    rita = enter("Rita", "/review")
    expect(rita.page.locator(".facts")).to_contain_text("Anna: edited", timeout=20_000)
    expect(rita.page.get_by_role("button", name="Difference")).to_have_attribute("aria-pressed", "true")
    after = stored_mask(store, record)
    rita.press("t")
    expect(rita.page.get_by_role("button", name="Flicker")).to_have_attribute("aria-pressed", "true")
    seen = set()
    for _ in range(20):
        seen.add((rita.mask() == after).all())
        rita.page.wait_for_timeout(100)
    assert seen == {True, False}
    rita.press("t")
    assert (rita.mask() == after).all()
    expect(rita.page.get_by_role("button", name="Difference")).to_have_attribute("aria-pressed", "true")


def test_figures_are_shown_to_those_who_signed_in(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    annotate(enter, 1)
    rita = enter("Rita", "/review")
    expect(rita.page.get_by_text("Median seconds per photo")).to_be_visible(timeout=20_000)


def test_the_history_of_a_photo_opens_its_earlier_masks(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 1)
    anna = annotate(enter, 1)
    anna.press(",")
    anna.wait_for_photo()
    anna.press("e")
    anna.paint((10, 40), (50, 44))
    anna.save()
    older, newer = store.records(store.newest_records(1)[0].photo_id)
    assert newer.supersedes == older.id
    rita = enter("Rita", "/review")
    entries = rita.page.locator(".history button")
    expect(entries).to_have_count(2, timeout=20_000)
    assert (rita.mask() == stored_mask(store, newer)).all()
    entries.first.click()
    expect(entries.first).to_have_attribute("aria-current", "true")
    assert (rita.mask() == stored_mask(store, older)).all()
