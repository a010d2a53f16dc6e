"""The annotator's page, used as annotators use it."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, Route, expect

from annotation.store import Store
from handseg.assistants import default_assistant
from tests.browser.annotating import Mask, fill_queue, stored_mask
from tests.browser.conftest import Enter
from tests.pictures import drawn_mask

pytestmark = pytest.mark.browser

SIZES = [(480, 640), (800, 600), (720, 1280), (3000, 4000)]


def capsules(shape: tuple[int, int], points: list[tuple[int, int]], radius: float) -> tuple[Mask, Mask]:
    """What a brush covers, by the distance from its way, and the pixels for which rounding does not decide."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    nearest = np.full(shape, np.inf)
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        along = np.array([x1 - x0, y1 - y0], float)
        length = max(along @ along, 1e-9)
        share = (((columns - x0) * along[0] + (rows - y0) * along[1]) / length).clip(0, 1)
        distance = np.hypot(columns - x0 - share * along[0], rows - y0 - share * along[1])
        nearest = np.minimum(nearest, distance)
    return nearest <= radius, abs(nearest - radius) > 1e-6


@pytest.mark.parametrize("ratio", [1, 2])
def test_what_is_painted_is_what_lies_on_the_disk(enter: Enter, home: Path, store: Store, ratio: int) -> None:
    sizes = {fill_queue(home, 1, *size)[0]: size for size in SIZES}
    anna = enter(device_scale_factor=ratio)
    for _ in SIZES:
        photo_id = anna.wait_for_photo()
        height, width = sizes.pop(photo_id)
        way = [(width // 5, height // 4), (width // 2, height * 3 // 4), (width * 4 // 5, height // 3)]
        anna.paint(*way)
        anna.press("e")
        anna.paint((width // 3, height // 3), (width // 2, height // 2))
        anna.press("l")
        anna.paint((width // 10, height // 10), (width // 4, height // 10), (width // 6, height // 4))
        anna.press("g", "b")  # one to one, where the stage shows a part of a large photo
        anna.paint((width // 2, height // 2), (width // 2 + 60, height // 2 + 30))
        painted = anna.mask()
        anna.save()
        [record] = store.records(photo_id)
        on_disk = stored_mask(store, record)
        assert np.count_nonzero(on_disk != painted) == 0
        assert (on_disk != drawn_mask(height, width)).any()
        assert record.verdict == "edited"
        assert record.pixels == np.count_nonzero(painted)


def test_the_brush_covers_the_pixels_within_its_radius(enter: Enter, home: Path) -> None:
    fill_queue(home, 2, 480, 640)
    for ratio in (1, 2):
        anna = enter(f"Anna {ratio}", device_scale_factor=ratio)
        anna.wait_for_photo()
        anna.press("Delete")
        anna.page.get_by_label("Brush size").fill("21")
        anna.press("f")
        way = [(100, 100), (300, 220), (500, 90)]
        anna.paint(*way, steps=1)
        expected, decided = capsules((480, 640), way, radius=10)
        assert (anna.mask() == expected)[decided].all()


def test_a_photo_opens_fitted_and_centred(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 405, 720)
    for width in (700, 1280, 1917, 1920):
        anna = enter(viewport={"width": width, "height": 1000})
        anna.wait_for_photo()
        left, top = anna.place(-0.5, -0.5)
        right, bottom = anna.place(719.5, 404.5)
        stage = anna.page.locator(".stage").bounding_box()
        margins = [left - stage["x"], top - stage["y"]]
        margins += [stage["x"] + stage["width"] - right, stage["y"] + stage["height"] - bottom]
        assert min(margins) > -2
        assert min(abs(margins[0]), abs(margins[1])) < 2
        assert abs(margins[0] - margins[2]) < 3
        assert abs(margins[1] - margins[3]) < 3
        anna.page.close()


def test_a_single_pixel_can_be_painted_and_erased(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.press("Delete")
    anna.page.get_by_label("Brush size").fill("1")
    anna.click(40, 30)
    assert np.argwhere(anna.mask()).tolist() == [[30, 40]]
    anna.click(40, 30, button="right")
    assert not anna.mask().any()


def test_a_line_of_one_pixel_can_be_painted_erased_and_taken_back(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    anna.press("Delete")
    anna.page.get_by_label("Brush size").fill("1")
    anna.paint((5, 4), (52, 17), (9, 40), steps=1)
    painted = anna.mask()
    assert painted.sum() == 1 + (52 - 5) + (52 - 9)
    assert painted[4, 5]
    assert painted[40, 9]
    anna.press("e")
    anna.paint((9, 40), (52, 17), (5, 4), steps=1)
    assert not anna.mask().any()
    anna.press("z")
    assert (anna.mask() == painted).all()


def test_everything_can_be_undone_and_done_again(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    seen = [anna.mask()]
    for keys in (["+"], ["-"], ["i"], ["Delete"]):
        anna.press(*keys)
        seen.append(anna.mask())
    anna.press("b")
    anna.paint((20, 20), (40, 30))
    seen.append(anna.mask())
    anna.press("p")
    anna.click(22, 19)
    expect(anna.page.locator(".said")).to_contain_text("ms", timeout=10_000)
    seen.append(anna.mask())
    assert anna.page.locator(".marks .point").count() == 1
    distinct = [seen[0]] + [after for before, after in itertools.pairwise(seen) if (before != after).any()]
    for mask in reversed(distinct[:-1]):
        for _ in range(3):
            if (anna.mask() == mask).all():
                break
            anna.press("Control+z")
        assert (anna.mask() == mask).all()
    assert anna.page.locator(".marks .point").count() == 0
    anna.press(*["y"] * 7)
    assert (anna.mask() == seen[-1]).all()


def test_a_proposal_leaves_alone_what_was_painted_by_hand(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()
    anna.press("e")
    anna.paint((200, 200), (240, 200))
    erased = ~anna.mask() & drawn_mask(480, 640)
    assert erased.any()
    anna.press("r")
    anna.paint((100, 100), (500, 400))
    expect(anna.page.locator(".said")).to_contain_text("ms", timeout=10_000)
    assert not (anna.mask() & erased).any()


def test_one_key_chooses_among_the_proposals_as_one_act(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()
    start = anna.mask()
    anna.press("p")
    anna.click(500, 400)
    expect(anna.page.locator(".said")).to_contain_text("proposal 1 of 3", timeout=10_000)
    proposals = [anna.mask()]
    for _ in range(3):
        anna.press("c")
        proposals.append(anna.mask())
    assert len({proposal.tobytes() for proposal in proposals[:3]}) == 3
    assert (proposals[3] == proposals[0]).all()
    anna.press("z")
    assert (anna.mask() == start).all()
    anna.press("y")
    assert (anna.mask() == proposals[0]).all()
    anna.save()
    [record] = store.records(photo_id)
    assert record.assistant.partition("@")[0] == default_assistant()
    assert json.loads(record.prompts)[-1]["prompt"]["points"] == [[500, 400, 1]]


def test_an_answer_that_comes_too_late_changes_nothing(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()
    start = anna.mask()
    held: list[Route] = []
    anna.page.route("**/propose", lambda route: held.append(route))
    anna.press("p")
    anna.click(500, 400)
    anna.page.wait_for_timeout(200)
    anna.press("z")
    [late] = held
    with contextlib.suppress(Error):  # the page has given the request up
        late.continue_()
    anna.page.wait_for_timeout(500)
    assert (anna.mask() == start).all()
    assert anna.page.locator(".marks .point").count() == 0


def test_an_answer_waits_for_the_stroke_and_is_given_up_by_other_acts(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()

    def late(route: Route) -> None:
        answer = route.fetch()
        anna.page.wait_for_timeout(400)
        route.fulfill(response=answer)

    anna.page.route("**/propose", late)
    anna.press("p")
    anna.click(500, 400)
    anna.press("b")
    anna.page.mouse.move(*anna.place(30, 30))
    anna.page.mouse.down()
    for x in range(40, 240, 20):  # while the answer comes
        anna.page.mouse.move(*anna.place(x, 30))
        anna.page.wait_for_timeout(60)
    anna.page.mouse.up()
    assert anna.mask()[30, 30:220].all()
    expect(anna.page.locator(".said")).to_contain_text("proposal 1 of", timeout=10_000)
    anna.press("p")
    anna.click(100, 400)
    anna.press("Delete")
    anna.page.wait_for_timeout(1500)
    assert not anna.mask().any()


def test_a_photo_is_not_saved_while_the_assistant_is_asked(enter: Enter, home: Path, store: Store) -> None:
    [photo_id] = fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()
    held: list[Route] = []
    anna.page.route("**/propose", lambda route: held.append(route))
    anna.press("p")
    anna.click(500, 400)
    anna.press("2")
    expect(anna.page.locator(".said")).to_contain_text("Press again to save without it")
    assert not store.records(photo_id)
    anna.save()
    assert store.records(photo_id)


def test_a_key_that_is_held_saves_one_photo(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 4)
    anna = enter()
    first = anna.wait_for_photo()
    for _ in range(30):
        anna.page.keyboard.down("Enter")  # without up: the key repeats
        anna.page.wait_for_timeout(50)
    assert [record.photo_id for record in store.newest_records(10)] == [first]


def test_nothing_can_be_drawn_while_the_next_photo_is_on_its_way(enter: Enter, home: Path) -> None:
    fill_queue(home, 2)
    anna = enter()
    first = anna.wait_for_photo()
    anna.page.context.set_offline(True)
    anna.press("4")
    expect(anna.page.locator(".alarm")).to_contain_text("cannot be fetched", timeout=10_000)
    before = anna.mask()
    anna.paint((10, 40), (50, 44))
    assert (anna.mask() == before).all()
    anna.page.context.set_offline(False)
    expect(anna.page.locator(f'.workbench:not([data-photo="{first}"])')).to_be_attached(timeout=20_000)
    anna.wait_for_photo()
    anna.paint((10, 40), (50, 44))
    assert (anna.mask() != drawn_mask(48, 64)).any()


def test_the_outline_is_drawn_alike_in_parts_and_as_a_whole(enter: Enter, home: Path) -> None:
    fill_queue(home, 1, 480, 640)
    anna = enter()
    anna.wait_for_photo()
    anna.press("v")
    anna.page.wait_for_timeout(200)
    same = """() => {
      const { editor } = document.querySelector(".workbench");
      const { overlay } = editor.painting;
      const pixels = () => overlay.getImageData(0, 0, overlay.canvas.width, overlay.canvas.height).data;
      editor.paintAll();
      const whole = pixels().slice();
      for (let x = 100; x < 400; x += 37) {
        editor.painting.drawMask(editor.view, editor.mask, { left: x, top: x + 7, right: x + 30, bottom: x + 27 });
      }
      return pixels().every((value, at) => value === whole[at]);
    }"""
    assert anna.page.evaluate(same)


def test_two_annotators_never_meet(enter: Enter, home: Path, store: Store) -> None:
    photo_ids = fill_queue(home, 8)
    team = [enter("Anna"), enter("Ben")]
    masks = {}
    for turn in range(4):
        for who, annotator in enumerate(team):
            photo_id = annotator.wait_for_photo()
            assert photo_id not in masks
            annotator.paint((10 + 5 * turn, 10 + 12 * who), (30, 12 + 12 * who))
            masks[photo_id] = annotator.mask()
        for annotator in team:
            annotator.save()
    assert set(masks) == set(photo_ids)
    for photo_id, painted in masks.items():
        [record] = store.records(photo_id)
        assert (stored_mask(store, record) == painted).all()
    assert {each.annotator: each.records for each in store.by_annotator()} == {"Anna": 4, "Ben": 4}


def test_each_verdict_has_its_key(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 5)
    anna = enter()
    given = {}
    for key, verdict in (("1", "accepted"), ("3", "no_hand"), ("5", "rejected"), ("4", None)):
        photo_id = anna.wait_for_photo()
        anna.save(key)
        given[photo_id] = verdict
    for photo_id, verdict in given.items():
        assert [each.verdict for each in store.records(photo_id)] == ([verdict] if verdict else [])
    photo_id = anna.wait_for_photo()
    assert photo_id not in given
    anna.press("Delete", "2")
    expect(anna.page.locator(".said")).to_contain_text("Press 3 if there is no hand")
    assert not store.records(photo_id)


def test_a_photo_that_was_skipped_by_mistake_comes_back_with_what_was_drawn(enter: Enter, home: Path) -> None:
    fill_queue(home, 2)
    anna = enter()
    saved = anna.wait_for_photo()
    anna.save()
    skipped = anna.wait_for_photo()
    painted = anna.painted((10, 40), (50, 44))
    anna.save("4")
    expect(anna.page.locator(".alarm")).to_contain_text("1 photo to do is with others, or you have skipped it.")
    anna.page.get_by_role("button", name="Last one again").click()
    assert anna.wait_for_photo() == skipped
    assert (anna.mask() == painted).all()
    anna.save(",")
    assert anna.wait_for_photo() == saved


def test_a_mask_that_was_saved_as_no_hand_by_mistake_can_be_taken_back(enter: Enter, home: Path, store: Store) -> None:
    fill_queue(home, 2)
    anna = enter()
    photo_id = anna.wait_for_photo()
    start = anna.mask()
    painted = anna.painted((10, 40), (50, 44))
    anna.save("3")
    anna.wait_for_photo()
    anna.save(",")
    assert anna.wait_for_photo() == photo_id
    assert not anna.mask().any()
    anna.press("z")
    assert (anna.mask() == painted).all()
    anna.press("z")
    assert (anna.mask() == start).all()
    anna.press("y")
    anna.save()
    assert [each.verdict for each in store.records(photo_id)] == ["no_hand", "edited"]
    assert (stored_mask(store, store.records(photo_id)[-1]) == painted).all()


def test_all_commands_say_their_keys_and_their_names(enter: Enter, home: Path) -> None:
    fill_queue(home, 1)
    anna = enter()
    anna.wait_for_photo()
    for name, key in (("Brush", "B"), ("Eraser", "E"), ("Undo", "Z"), ("Accept", "1"), ("Fill holes", "I")):
        button = anna.page.get_by_role("button", name=re.compile(f"^{name}"))
        assert f"({key})" in button.get_attribute("title")
        assert button.get_attribute("aria-keyshortcuts") == key
    anna.press("?")
    expect(anna.page.get_by_role("dialog")).to_contain_text("Remove specks")
    anna.press("Escape")
    expect(anna.page.get_by_role("dialog")).to_be_hidden()
