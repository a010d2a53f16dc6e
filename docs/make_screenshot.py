"""Makes docs/annotate.png: the annotator's page with one of the rendered examples: python -m docs.make_screenshot"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from annotation.queue.arrivals import add_photo
from annotation.queue.looks import open_look
from annotation.store import Store
from annotation.terms import Facts
from handseg.settings import Settings
from tests.browser.annotating import Annotator
from tests.browser.running import RunningApp
from tests.chromium import system_chromium

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "handseg" / "demo" / "examples" / "hand-taking-cup-on-desk.jpg"


def main() -> None:
    """Put the example into a queue, click once, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(home=Path(folder))
        store = Store.open(settings)
        add_photo(store, EXAMPLE.read_bytes(), open_look(settings), Facts(source="examples", licence="CC0-1.0"))
        store.close()
        app = RunningApp(settings.home)
        browser = playwright.chromium.launch(executable_path=system_chromium(), args=["--no-sandbox"])
        anna = Annotator.enter(browser.new_page(viewport={"width": 1200, "height": 720}), app.url)
        anna.wait_for_photo()
        anna.page.wait_for_selector(".assistant.ready")
        anna.press("n")
        anna.click(560, 110)
        anna.page.wait_for_timeout(800)
        anna.press("v")
        anna.page.wait_for_timeout(300)
        anna.page.screenshot(path=HERE / "annotate.png")
        browser.close()
        app.stop()


if __name__ == "__main__":
    main()
