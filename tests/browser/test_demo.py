"""The demo page, used as a visitor uses it."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import Page, Route, expect

from handseg import photos
from handseg.errors import PhotoError
from tests.browser.running import ROOT, RunningApp
from tests.pictures import drawn_photo, encoded

pytestmark = pytest.mark.browser

EXAMPLE = sorted((ROOT / "handseg" / "demo" / "examples").glob("*.jpg"))[0]
PHONE, DESKTOP = 390, 1280


def upload(page: Page, path: Path) -> None:
    page.locator("#photo input[type=file]").set_input_files(path)


def open_photo(page: Page, path: Path = EXAMPLE) -> None:
    upload(page, path)
    expect(page.locator(".before-after")).to_be_visible(timeout=30_000)


def download(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def by_command(tmp_path: Path, command: str, *options: str) -> bytes:
    subprocess.run(
        [sys.executable, "-m", "handseg", command, str(EXAMPLE), "--output", str(tmp_path / command), *options],
        cwd=ROOT,
        check=True,
    )
    return (tmp_path / command / f"{EXAMPLE.stem}.png").read_bytes()


def picture_of(page: Page) -> str:
    return page.locator(".before-after .after").get_attribute("src")


@pytest.mark.parametrize("page", [PHONE, DESKTOP], indirect=True)
def test_the_download_is_bit_for_bit_what_the_command_line_writes(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    name, content = download(page, "Download result")
    assert name == f"{EXAMPLE.stem}-no-hand.png"
    assert content == by_command(tmp_path, "remove")
    name, content = download(page, "Download mask")
    assert name == f"{EXAMPLE.stem}-mask.png"
    assert content == by_command(tmp_path, "mask")


@pytest.mark.parametrize("page", [PHONE, DESKTOP], indirect=True)
def test_the_handle_of_the_slider_is_on_its_line_from_edge_to_edge(page: Page) -> None:
    open_photo(page)
    handle, picture, slider = 28, *(page.locator(f".before-after{part}").bounding_box() for part in ("", " input"))
    assert slider["x"] == pytest.approx(picture["x"] - handle / 2, abs=1)
    assert slider["width"] == pytest.approx(picture["width"] + handle, abs=1)
    for chosen in (None, 0, 37, 100):
        if chosen is not None:
            page.locator(".before-after input").fill(str(chosen))
        line = page.locator(".before-after").evaluate("box => getComputedStyle(box).getPropertyValue('--split')")
        assert line == f"{page.locator('.before-after input').input_value()}%"


def test_the_download_follows_the_controls(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    before = picture_of(page)
    page.get_by_label("Inpaint").check()
    page.get_by_role("spinbutton", name="Grow").fill("9")
    page.get_by_role("spinbutton", name="Grow").press("Enter")
    page.get_by_role("spinbutton", name="Feather").fill("3")
    page.get_by_role("spinbutton", name="Feather").press("Enter")
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    page.wait_for_timeout(500)
    _, content = download(page, "Download result")
    assert content == by_command(tmp_path, "remove", "--mode", "inpaint", "--grow", "9", "--feather", "3")


@pytest.mark.parametrize("page", [PHONE, DESKTOP], indirect=True)
def test_nothing_reaches_beyond_the_screen(page: Page) -> None:
    def overhang() -> int:
        return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overhang() <= 0
    open_photo(page)
    assert overhang() <= 0


def test_the_slider_moves_by_keyboard_and_stays_when_the_picture_changes(page: Page) -> None:
    open_photo(page)
    slider = page.get_by_label("How much of the photo as it was to show")
    slider.focus()
    wanted = str(int(slider.input_value()) - 10)
    for _ in range(10):
        slider.press("ArrowLeft")
    assert slider.input_value() == wanted
    before = picture_of(page)
    page.get_by_label("Mask", exact=True).check()
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    assert slider.input_value() == wanted
    assert page.locator(".before-after").evaluate("box => box.style.getPropertyValue('--split')") == f"{wanted}%"


def test_each_photo_begins_with_the_slider_through_its_hand(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    hand = np.asarray(Image.open(io.BytesIO(by_command(tmp_path, "mask")))) > 0
    slider = page.get_by_label("How much of the photo as it was to show")
    split = int(slider.input_value())
    share = hand[:, : round(hand.shape[1] * split / 100)].sum() / hand.sum()
    assert 0.4 < share < 0.6
    slider.press("ArrowLeft")
    page.get_by_role("button", name="Another photo").click()
    open_photo(page)
    assert int(slider.input_value()) == split


def test_a_colour_from_the_picker_fills_the_hand(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    page.get_by_label("Fill").check()
    before = picture_of(page)
    page.get_by_label("Colour").click()
    page.locator(".color-gradient").click(position={"x": 40, "y": 60})
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    page.wait_for_timeout(500)
    _, content = download(page, "Download result")
    hand = np.asarray(Image.open(io.BytesIO(by_command(tmp_path, "mask")))) > 0
    filled = np.asarray(Image.open(io.BytesIO(content)))[hand]
    assert hand.any()
    assert len(np.unique(filled, axis=0)) == 1
    assert tuple(filled[0]) != (255, 255, 255)


def test_a_colour_that_is_typed_fills_the_hand(page: Page) -> None:
    open_photo(page)
    page.get_by_label("Fill").check()
    page.get_by_label("Colour").click()
    page.wait_for_timeout(500)
    before = picture_of(page)
    page.locator(".color-picker input[type=text]").fill("#00ff00")
    page.locator(".color-picker input[type=text]").press("Enter")
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)


def copy_a_photo(page: Page) -> None:
    """Into the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async (photo) => {
            const blob = await (await fetch(`data:image/png;base64,${photo}`)).blob();
            await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }""",
        base64.b64encode(encoded(drawn_photo(), "PNG")).decode(),
    )


def test_a_photo_can_be_pasted_by_keys(page: Page) -> None:
    copy_a_photo(page)
    page.keyboard.press("Control+V")
    expect(page.locator(".before-after")).to_be_visible(timeout=30_000)
    before = picture_of(page)
    page.keyboard.press("Control+V")  # where no photo is asked for, nothing is taken
    page.wait_for_timeout(1500)
    assert picture_of(page) == before


def test_a_photo_can_be_pasted_by_the_button(page: Page) -> None:
    copy_a_photo(page)

    def late(route: Route) -> None:  # first the page says that there is no photo, and may wait for the answer
        if route.request.post_data_json["data"][:1] == [None]:
            page.wait_for_timeout(1000)
        route.continue_()

    page.route("**/queue/join*", late)
    page.get_by_label("Paste from clipboard").first.click()
    expect(page.locator(".before-after")).to_be_visible(timeout=30_000)


def test_a_photo_is_there_for_the_page_to_show_while_it_is_worked_on(page: Page, app: RunningApp) -> None:
    with page.expect_response(re.compile(f"/file=.*/{EXAMPLE.name}")) as shown:
        open_photo(page)
    assert shown.value.ok
    assert not list(app.temporary.rglob(EXAMPLE.name))


def test_who_looked_at_the_camera_can_still_upload_a_photo(page: Page) -> None:
    page.get_by_label("Capture from camera").first.click()
    expect(page.get_by_text("Click to Access Webcam")).to_be_visible()
    page.get_by_label("Upload file").first.click()
    open_photo(page)


def test_an_example_is_a_click_away(page: Page) -> None:
    page.locator("#examples button").last.click()
    expect(page.locator(".before-after")).to_be_visible(timeout=30_000)
    expect(page.locator("#status")).to_contain_text("Hand found")


def test_an_example_is_in_sight_on_a_small_screen_too(page: Page) -> None:
    page.set_viewport_size({"width": PHONE, "height": 600})
    page.locator("#examples button").last.click()
    expect(page.locator(".before-after")).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1000)  # the page moves when the rest of it is there
    expect(page.locator(".before-after")).to_be_in_viewport(ratio=0.9)


def test_moving_the_threshold_changes_the_picture_without_asking_the_network_again(page: Page) -> None:
    open_photo(page)
    seconds = page.locator("#status").inner_text().split(" by ")[1]
    before = picture_of(page)
    page.get_by_role("spinbutton", name="Threshold").fill("0.05")
    page.get_by_role("spinbutton", name="Threshold").press("Enter")
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    assert page.locator("#status").inner_text().split(" by ")[1] == seconds


def test_typing_a_number_passes_by_numbers_that_are_out_of_range(page: Page) -> None:
    open_photo(page)
    before = picture_of(page)
    page.get_by_role("spinbutton", name="Threshold").clear()
    page.get_by_role("spinbutton", name="Threshold").press_sequentially("0.05", delay=400)
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", before, timeout=20_000)
    page.get_by_role("spinbutton", name="Grow").fill("1000")
    page.wait_for_timeout(1000)
    assert page.locator(".toast-body").count() == 0


def test_the_first_value_of_a_slider_can_be_had_back_with_its_picture(page: Page) -> None:
    open_photo(page)
    first = picture_of(page)
    page.get_by_role("spinbutton", name="Threshold").fill("0.05")
    page.get_by_role("spinbutton", name="Threshold").press("Enter")
    expect(page.locator(".before-after .after")).not_to_have_attribute("src", first, timeout=20_000)
    page.get_by_role("button", name="Reset to default value").first.click()
    expect(page.locator(".before-after .after")).to_have_attribute("src", first, timeout=20_000)


def test_every_model_can_be_compared(page: Page) -> None:
    open_photo(page)
    page.get_by_role("button", name="Compare models").click()
    page.get_by_role("button", name="Run every model").click()
    captions = page.locator("#gallery figcaption")
    expect(captions).to_have_count(2, timeout=30_000)
    assert all(" s, hand on " in text for text in captions.all_inner_texts())


def test_a_comparison_that_comes_late_is_not_shown_with_the_next_photo(page: Page) -> None:
    open_photo(page)
    page.get_by_role("button", name="Compare models").click()
    page.get_by_role("button", name="Run every model").click()
    page.get_by_role("button", name="Another photo").click()
    expect(page.locator("#examples")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(2000)
    open_photo(page)
    expect(page.locator("#gallery figcaption")).to_have_count(0)


def test_of_two_models_chosen_in_a_row_the_last_one_answers(page: Page) -> None:
    open_photo(page)
    for model in ("fast", "accurate"):
        page.get_by_label("Model", exact=True).click()
        page.get_by_role("option", name=model).click()
    expect(page.locator("#weights")).to_contain_text("Answered by fast", timeout=20_000)
    expect(page.locator("#weights")).to_contain_text("Answered by accurate", timeout=20_000)


def test_a_mask_that_was_painted_elsewhere_takes_the_place_of_the_model_s(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    page.get_by_role("button", name="Looks wrong? Fix it").click()
    page.get_by_role("button", name="Or use a mask that you painted elsewhere").click()
    width, height = Image.open(EXAMPLE).size
    painted = np.zeros((height, width), bool)
    painted[: height // 3, : width // 4] = True
    mask = tmp_path / "painted.png"
    mask.write_bytes(encoded(np.where(painted, 255, 0).astype(np.uint8)))
    page.locator("#own-mask input[type=file]").set_input_files(mask)
    expect(page.locator("#status")).to_contain_text("Using your mask", timeout=20_000)
    _, content = download(page, "Download mask")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))) > 0, painted)


def test_a_mask_of_another_size_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    page.get_by_role("button", name="Looks wrong? Fix it").click()
    page.get_by_role("button", name="Or use a mask that you painted elsewhere").click()
    mask = tmp_path / "small.png"
    mask.write_bytes(encoded(np.zeros((48, 64), np.uint8)))
    page.locator("#own-mask input[type=file]").set_input_files(mask)
    expect(page.get_by_text("the mask has 64 x 48 pixels")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [("text.jpg", b"this is no photo"), ("cut.png", encoded(drawn_photo())[:700]), ("empty.jpg", b"")],
)
def test_a_bad_file_is_refused_in_words_and_the_page_goes_on(
    page: Page, tmp_path: Path, name: str, content: bytes
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    with pytest.raises(PhotoError) as refusal:
        photos.decode(content)
    upload(page, bad)
    expect(page.get_by_text(str(refusal.value))).to_be_visible(timeout=20_000)
    expect(page.locator("#photo img")).to_have_count(0)  # just after the words, and the next would go with it
    open_photo(page)


def test_a_photo_with_a_very_long_name_can_be_downloaded(page: Page, tmp_path: Path) -> None:
    long = tmp_path / f"{'手' * 82}.png"
    long.write_bytes(encoded(drawn_photo(300, 200)))
    open_photo(page, long)
    name, _ = download(page, "Download mask")
    assert name.endswith("-mask.png")
    assert name.startswith("手" * 40)


def test_another_photo_starts_afresh(page: Page, tmp_path: Path) -> None:
    open_photo(page)
    page.get_by_role("button", name="Another photo").click()
    expect(page.locator("#examples")).to_be_visible()
    expect(page.locator(".before-after")).not_to_be_visible()
    second = tmp_path / "second.jpg"
    second.write_bytes(encoded(drawn_photo(300, 200), "JPEG"))
    open_photo(page, second)
    expect(page.locator("#status")).to_contain_text("200 x 300")
    page.wait_for_timeout(500)
    offered = [button.inner_text() for button in page.locator("main button").all() if button.is_visible()]
    assert {each for each in offered if "ownload" in each} == {"Download result", "Download mask"}
    name, content = download(page, "Download mask")
    assert name == "second-mask.png"
    assert Image.open(io.BytesIO(content)).size == (200, 300)


def test_two_visitors_do_not_see_each_other_s_photos(page: Page, app: RunningApp, tmp_path: Path) -> None:
    open_photo(page)
    other = page.context.browser.new_context(accept_downloads=True).new_page()
    other.goto(app.url)
    small = tmp_path / "small.jpg"
    small.write_bytes(encoded(drawn_photo(300, 200), "JPEG"))
    open_photo(other, small)
    for visitor, size in ((page, Image.open(EXAMPLE).size), (other, (200, 300))):
        _, content = download(visitor, "Download mask")
        assert Image.open(io.BytesIO(content)).size == size
    other.context.close()


def test_an_uploaded_photo_is_not_kept_on_disk(page: Page, app: RunningApp, tmp_path: Path) -> None:
    private = tmp_path / "private-photo.jpg"
    private.write_bytes(encoded(drawn_photo(320, 480, seed=7), "JPEG"))
    open_photo(page, private)
    assert not list(app.temporary.rglob("private-photo*"))


def test_what_a_killed_app_left_on_disk_is_gone_after_the_next_start(app: RunningApp) -> None:
    assert not list(app.temporary.rglob("left.jpg"))


def test_a_very_long_photo_can_be_masked_and_downloaded(page: Page, tmp_path: Path) -> None:
    long = tmp_path / "long.png"
    long.write_bytes(encoded(drawn_photo(200, 12_000)))
    open_photo(page, long)
    page.get_by_label("Mask", exact=True).check()
    expect(page.locator(".before-after .after")).to_have_attribute("alt", "The photo with the hand coloured green")
    _, content = download(page, "Download mask")
    assert Image.open(io.BytesIO(content)).size == (12_000, 200)


def test_several_programs_may_send_the_same_photo_at_once(app: RunningApp) -> None:
    clients = [Client(app.url, verbose=False) for _ in range(4)]
    waiting = [client.submit(handle_file(EXAMPLE), api_name="/predict") for client in clients]
    masks = [Path(each.result()[0]).read_bytes() for each in waiting]
    assert len(set(masks)) == 1


def test_programs_get_the_same_by_name(app: RunningApp, tmp_path: Path) -> None:
    client = Client(app.url, verbose=False, download_files=str(tmp_path))
    mask, facts = client.predict(handle_file(EXAMPLE), api_name="/predict")
    assert Path(mask).read_bytes() == by_command(tmp_path, "mask")
    facts = facts if isinstance(facts, dict) else json.loads(Path(facts).read_text())
    assert facts["model"] == "accurate"
    result = client.predict(handle_file(EXAMPLE), mode="blur", grow=6, feather=2, model="fast", api_name="/remove")
    options = ("--mode", "blur", "--grow", "6", "--feather", "2", "--model", "fast")
    assert Path(result).read_bytes() == by_command(tmp_path, "remove", *options)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"model": "best"}, "no model called 'best'; choose from: accurate, fast"),
        ({"mode": "erase"}, "the removal mode is 'erase'; choose from: cutout, fill"),
        ({"grow": "much"}, "grow is 'much'; give a whole number of pixels"),
        ({"feather": -1}, "feather is -1; give a whole number of pixels"),
        ({"threshold": "low"}, "the threshold is 'low'; give a number"),
        ({"color": "red"}, "the color is 'red'; give 3 or 6 hex digits"),
        ({"photo": "hello"}, "there is no photo; give one"),
        ({"photo": 5}, "there is no photo; give one"),
    ],
)
def test_programs_are_told_what_was_wrong(app: RunningApp, wrong: dict[str, object], words: str) -> None:
    before = app.log.read_text()
    with pytest.raises(Exception, match=words):
        Client(app.url, verbose=False).predict(**{"photo": handle_file(EXAMPLE), **wrong}, api_name="/remove")
    assert app.log.read_text() == before


def test_a_program_that_only_names_a_file_of_the_server_s_gets_nothing_of_it(app: RunningApp) -> None:
    theirs = app.home / "theirs.png"
    theirs.write_bytes(encoded(drawn_photo()))
    with pytest.raises(Exception, match="was not uploaded"):
        Client(app.url, verbose=False).predict({"path": str(theirs)}, api_name="/predict")
    assert theirs.exists()
