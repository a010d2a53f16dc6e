"""Whether memory stays flat over many annotations in one page: `python -m tests.benchmarks.soak [count]`.

Prints, every so many photos, the browser page's memory (JavaScript heap after a collection, and resident memory of the
page's process) and the server's resident memory.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.annotating import Annotator, add_drawn, store_in
from tests.browser.conftest import QUIET
from tests.browser.running import RunningApp
from tests.chromium import system_chromium

HEIGHT, WIDTH = 720, 1280
LINES = 10


def main(count: int = 500) -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        store = store_in(Path(folder))
        for seed in range(count + 1):
            add_drawn(store, HEIGHT, WIDTH, seed)
        app = RunningApp(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=system_chromium(), args=[*QUIET, "--renderer-process-limit=1"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 844})
        anna = Annotator.enter(page, app.url)
        anna.wait_for_photo()
        print("photos  heap MB  page MB  server MB  seconds per photo")
        begin, chance = time.perf_counter(), random.Random(0)
        for done in range(1, count + 1):
            correct(anna, chance, prompt=done % 5 == 0)
            if done % max(1, count // LINES) == 0 or done == 5:
                server = resident(app.process.pid)
                seconds = (time.perf_counter() - begin) / done
                print(f"{done:6} {heap(page):8.1f} {page_memory():8.0f} {server:10.0f} {seconds:10.2f}", flush=True)
        assert store.counts().done >= count * 0.9
        store.close()
        browser.close()
        app.stop()


def correct(anna: Annotator, chance: random.Random, prompt: bool) -> None:
    """Two strokes, now and then a click for the assistant, and a save."""
    anna.press("b")
    for _ in range(2):
        anna.paint(*((chance.randrange(WIDTH), chance.randrange(HEIGHT)) for _ in range(3)))
    if prompt:
        anna.press("p")
        anna.click(chance.randrange(WIDTH), chance.randrange(HEIGHT))
        anna.page.wait_for_timeout(300)
    anna.save()


def heap(page: Page) -> float:
    """Megabytes of JavaScript objects that are in use."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    return (used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6


def resident(pid: int) -> float:
    """Megabytes of memory that a process has."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def page_memory() -> float:
    """Of the largest renderer on this machine."""
    found = [0.0]
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if b"--type=renderer" in (process / "cmdline").read_bytes():
                    found.append(resident(int(process.name)))
            except (OSError, IndexError):
                continue
    return max(found)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
