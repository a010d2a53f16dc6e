"""An annotator at the page, and a queue for them to work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from annotation.queue.arrivals import Added, add_photo
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.runs import from_runs
from annotation.store import Store
from annotation.store.records import Record
from annotation.terms import Facts
from handseg import masks
from handseg.settings import Settings
from tests.pictures import drawn_mask, drawn_photo, encoded

Mask = NDArray[np.bool_]


def store_in(home: Path) -> Store:
    return Store.open(Settings(home=home))


def fill_queue(home: Path, count: int, height: int = 48, width: int = 64) -> list[str]:
    """Photos to correct, each with an ellipse for a mask; gives their ids."""
    store = store_in(home)
    added = [add_drawn(store, height, width, seed) for seed in range(count)]
    store.close()
    return [each.photo_id for each in added]


def add_drawn(store: Store, height: int, width: int, seed: int = 0) -> Added:
    content = encoded(drawn_photo(height, width, seed), "JPEG", quality=90)
    seen = Seen(drawn_mask(height, width), "drawn", Doubt(0.5, "the edge is unsure"))
    return add_photo(store, content, lambda _: seen, Facts(source="test", licence="CC0-1.0"), random_share=0)


class Annotator:
    """Works as people do: by pointer and keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def enter(cls, page: Page, url: str, name: str = "Anna", path: str = "/annotate") -> Annotator:
        """Open the page and sign in."""
        page.goto(url + path)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Start").click()
        return cls(page)

    def wait_for_photo(self) -> str:
        """Until a photo is open; gives its id."""
        expect(self.page.locator(".workbench[data-photo]")).to_be_visible(timeout=20_000)
        return self.page.locator(".workbench").get_attribute("data-photo")

    def painted(self, *points: tuple[float, float]) -> Mask:
        """A stroke as by `paint`, and the mask with it."""
        self.paint(*points)
        return self.mask()

    def paint(self, *points: tuple[float, float], steps: int = 4) -> None:
        """A stroke through these places of the photo, with the tool that is chosen."""
        places = [self.place(*point) for point in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=steps)
        self.page.mouse.up()

    def click(self, x: float, y: float, **options: str) -> None:
        self.page.mouse.click(*self.place(x, y), **options)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the photo is on the page."""
        return tuple(
            self.page.evaluate(
                """([x, y]) => {
                  const { editor } = document.querySelector(".workbench");
                  const box = editor.stage.getBoundingClientRect();
                  const at = editor.view.toScreen(x, y);
                  return [box.left + at.x / devicePixelRatio, box.top + at.y / devicePixelRatio];
                }""",
                [x, y],
            )
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def mask(self) -> Mask:
        """The mask as the page has it."""
        width, height, runs = self.page.evaluate(
            """() => {
              const { mask } = document.querySelector(".workbench").editor;
              return [mask.width, mask.height, Array.from(mask.toRuns())];
            }"""
        )
        return from_runs(bytes(runs), height, width)

    def save(self, key: str = "2") -> None:
        """Press a verdict, and wait until the next photo is open, or the queue is empty."""
        before = self.page.locator(".workbench").get_attribute("data-photo")
        self.press(key)
        expect(self.page.locator(f'.workbench:not([data-photo="{before}"])')).to_be_attached(timeout=30_000)

    def sign_in_again(self, password: str) -> None:
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Password").fill(password)
        dialog.get_by_role("button", name="Start").click()
        expect(dialog).to_have_count(0)

    def said(self) -> str:
        return self.page.locator(".said").inner_text()


def stored_mask(store: Store, record: Record) -> Mask:
    return masks.from_png(store.masks.read(record.mask))
