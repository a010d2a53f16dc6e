"""How long a corrected 12-megapixel mask takes from the click on save to the acknowledgement.

The named peer is gr.ImageEditor, set up for the same photo and mask, in the same browser and run:
`python -m tests.benchmarks.saving`
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.annotating import Annotator, add_drawn, store_in
from tests.browser.conftest import QUIET
from tests.browser.running import RunningApp
from tests.chromium import system_chromium
from tests.pictures import drawn_mask, drawn_photo

HEIGHT, WIDTH = 3000, 4000
REPEATS = 3


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=QUIET)
        ours = seconds_of_workbench(browser, Path(folder))
        theirs = seconds_of_image_editor(browser, Path(folder))
        browser.close()
    print(f"workbench {ours:.2f} s, gr.ImageEditor {theirs:.1f} s: {theirs / ours:.0f} times as fast (at least 20)")


def seconds_of_workbench(browser: Browser, home: Path) -> float:
    """The median over some photos, from the key press until the page says that the mask is saved."""
    store = store_in(home)
    for seed in range(REPEATS):
        add_drawn(store, HEIGHT, WIDTH, seed)
    store.close()
    app = RunningApp(home)
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    anna = Annotator.enter(page, app.url)
    seconds = []
    for _ in range(REPEATS):
        photo_id = anna.wait_for_photo()
        anna.paint((500, 500), (2500, 1500))
        begin = time.perf_counter()
        anna.press("2")
        page.wait_for_function("document.querySelector('.said').textContent.startsWith('Saved')", polling=10)
        seconds.append(time.perf_counter() - begin)
        page.evaluate("document.querySelector('.said').textContent = ''")
        expect(page.locator(f'.workbench:not([data-photo="{photo_id}"])')).to_be_attached(timeout=30_000)
    page.close()
    app.stop()
    return statistics.median(seconds)


def seconds_of_image_editor(browser: Browser, folder: Path) -> float:
    """Once, from the click on the button until the server's answer is on the page."""
    photo, layer = folder / "photo.png", folder / "layer.png"
    Image.fromarray(drawn_photo(HEIGHT, WIDTH)).save(photo)
    mask = drawn_mask(HEIGHT, WIDTH)
    Image.fromarray(np.dstack([np.full((*mask.shape, 3), 255, np.uint8), mask * np.uint8(255)])).save(layer)
    value = {"background": str(photo), "layers": [str(layer)], "composite": str(photo)}

    def save(edited: dict) -> str:
        return f"Saved: {np.count_nonzero(edited['layers'][0][..., 3])} pixels"

    with gr.Blocks() as blocks:
        editor = gr.ImageEditor(value, type="numpy", canvas_size=(WIDTH, HEIGHT), height=600)
        answer = gr.Textbox(label="answer")
        gr.Button("Save").click(save, editor, answer)
    _, url, _ = blocks.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False, allowed_paths=[str(folder)])
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(url)
    paint_in_image_editor(page)
    begin = time.perf_counter()
    page.get_by_role("button", name="Save").click(timeout=120_000)
    expect(page.get_by_label("answer")).to_have_value(re.compile("Saved"), timeout=300_000)
    seconds = time.perf_counter() - begin
    page.close()
    blocks.close()
    return seconds


def paint_in_image_editor(page: Page) -> None:
    canvas = page.locator(".image-container canvas, canvas").first
    expect(canvas).to_be_visible(timeout=120_000)
    page.wait_for_timeout(8000)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()
    page.wait_for_timeout(3000)


if __name__ == "__main__":
    main()
