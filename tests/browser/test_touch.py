"""Fingers, pens, and the hands that hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Request, expect

from annotation.store import Store
from tests.annotation.filling import answer
from tests.browser.annotating import Annotator, Mask, fill_queue
from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

Place = tuple[float, float]


class Screen:
    """A screen that feels fingers and a pen, at places of the photo."""

    def __init__(self, annotator: Annotator) -> None:
        self.annotator = annotator
        self.session = annotator.page.context.new_cdp_session(annotator.page)

    def touch(self, kind: str, *places: Place) -> None:
        """`kind` is touchStart, touchMove or touchEnd; the places are those of all fingers, in their order."""
        at = [self.annotator.place(*place) for place in places]
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(at)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def pen(self, kind: str, place: Place) -> None:
        """`kind` is mousePressed, mouseMoved or mouseReleased."""
        pen = {"button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen", "force": 0.5}
        x, y = self.annotator.place(*place)
        self.session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **pen})

    def pinch(self) -> None:
        """Two fingers, one a little before the other, move apart."""
        self.touch("touchStart", (300, 240))
        self.annotator.page.wait_for_timeout(100)
        self.touch("touchStart", (300, 240), (340, 240))
        self.touch("touchMove", (260, 240), (380, 240))
        self.touch("touchEnd")

    def scale(self) -> float:
        return self.annotator.page.evaluate("document.querySelector('.workbench').editor.view.scale")


@pytest.fixture
def screen(enter: Enter, home: Path) -> Screen:
    """Anna's, with a photo on it that has no mask yet."""
    fill_queue(home, 1, 480, 640)
    anna = enter(has_touch=True)
    anna.wait_for_photo()
    anna.press("Delete")
    return Screen(anna)


def test_a_finger_paints_and_two_fingers_zoom(screen: Screen) -> None:
    screen.touch("touchStart", (300, 300))
    screen.touch("touchMove", (420, 420))
    screen.touch("touchEnd")
    painted, scale = screen.annotator.mask(), screen.scale()
    assert painted.any()
    screen.pinch()
    assert (screen.annotator.mask() == painted).all()
    assert screen.scale() > 1.5 * scale


def test_two_fingers_ask_the_assistant_nothing_and_one_does(screen: Screen) -> None:
    anna, scale = screen.annotator, screen.scale()
    asked: list[Request] = []
    anna.page.on("request", lambda request: request.url.endswith("/propose") and asked.append(request))
    anna.press("p")
    screen.pinch()
    assert screen.scale() > 1.5 * scale
    anna.page.wait_for_timeout(500)
    assert not asked
    assert anna.page.locator(".marks .point").count() == 0
    screen.touch("touchStart", (320, 250))
    assert not asked
    screen.touch("touchEnd")
    expect(anna.page.locator(".said")).to_contain_text("ms", timeout=10_000)
    [request] = asked
    assert request.post_data_json["prompt"]["points"] == [[320, 250, 1]]


def test_on_a_phone_all_can_be_done_without_keys_and_read_to_its_end(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 480, 640)
    anna = enter(has_touch=True, viewport={"width": 390, "height": 844})
    anna.wait_for_photo()
    mask, page = anna.mask(), anna.page

    def tap(name: str) -> None:
        button = page.get_by_role("button", name=name)
        # Into what the photo above and the verdicts below leave free.
        button.evaluate("button => (button.scrollIntoView({ block: 'end' }), scrollBy(0, 160))")
        button.click()

    tap("Lasso")
    tap("Swap")
    anna.paint((200, 150), (440, 150), (440, 330), (200, 330))
    assert not (anna.mask() & ~mask).any()
    assert (mask & ~anna.mask()).any()
    page.route("**/propose", lambda _: None)
    tap("Hand here")
    anna.click(320, 240)
    expect(page.locator(".marks .point")).to_have_count(1)
    tap("Drop prompt")
    expect(page.locator(".marks .point")).to_have_count(0)
    tap("Remove specks")
    assert page.locator(".said").evaluate("said => said.scrollWidth <= said.clientWidth")
    page.context.set_offline(True)
    page.get_by_role("button", name="Skip").click()
    expect(page.locator(".alarm")).to_contain_text("cannot be fetched", timeout=10_000)
    bar, alarm = page.locator(".lookbar").bounding_box(), page.locator(".alarm").bounding_box()
    assert bar["y"] + bar["height"] <= alarm["y"]


def test_a_keyboard_s_own_commands_have_buttons_only_on_a_phone(screen: Screen) -> None:
    expect(screen.annotator.page.get_by_role("button", name="Swap")).to_be_hidden()


def test_two_fingers_set_no_pin_and_one_does(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1, 480, 640)
    store.save(answer(store, photo_id))
    rita = enter("Rita", "/review", has_touch=True)
    rita.wait_for_photo()
    screen = Screen(rita)
    screen.pinch()
    expect(rita.page.locator(".pinned")).to_have_text("")
    screen.touch("touchStart", (320, 250))
    screen.touch("touchEnd")
    expect(rita.page.locator(".pinned")).to_have_text("Points at 320, 250")


def test_once_a_pen_was_seen_the_palm_moves_the_photo_and_paints_nothing(screen: Screen) -> None:
    anna = screen.annotator
    anna.press("g", "PageUp", "PageUp", "PageUp", "PageUp")  # nearer, so that there is something to move
    draw(screen)
    painted, where = anna.mask(), anna.place(100, 100)
    assert painted.any()
    screen.touch("touchStart", (320, 240))
    screen.touch("touchMove", (350, 260))
    screen.touch("touchEnd")
    assert (anna.mask() == painted).all()
    assert anna.place(100, 100) != where


def draw(screen: Screen) -> None:
    for kind, place in (("mousePressed", (300, 200)), ("mouseMoved", (360, 260)), ("mouseReleased", (360, 260))):
        screen.pen(kind, place)


def drawn_alone(screen: Screen) -> Mask:
    """What the pen draws, while no hand is on the screen; it is undone."""
    draw(screen)
    drawn = screen.annotator.mask()
    screen.annotator.press("z")
    assert not screen.annotator.mask().any()
    return drawn


def test_a_palm_that_comes_to_rest_while_the_pen_draws_changes_nothing(screen: Screen) -> None:
    drawn, scale = drawn_alone(screen), screen.scale()
    screen.pen("mousePressed", (300, 200))
    screen.touch("touchStart", (400, 330))
    screen.touch("touchMove", (420, 350))
    screen.pen("mouseMoved", (360, 260))
    screen.touch("touchEnd")
    screen.pen("mouseReleased", (360, 260))
    assert np.count_nonzero(screen.annotator.mask() != drawn) == 0
    assert screen.scale() == scale


def test_a_palm_that_rests_before_the_first_pen_comes_paints_nothing(screen: Screen) -> None:
    screen.touch("touchStart", (400, 330))
    screen.touch("touchMove", (420, 350))
    assert screen.annotator.mask().any()  # it might have been a finger
    draw(screen)
    screen.touch("touchMove", (440, 350))
    screen.touch("touchEnd")
    drawn = screen.annotator.mask()
    assert not drawn[300:].any()
    screen.annotator.press("z")
    assert (drawn_alone(screen) == drawn).all()
