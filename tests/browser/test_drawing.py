"""A workbench without an app behind it: what pointers, keys and windows do to the mask of an empty photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.browser.annotating import Annotator
from tests.browser.test_touch import Screen

pytestmark = pytest.mark.browser

HEIGHT, WIDTH = 480, 640

BENCH = """async () => {
  document.body.innerHTML = '<link rel="stylesheet" href="/workbench.css"><p id="place"></p>';
  const { Bench } = await import("/bench.js");
  const { button } = await import("/commands.js");
  window.given = [];
  const verdict = (key, label) => ({ key, label, group: "verdict", run: () => given.push(key) });
  const commands = [verdict("3", "No hand"), verdict("Enter", "Save")];
  const side = '<section class="verdicts"></section><details><summary>More</summary><a href="#at">There</a></details>';
  const bench = new Bench(document.getElementById("place"), { commands, side });
  bench.find(".verdicts").append(...commands.map((each) => button(each, bench.editor)));
}"""
OPEN = """async ([width, height]) => {
  const photo = new OffscreenCanvas(width, height);
  photo.getContext("2d");
  await document.querySelector(".workbench").editor.open(await photo.convertToBlob(), width, height);
}"""

Draw = Callable[..., Annotator]


@pytest.fixture
def draw(browser: Browser, canvas: str) -> Iterator[Draw]:
    """Gives an annotator at a workbench, with an empty photo of this size: `draw(480, 640)`."""
    contexts = []

    def draw(height: int = HEIGHT, width: int = WIDTH, **options: object) -> Annotator:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 844}, **options}))
        page = contexts[-1].new_page()
        page.goto(canvas)
        page.evaluate(BENCH)
        annotator = Annotator(page)
        open_photo(annotator, height, width)
        return annotator

    yield draw
    for context in contexts:
        context.close()


def open_photo(annotator: Annotator, height: int, width: int) -> None:
    annotator.page.evaluate(OPEN, [width, height])


def given(annotator: Annotator) -> list[str]:
    """The keys of the verdicts that were given."""
    return annotator.page.evaluate("given")


def test_a_verdict_given_by_mouse_is_not_repeated_by_the_keys(draw: Draw) -> None:
    anna = draw()
    anna.page.get_by_role("button", name="No hand").click()
    anna.press("Space")
    assert given(anna) == ["3"]
    anna.press("Enter")
    assert given(anna) == ["3", "Enter"]


def test_a_button_that_was_reached_by_keys_keeps_them(draw: Draw) -> None:
    anna = draw()
    anna.page.get_by_role("button", name="No hand").focus()
    anna.press("Enter", "Space")
    assert given(anna) == ["3", "3"]


def test_enter_on_a_link_or_what_unfolds_gives_no_verdict(draw: Draw) -> None:
    anna = draw()
    anna.page.get_by_text("More").focus()
    anna.press("Enter")
    anna.page.get_by_role("link", name="There").focus(timeout=2000)
    anna.press("Enter")
    assert anna.page.url.endswith("#at")
    assert not given(anna)


def test_the_sheet_of_keys_does_not_come_back_by_enter(draw: Draw) -> None:
    anna = draw()
    anna.page.get_by_role("button", name="All keys").click()
    anna.page.get_by_role("button", name="Close").click()
    anna.press("Enter")
    assert given(anna) == ["Enter"]


@pytest.mark.parametrize("focus", ["body", "stage", "size"])
def test_space_and_a_drag_move_the_photo_wherever_the_focus_is(draw: Draw, focus: str) -> None:
    anna = draw()
    anna.press("g", "PageUp", "PageUp", "PageUp")
    focused = {"body": "document.activeElement.blur()", "stage": "document.querySelector('.stage').focus()"}
    anna.page.evaluate(focused.get(focus, "document.querySelector('input[name=size]').focus()"))
    where = anna.place(320, 240)
    anna.page.keyboard.down("Space")
    anna.paint((320, 240), (340, 250))
    anna.page.keyboard.up("Space")
    assert not anna.mask().any()
    assert anna.place(320, 240) != where
    anna.paint((320, 240), (340, 250))
    assert anna.mask().any()


def test_a_key_that_is_held_is_let_go_also_while_others_are_down(draw: Draw) -> None:
    anna = draw()
    anna.page.keyboard.down("h")
    anna.page.keyboard.down("Control")
    anna.page.keyboard.up("h")
    assert anna.page.evaluate("document.querySelector('.workbench').editor.painting.hidden") is False


@pytest.mark.parametrize("key", ["y", "c"])
def test_a_key_that_comes_in_the_middle_of_a_stroke_leaves_all_to_be_undone(draw: Draw, key: str) -> None:
    anna = draw()
    anna.paint((100, 100), (200, 100))
    anna.press("z")
    if key == "c":
        offer_proposals(anna)
    anna.page.mouse.move(*anna.place(50, 100))
    anna.page.mouse.down()
    anna.page.mouse.move(*anna.place(150, 100))
    anna.press(key)
    anna.page.mouse.move(*anna.place(250, 100))
    anna.page.mouse.up()
    assert anna.mask()[100, 50:150].all()
    anna.press(*["z"] * 4)
    assert not anna.mask().any()


def offer_proposals(annotator: Annotator) -> None:
    """As if the assistant had answered with two proposals, of which the first is taken."""
    annotator.page.evaluate(
        """() => {
          const proposals = [1, 0].map((value) => ({
            box: { left: 60, top: 60, right: 180, bottom: 180 },
            pixels: new Uint8Array(120 * 120).map((_, at) => value ^ at % 2),
          }));
          const prompt = { points: [[120, 120, 1]], box: null };
          const answer = { proposals, prompt, assistant: "test@1", seconds: 0.1 };
          document.querySelector(".workbench").editor.prompting.receive(answer);
        }"""
    )


@pytest.mark.parametrize("told", [True, False])
def test_strokes_land_under_the_pointer_on_a_screen_with_smaller_pixels(draw: Draw, told: bool) -> None:
    anna = draw()
    anna.press("g")
    anna.page.get_by_label("Brush size").fill("21")
    screen = {"width": 1280, "height": 844, "deviceScaleFactor": 2, "mobile": False}
    anna.page.context.new_cdp_session(anna.page).send("Emulation.setDeviceMetricsOverride", screen)
    middle = anna.page.locator(".stage").bounding_box()
    anna.page.mouse.move(middle["x"] + middle["width"] / 2 + 20, middle["y"] + middle["height"] / 2)
    if told:  # Chromium's emulation tells nobody of it by itself
        ratio = "(editor) => (editor.screen.dispatchEvent(new Event('change')), editor.ratio)"
        assert anna.page.evaluate(f"({ratio})(document.querySelector('.workbench').editor)") == 2
    anna.page.mouse.down()
    anna.page.mouse.up()
    ys, xs = anna.mask().nonzero()
    assert abs(xs.mean() - (WIDTH / 2 + 40)) < 2
    assert abs(ys.mean() - HEIGHT / 2) < 2


def test_a_stroke_ends_where_the_window_changes_its_size(draw: Draw) -> None:
    anna = draw()
    anna.page.mouse.move(*anna.place(100, 100))
    anna.page.mouse.down()
    anna.page.mouse.move(*anna.place(120, 100))
    painted = anna.mask()
    anna.page.set_viewport_size({"width": 900, "height": 600})
    anna.page.wait_for_function("document.querySelector('.workbench').editor.view.screenWidth < 700")
    anna.page.mouse.move(*anna.place(400, 300))
    anna.page.mouse.up()
    assert painted.any()
    assert (anna.mask() == painted).all()


@pytest.mark.parametrize("size", [(480, 640), (3000, 4000), (3000, 700)])
def test_what_lies_under_the_pointer_stays_there_while_the_wheel_turns(draw: Draw, size: tuple[int, int]) -> None:
    height, width = size
    anna = draw(height, width)
    pointer = [round(each) for each in anna.place(0.7 * width, 0.4 * height)]  # wheels turn at whole pixels
    under = photo_at(anna, *pointer)
    anna.page.mouse.move(*pointer)
    for turn in (120, -120, 120):
        for _ in range(12):
            anna.page.mouse.wheel(0, -turn)
    where = anna.place(*under)
    assert abs(where[0] - pointer[0]) < 1
    assert abs(where[1] - pointer[1]) < 1


def photo_at(annotator: Annotator, x: float, y: float) -> list[float]:
    """The place of the photo at a place of the page."""
    return annotator.page.evaluate(
        """([x, y]) => {
          const { stage, view } = document.querySelector(".workbench").editor;
          const box = stage.getBoundingClientRect();
          const at = view.toPhoto(x - box.left, y - box.top);
          return [at.x, at.y];
        }""",
        [x, y],
    )


def size_of_brush(annotator: Annotator) -> int:
    return annotator.page.evaluate("document.querySelector('.workbench').editor.size")


def test_a_brush_for_a_tiny_photo_is_not_huge_on_the_next_one(draw: Draw) -> None:
    anna = draw(12, 16)
    anna.page.get_by_label("Brush size").fill("300")
    open_photo(anna, 1080, 1920)
    assert size_of_brush(anna) == 400
    anna.page.get_by_label("Brush size").fill("48")
    open_photo(anna, 540, 960)
    assert size_of_brush(anna) == 24


def test_a_brush_that_is_chosen_without_a_photo_is_not_remembered(draw: Draw) -> None:
    anna = draw()
    before = size_of_brush(anna)
    anna.page.evaluate(
        """() => {
          const { editor } = document.querySelector(".workbench");
          editor.reset(1, 1);
          editor.painting.release();
        }"""
    )
    anna.press("]", "]")
    open_photo(anna, HEIGHT, WIDTH)
    assert size_of_brush(anna) == before


KEYDOWN = """([key, code, more]) => {
  const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more });
  return !document.body.dispatchEvent(event);
}"""


def type_key(annotator: Annotator, key: str, code: str, **more: bool) -> bool:
    """As a keyboard with another layout does; gives whether the workbench took it from the browser."""
    return annotator.page.evaluate(KEYDOWN, [key, code, more])


def test_keys_work_on_keyboards_of_other_scripts_and_with_digits_above_others(draw: Draw) -> None:
    anna = draw()
    tool = "document.querySelector('.workbench').editor.tool"
    type_key(anna, "д", "KeyL")
    assert anna.page.evaluate(tool) == "lasso"
    type_key(anna, "и", "KeyB")
    anna.paint((100, 100), (200, 100))
    type_key(anna, "я", "KeyZ", ctrlKey=True)
    assert not anna.mask().any()
    type_key(anna, "Я", "KeyZ", ctrlKey=True, shiftKey=True)
    assert anna.mask().any()
    type_key(anna, '"', "Digit3")
    type_key(anna, "3", "Digit3", shiftKey=True)
    assert given(anna) == ["3", "3"]


def test_what_a_key_types_counts_more_than_its_place(draw: Draw) -> None:
    anna = draw()
    painted = anna.painted((100, 100), (200, 100))
    type_key(anna, "z", "KeyY")  # on a German keyboard
    assert not anna.mask().any()
    anna.press("y")
    assert not type_key(anna, ",", "KeyM")  # on a French one, where M is elsewhere
    assert not type_key(anna, "#", "Digit3", shiftKey=True)
    assert (anna.mask() == painted).all()
    type_key(anna, "-", "Digit6")
    assert anna.mask().sum() < painted.sum()
    assert not given(anna)


def test_keys_with_alt_are_left_to_the_browser(draw: Draw) -> None:
    anna = draw()
    assert type_key(anna, "ArrowLeft", "ArrowLeft")
    assert not type_key(anna, "ArrowLeft", "ArrowLeft", altKey=True)


def test_the_lasso_is_shown_as_pressed_in_and_out(draw: Draw) -> None:
    anna = draw()
    for key in ("l", "x"):
        anna.press(key)
        pressed = anna.page.locator(".toolbar [aria-pressed=true]")
        assert pressed.all_inner_texts() == [pressed.first.inner_text()]
        assert pressed.first.get_attribute("aria-keyshortcuts") == "L"


@pytest.mark.parametrize("interruption", ["a second finger", "the system"])
def test_a_finger_s_line_that_is_interrupted_stays_until_it_is_taken_back(draw: Draw, interruption: str) -> None:
    anna = draw(has_touch=True)
    screen = Screen(anna)
    screen.touch("touchStart", (300, 300))
    screen.touch("touchMove", (420, 420))
    painted = anna.mask()
    anna.page.wait_for_timeout(300)
    if interruption == "a second finger":
        screen.touch("touchStart", (420, 420), (500, 300))
        screen.touch("touchEnd")
    else:
        screen.touch("touchCancel")
    assert painted.any()
    assert (anna.mask() == painted).all()
    anna.press("z")
    assert not anna.mask().any()
    anna.press("y")
    assert (anna.mask() == painted).all()


def test_a_line_that_has_hardly_begun_when_it_is_interrupted_was_not_meant(draw: Draw) -> None:
    anna = draw()
    anna.page.evaluate(
        """() => {
          const { editor } = document.querySelector(".workbench");
          editor.beginLine({ x: 100, y: 100 });
          editor.continueLine([{ x: 120, y: 100 }]);
          editor.interruptLine();
        }"""
    )
    assert not anna.mask().any()


@pytest.mark.parametrize("button", ["back", "forward"])
def test_the_buttons_that_lead_back_and_forward_paint_nothing(draw: Draw, button: str) -> None:
    anna = draw()
    session = anna.page.context.new_cdp_session(anna.page)
    for kind, place in (("mousePressed", (100, 100)), ("mouseMoved", (200, 200))):  # let go, it would lead away
        x, y = anna.place(*place)
        session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": button, "clickCount": 1})
    assert not anna.mask().any()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 16, 21, 50])
def test_a_brush_paints_as_many_pixels_across_as_it_says(draw: Draw, size: int) -> None:
    anna = draw()
    anna.press("g")
    anna.page.get_by_label("Brush size").fill(str(size))
    anna.click(300, 200)
    ys, xs = anna.mask().nonzero()
    assert 1 + np.ptp(xs) == size
    assert 1 + np.ptp(ys) == size
    middle = np.array([xs.mean(), ys.mean()])
    assert abs(middle - [300, 200]).max() <= 1


def test_a_box_that_is_too_small_says_so(draw: Draw) -> None:
    anna = draw()
    anna.press("r")
    anna.paint((100, 100), (102, 150))
    assert "at least 4 pixels" in anna.said()
