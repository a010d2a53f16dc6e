"""How long the page is busy with a stroke on a 12-megapixel photo: `python -m tests.benchmarks.strokes`.

A frame of a screen lasts 16.7 ms; what takes less is not seen as lag.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.annotating import Annotator, fill_queue
from tests.browser.conftest import QUIET
from tests.browser.running import RunningApp
from tests.chromium import system_chromium

HEIGHT, WIDTH = 3000, 4000
STROKE = """async (size) => {
  const { editor } = document.querySelector(".workbench");
  const taken = { move: [], paint: [], end: [], pan: [] };
  const time = (name, act) => {
    const begin = performance.now();
    act();
    taken[name].push(performance.now() - begin);
  };
  editor.setSize(size);
  editor.beginLine({ x: 500, y: 500 });
  for (let i = 0; i < 80; i++) {
    time("move", () => editor.continueLine([{ x: 500 + i * 40, y: 600 + 400 * Math.sin(i / 5) }]));
    if (editor.waiting) time("paint", () => editor.paint());
    await new Promise(requestAnimationFrame);
  }
  time("end", () => editor.finishLine());
  for (let i = 0; i < 20; i++) time("pan", () => (editor.view.pan(3, 3), editor.paintAll()));
  return Object.entries(taken).map(([name, each]) => {
    each.sort((one, other) => one - other);
    return `${name} ${each[each.length >> 1].toFixed(1)} (${each.at(-1).toFixed(1)})`;
  });
}"""


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        fill_queue(Path(folder), 2, HEIGHT, WIDTH)
        app = RunningApp(Path(folder))
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=QUIET)
        print("milliseconds of one step: median (longest)")
        for ratio in (1, 2):
            measure(browser, app.url, ratio)
        browser.close()
        app.stop()


def measure(browser: Browser, url: str, ratio: int) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844}, device_scale_factor=ratio)
    anna = Annotator.enter(page, url, name=f"Anna {ratio}")
    anna.wait_for_photo()
    for size in (100, 400):
        print(f"pixel ratio {ratio}, brush {size}: {', '.join(page.evaluate(STROKE, size))}")


if __name__ == "__main__":
    main()
