"""The modules of the canvas, in the browser that runs them, against Python's own answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from annotation.runs import from_runs, to_runs
from handseg import masks
from handseg.errors import sentence

pytestmark = pytest.mark.browser

HEIGHT, WIDTH = 48, 64
Mask = NDArray[np.bool_]


@pytest.fixture(scope="module")
def modules(browser: Browser, canvas: str) -> Iterator[Page]:
    """A page on which `load("mask.js")` gives that module."""
    page = browser.new_page()
    page.goto(canvas)
    page.evaluate("() => { window.load = (name) => import(`/${name}`) }")
    yield page
    page.close()


def blobs(seed: int) -> Mask:
    """Random, and blobby enough to have holes, specks and pieces that touch by a corner only."""
    noise = np.random.default_rng(seed).random((HEIGHT, WIDTH)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 1 + seed % 3) > 0.5


def changed(modules: Page, mask: Mask, act: str) -> Mask:
    """The mask after some JavaScript on it."""
    runs = modules.evaluate(
        """async ([runs, width, height, act]) => {
          const { Mask } = await load("mask.js");
          const mask = Mask.fromRuns(new Uint8Array(runs), width, height);
          new Function("mask", act)(mask);
          return Array.from(mask.toRuns());
        }""",
        [list(to_runs(mask)), WIDTH, HEIGHT, act],
    )
    return from_runs(bytes(runs), HEIGHT, WIDTH)


@pytest.mark.parametrize("seed", range(6))
def test_runs_are_the_same_bytes_in_both_languages(modules: Page, seed: int) -> None:
    mask = blobs(seed) if seed else np.ones((HEIGHT, WIDTH), bool)
    assert (changed(modules, mask, "") == mask).all()


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 1000, 70_000])
def test_digests_are_those_of_the_standard(modules: Page, length: int) -> None:
    content = np.random.default_rng(length).integers(0, 256, length).astype(np.uint8).tobytes()
    digest = modules.evaluate("async (bytes) => (await load('sha256.js')).sha256(new Uint8Array(bytes))", list(content))
    assert digest == hashlib.sha256(content).hexdigest()


def test_errors_are_the_same_sentences_in_both_languages_and_names_in_them_stay_as_they_are(modules: Page) -> None:
    names = ["hand.jpg: no photo", "data/run is no run", "a1b2c3 is gone", "segformer-b0: unknown", "8 bits"]
    words = ["it's gone; go on", "why?", "no: never", "sorry"]
    told = [sentence(each) for each in (*names, *words)]
    assert [each[0] for each in told] == [*"hdas8", *"IWNS"]
    program = "async (all) => all.map((message) => ({ message })).map((await load('words.js')).sentence)"
    assert modules.evaluate(program, [*names, *words]) == told


@pytest.mark.parametrize("seed", range(20))
def test_a_stroke_covers_what_is_near_its_way(modules: Page, seed: int) -> None:
    chance = np.random.default_rng(seed)
    x0, x1 = chance.integers(-10, WIDTH + 10, 2)
    y0, y1 = chance.integers(-10, HEIGHT + 10, 2)
    radius = chance.integers(1, 24) / 2
    stroke = f"mask.stroke({{x: {x0}, y: {y0}}}, {{x: {x1}, y: {y1}}}, {radius}, true)"
    painted = changed(modules, np.zeros((HEIGHT, WIDTH), bool), stroke)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    along = np.array([x1 - x0, y1 - y0], float)
    share = (((columns - x0) * along[0] + (rows - y0) * along[1]) / max(along @ along, 1e-9)).clip(0, 1)
    distance = np.hypot(columns - x0 - share * along[0], rows - y0 - share * along[1])
    decided = abs(distance - radius) > 1e-6
    assert (painted == (distance <= radius))[decided].all()


def thin_line(modules: Page, start: tuple[int, int], end: tuple[int, int], hand: bool = True) -> Mask:
    """What a brush of one pixel paints from x, y to x, y, or what an eraser leaves of a mask that is full."""
    (x0, y0), (x1, y1) = start, end
    stroke = f"mask.stroke({{x: {x0}, y: {y0}}}, {{x: {x1}, y: {y1}}}, 0, {str(hand).lower()})"
    return changed(modules, np.full((HEIGHT, WIDTH), not hand), stroke)


LINES = [(1, 1, 11, 4), (4, 11, 1, 1), (3, 40, 60, 2), (7, 5, 7, 30), (50, 9, 8, 9), (2, 2, 40, 40), (0, 0, 63, 47)]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_one_pixel_has_no_gaps_and_is_erased_by_the_way_back(modules: Page, line: tuple[int, ...]) -> None:
    start, end = line[:2], line[2:]
    painted = thin_line(modules, start, end)
    assert painted[start[::-1]]
    assert painted[end[::-1]]
    assert cv2.connectedComponents(painted.astype(np.uint8), connectivity=8)[0] == 2  # the line and what is not
    assert painted.sum() == 1 + max(abs(start[0] - end[0]), abs(start[1] - end[1]))
    assert (thin_line(modules, end, start, hand=False) == ~painted).all()


def test_a_line_of_one_pixel_goes_on_behind_the_edge_of_the_photo(modules: Page) -> None:
    painted = thin_line(modules, (-10, 5), (WIDTH + 10, 40))
    assert (painted.sum(axis=0) == 1).all()
    assert not thin_line(modules, (-3, 5), (-3, 40)).any()


@pytest.mark.parametrize("seed", range(6))
def test_filling_holes_fills_what_the_border_cannot_reach(modules: Page, seed: int) -> None:
    mask = blobs(seed)
    _, labels = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    expected = mask | ~np.isin(labels, [*edge, 0])
    assert (changed(modules, mask, "mask.fillHoles()") == expected).all()


@pytest.mark.parametrize("seed", range(6))
def test_removing_specks_keeps_large_pieces_and_always_the_largest(modules: Page, seed: int) -> None:
    mask = blobs(seed)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = boxes[:, cv2.CC_STAT_AREA]
    for least in (20, 10_000):
        kept = [i for i in range(1, len(areas)) if areas[i] >= least or areas[i] == areas[1:].max()]
        assert (changed(modules, mask, f"mask.removeSpecks({least})") == np.isin(labels, kept)).all()


@pytest.mark.parametrize("seed", range(3))
def test_growing_and_shrinking_by_a_pixel_is_what_the_ground_floor_calls_so(modules: Page, seed: int) -> None:
    mask = blobs(seed)
    assert (changed(modules, mask, "mask.grow(true)") == masks.grow(mask, 1)).all()
    assert (changed(modules, mask, "mask.grow(false)") == masks.grow(mask, -1)).all()


def test_a_lasso_takes_the_inside_of_its_line(modules: Page) -> None:
    corners = [(5, 4), (50, 8), (40, 40), (20, 18), (8, 44)]
    points = ", ".join(f"{{x: {x}, y: {y}}}" for x, y in corners)
    filled = changed(modules, np.zeros((HEIGHT, WIDTH), bool), f"mask.fill([{points}], true)")
    outline = np.array(corners, np.int32)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = [
        cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True)
        for x, y in zip(columns.flat, rows.flat, strict=True)
    ]
    signed = np.array(inside).reshape(HEIGHT, WIDTH)
    assert filled[signed > 0].all()
    assert not filled[signed < 0].any()


def test_a_lasso_that_overshoots_its_beginning_leaves_nothing_out(modules: Page) -> None:
    corners = [(10, 10), (50, 10), (50, 40), (10, 40), (12, 8), (30, 12)]
    points = ", ".join(f"{{x: {x}, y: {y}}}" for x, y in corners)
    for order in ("", ".reverse()"):
        filled = changed(modules, np.zeros((HEIGHT, WIDTH), bool), f"mask.fill([{points}]{order}, true)")
        assert filled[11:39, 13:49].all()
        assert not filled[:, 51:].any()


def test_any_number_of_specks_can_be_removed(modules: Page) -> None:
    left = modules.evaluate(
        """async () => {
          const { Mask } = await load("mask.js");
          const mask = new Mask(1000, 800);
          for (let y = 0; y < 800; y += 2) for (let x = 0; x < 1000; x += 2) mask.pixels[y * 1000 + x] = 1;
          mask.pixels.fill(1, 0, 21);
          mask.removeSpecks(16);
          return mask.count();
        }"""
    )
    assert left == 21


def test_any_acts_can_be_taken_back_and_done_again(modules: Page) -> None:
    assert modules.evaluate(
        """async ([width, height]) => {
          const { Mask } = await load("mask.js");
          const { History } = await load("history.js");
          const mask = new Mask(width, height);
          const history = new History(mask);
          const seen = [mask.pixels.slice()];
          let number = 7;
          const random = (below) => (number = (number * 48271) % 2147483647) % below;
          const place = () => ({ x: random(width), y: random(height) });
          for (let i = 0; i < 60; i++) {
            const acts = [
              () => mask.stroke(place(), place(), random(9), random(2)),
              () => mask.fill([place(), place(), place()], random(2)),
              () => mask.grow(random(2)),
              () => mask.fillHoles(),
            ];
            if (history.close(acts[random(acts.length)](), {})) seen.push(mask.pixels.slice());
          }
          const same = (at) => mask.pixels.every((value, i) => value === seen[at][i]);
          const steps = seen.length - 1;
          for (let at = steps; at >= 0; at--) {
            if (!same(at)) return false;
            history.undo();
          }
          for (let at = 1; at <= steps; at++) {
            history.redo();
            if (!same(at)) return false;
          }
          return steps > 30;
        }""",
        [WIDTH, HEIGHT],
    )
