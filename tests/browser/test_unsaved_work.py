"""What an annotator has done and not saved yet: through reloads, other browsers, crashes and dead networks."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import Error, Route, expect

from annotation.service.routes import CANVAS
from annotation.store import Store
from tests.annotation.filling import answer
from tests.browser.annotating import Annotator, fill_queue, stored_mask
from tests.browser.conftest import Enter
from tests.browser.running import RunningApp
from tests.pictures import drawn_mask

pytestmark = pytest.mark.browser


def test_a_reload_brings_the_unsaved_work_back(enter: Enter, home: Path) -> None:
    fill_queue(home, 2)
    anna = enter()
    photo_id = anna.wait_for_photo()
    start = anna.mask()
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".kept")).to_contain_text("Kept")
    anna.page.reload()
    assert anna.wait_for_photo() == photo_id
    assert (anna.mask() == painted).all()
    anna.press("z")
    assert (anna.mask() == start).all()


def test_work_moves_to_another_browser_by_the_servers_draft(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".kept")).to_contain_text("on the server", timeout=10_000)
    anna.page.context.close()
    elsewhere = enter()
    elsewhere.wait_for_photo()
    assert (elsewhere.mask() == painted).all()


def test_undo_goes_on_after_a_reload(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    seen = [anna.mask()]
    for row in (30, 36, 42):
        anna.paint((10, row), (50, row))
        seen.append(anna.mask())
    expect(anna.page.locator(".kept")).to_contain_text("Kept")
    anna.page.wait_for_timeout(300)
    anna.page.reload()
    anna.wait_for_photo()
    for mask in reversed(seen):
        assert (anna.mask() == mask).all()
        anna.press("z")
    assert (anna.mask() == seen[0]).all()


def test_a_stroke_that_was_given_up_does_not_come_back_with_a_draft(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    anna.page.mouse.move(*anna.place(10, 5))
    anna.page.mouse.down()
    anna.page.mouse.move(*anna.place(50, 5))
    assert (anna.mask() != painted).any()
    with anna.page.expect_response("**/draft", timeout=10_000):
        pass
    anna.press("Escape")
    anna.page.mouse.up()
    expect(anna.page.locator(".kept")).to_contain_text("on the server")
    anna.page.reload()
    anna.wait_for_photo()
    assert (anna.mask() == painted).all()


def test_what_was_drawn_without_a_network_is_sent_after_a_reload(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.page.route("**/draft", lambda route: route.abort())
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".kept")).to_have_text("Kept in this browser")
    anna.page.reload()
    anna.wait_for_photo()
    anna.page.unroute("**/draft")
    expect(anna.page.locator(".kept")).to_contain_text("on the server", timeout=10_000)
    elsewhere = enter()
    elsewhere.wait_for_photo()
    assert (elsewhere.mask() == painted).all()


def test_two_pages_of_one_annotator_do_not_overwrite_each_other(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    first = enter("Anna")
    first.wait_for_photo()
    second = enter("Anna")  # in another browser
    second.wait_for_photo()
    second.paint((10, 40), (50, 44))
    painted = second.mask()
    first.paint((30, 5), (40, 5))
    first.press("2")
    expect(first.page.locator(".alarm")).to_contain_text("on another page")
    assert not store.records(photo_id)
    expect(second.page.locator(".kept")).to_contain_text("on the server", timeout=10_000)
    second.save()
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()


def test_a_draft_does_not_come_back_after_a_save_in_another_browser(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    work = enter("Anna")
    work.wait_for_photo()
    for row in (30, 36, 42):
        work.paint((10, row), (50, row))
    expect(work.page.locator(".kept")).to_contain_text("on the server", timeout=10_000)
    elsewhere = enter("Anna")
    elsewhere.wait_for_photo()
    elsewhere.press("e")
    elsewhere.paint((10, 36), (50, 36))
    painted = elsewhere.mask()
    elsewhere.save()
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()
    work.page.reload()
    expect(work.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    work.press(",")
    work.wait_for_photo()
    assert (work.mask() == painted).all()


def test_a_second_tab_takes_the_work_over(enter: Enter, workbench: RunningApp, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".kept")).to_contain_text("Kept")
    tab = Annotator(anna.page.context.new_page())
    tab.page.goto(workbench.url + "/annotate")
    tab.wait_for_photo()
    assert (tab.mask() == painted).all()
    expect(anna.page.locator(".alarm")).to_contain_text("on another page")
    tab.paint((10, 5), (50, 5))
    continued = tab.mask()
    expect(tab.page.locator(".kept")).to_contain_text("Kept")
    anna.press("Enter")
    expect(tab.page.locator(".alarm")).to_contain_text("on another page")
    anna.page.wait_for_timeout(500)
    assert (anna.mask() == continued).all()


def test_a_saved_mask_that_is_opened_again_cannot_be_undone_away(enter: Enter, home: Path) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    anna.save()
    anna.page.reload()
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    anna.press(",")
    assert anna.wait_for_photo() == photo_id
    anna.press("z", "z")
    assert (anna.mask() == painted).all()
    anna.press("m")
    assert (anna.mask() == drawn_mask(48, 64)).all()


def test_an_untouched_photo_has_no_draft(enter: Enter, home: Path) -> None:
    fill_queue(home, 2)
    anna = enter()
    anna.wait_for_photo()
    anna.paint((10, 40), (50, 44))
    anna.save()
    anna.wait_for_photo()
    anna.page.wait_for_timeout(300)
    assert anna.page.locator(".kept").inner_text() == ""
    anna.page.reload()
    anna.wait_for_photo()
    assert "is back" not in anna.said()


def test_a_crashed_tab_loses_nothing(enter: Enter, workbench: RunningApp, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".kept")).to_contain_text("Kept")
    with anna.page.expect_event("crash"), contextlib.suppress(Error):
        anna.page.goto("chrome://crash")
    anna.page = anna.page.context.new_page()
    anna.page.goto(workbench.url + "/annotate")
    anna.wait_for_photo()
    assert (anna.mask() == painted).all()


def test_a_save_into_a_dead_network_succeeds_once_it_is_back(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    anna.page.context.set_offline(True)
    anna.press("2")
    expect(anna.page.locator(".alarm")).to_contain_text("Not saved yet", timeout=10_000)
    assert not store.records(photo_id)
    anna.page.context.set_offline(False)
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()


def test_a_save_that_hangs_is_told_and_repeated(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    impatient = (CANVAS / "service.js").read_text(encoding="utf-8").replace("60_000;", "3_000;")
    anna.page.route("**/service.js", lambda route: route.fulfill(body=impatient, content_type="text/javascript"))
    anna.page.reload()
    anna.wait_for_photo()
    anna.page.route("**/save", lambda _: None, times=1)
    anna.paint((10, 40), (50, 44))
    anna.press("2")
    expect(anna.page.locator(".alarm")).to_have_text("Saving…")
    expect(anna.page.locator(".alarm")).to_contain_text("Not saved yet: the server does not answer")
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    assert len(store.records(photo_id)) == 1


def test_no_save_waits_for_a_draft_that_hangs(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.page.route("**/draft", lambda _: None)
    with anna.page.expect_request("**/draft", timeout=10_000):
        anna.paint((10, 40), (50, 44))
    anna.save()
    assert len(store.records(photo_id)) == 1


def test_a_save_whose_answer_is_lost_is_kept_once(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.paint((10, 40), (50, 44))
    lost = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    anna.page.route("**/save", lose)
    anna.press("2")
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    assert lost == [200]
    assert len(store.records(photo_id)) == 1


def test_a_save_whose_answer_ends_in_the_middle_is_kept_once(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.paint((10, 40), (50, 44))
    anna.page.evaluate("""() => {
        const whole = Response.prototype.json;
        Response.prototype.json = function () {
            if (!this.url.endsWith("/save")) return whole.call(this);
            Response.prototype.json = whole;
            return Promise.reject(new TypeError("network error"));
        };
    }""")
    anna.press("2")
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=20_000)
    assert len(store.records(photo_id)) == 1


def test_a_server_killed_in_mid_save_comes_back_with_the_work(
    enter: Enter, workbench: RunningApp, home: Path, store: Store
) -> None:
    [photo_id] = fill_queue(home, 1, 3000, 4000)
    anna = enter()
    anna.wait_for_photo()
    painted = anna.painted((400, 400), (2000, 1500))
    anna.press("2")
    workbench.kill()
    workbench.start()
    expect(anna.page.locator(".alarm")).to_contain_text("All photos are done", timeout=40_000)
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()


def test_the_page_believes_no_save_that_the_server_changed(enter: Enter, home: Path) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.paint((10, 40), (50, 44))

    def falsify(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "pixels": 1})

    anna.page.route("**/save", falsify)
    anna.press("2")
    expect(anna.page.locator(".alarm")).to_contain_text("Not saved: the server stored 1 pixels")
    assert anna.wait_for_photo() == photo_id


def test_a_photo_that_was_forgotten_is_left_for_the_next_one(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 3)
    anna = enter()
    for key in ("2", "4"):
        forgotten = anna.wait_for_photo()
        anna.paint((10, 40), (50, 44))
        store.forget_photo(forgotten)
        anna.save(key)
        expect(anna.page.locator(".said")).to_contain_text("taken out of the queue")
    assert anna.wait_for_photo() != forgotten
    assert anna.page.locator(".alarm").is_hidden()


def painting_what_bob_has(enter: Enter, home: Path, store: Store) -> tuple[Annotator, str]:
    """Anna, who was away until her claim on the only photo ended, and draws on; and the photo."""
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    store.release(photo_id, "Anna")
    store.claim_photo(photo_id, "Bob")
    anna.paint((10, 40), (50, 44))
    return anna, photo_id


def test_work_on_a_photo_that_somebody_else_finished_meanwhile_can_be_saved(
    enter: Enter, home: Path, store: Store
) -> None:
    anna, photo_id = painting_what_bob_has(enter, home, store)
    expect(anna.page.locator(".alarm")).to_contain_text("somebody else may have it", timeout=10_000)
    anna.paint((10, 5), (50, 5))  # goes on
    painted = anna.mask()
    assert painted[5, 10:50].all()
    expect(anna.page.locator(".kept")).to_have_text("Kept in this browser")
    bobs = store.save(answer(store, photo_id, "Bob"))
    anna.save()
    first, second = store.records(photo_id)
    assert (first.id, second.annotator) == (bobs.id, "Anna")
    assert (stored_mask(store, second) == painted).all()


def test_a_save_while_somebody_else_has_the_photo_is_refused_and_can_be_repeated(
    enter: Enter, home: Path, store: Store
) -> None:
    anna, photo_id = painting_what_bob_has(enter, home, store)
    painted = anna.mask()
    for key in ("Enter", "2"):
        anna.press(key)
        expect(anna.page.locator(".alarm")).to_contain_text("Not saved, as someone else is working on this photo")
    anna.page.wait_for_timeout(4000)  # as long as no draft is refused, the words stay
    expect(anna.page.locator(".alarm")).to_contain_text("Not saved, as someone else is working on this photo")
    assert (anna.mask() == painted).all()
    assert not store.records(photo_id)
    store.release(photo_id, "Bob")
    anna.save("Enter")
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()


def test_whose_sign_in_has_ended_hears_it_at_once_and_goes_on_after_signing_in_again(
    enter: Enter, workbench: RunningApp, home: Path, store: Store
) -> None:
    [photo_id] = fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    workbench.restart(HANDSEG_PASSWORD="new")
    painted = anna.painted((10, 40), (50, 44))
    expect(anna.page.locator(".alarm")).to_contain_text("sign in again. What you drew is kept", timeout=20_000)
    expect(anna.page.locator(".assistant-says")).to_contain_text("sign in again", timeout=20_000)
    anna.page.route("**/about", lambda route: route.abort())
    anna.page.locator(".alarm").get_by_role("button", name="Sign in").click()
    expect(anna.page.get_by_role("dialog")).to_contain_text("The server cannot be reached. Trying again")
    anna.page.unroute("**/about")
    anna.press(*["Escape"] * 4)
    anna.sign_in_again("new")
    expect(anna.page.locator(".alarm")).to_be_hidden()
    expect(anna.page.locator(".kept")).to_contain_text("on the server", timeout=10_000)
    anna.save()
    [record] = store.records(photo_id)
    assert (stored_mask(store, record) == painted).all()
