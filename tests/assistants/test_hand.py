"""The hand assistant with a network that knows what is red; see `tiny.WEIGHTS`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handseg.assistants.correction import corrected
from handseg.assistants.guidance import RADIUS, guidance
from handseg.assistants.hand import HandAssistant, open_hand
from handseg.assistants.kept import keep
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.assistants.views import change_at, closer_window, first_window
from handseg.masks import Mask
from handseg.metrics import count
from handseg.photos import Photo
from tests.pictures import drawn_mask

HEIGHT, WIDTH = 240, 320


@pytest.fixture(scope="module")
def hand(hand_folder: Path) -> HandAssistant:
    return open_hand(hand_folder, threads=1)


def red_hands(height: int = HEIGHT, width: int = WIDTH) -> tuple[Photo, Mask]:
    """A large and a small red hand before blue."""
    rows, columns = np.mgrid[:height, :width]
    large = np.hypot(rows / height - 0.4, (columns / width - 0.3) * width / height) < 0.25
    small = np.hypot(rows / height - 0.7, (columns / width - 0.85) * width / height) < 0.05
    photo = np.where((large | small)[..., None], (220, 40, 40), (40, 40, 220)).astype(np.uint8)
    return photo, large | small


@pytest.mark.parametrize(("height", "width"), [(HEIGHT, WIDTH), (700, 500), (1500, 2000)])
def test_a_click_on_each_hand_finds_it(hand: HandAssistant, height: int, width: int) -> None:
    photo, truth = red_hands(height, width)
    embedding, mask, points = hand.encode(photo), np.zeros_like(truth), ()
    for x, y in [(0.3, 0.4), (0.85, 0.7)]:
        points = (*points, Point(round(x * width), round(y * height), 1))
        mask = corrected(mask, hand.propose(embedding, Prompt(points), mask)[0], Prompt(points))
    assert count(mask, truth).iou > 0.95


def test_a_small_hand_is_looked_at_closer_once_it_is_found(hand: HandAssistant) -> None:
    photo, truth = red_hands()
    looks = list(hand._looks(hand.encode(photo), Prompt((Point(272, 168, 1),)), np.zeros_like(truth)))
    assert (looks[0].window.height, looks[0].window.width) == (HEIGHT, WIDTH)
    assert looks[1].window.area < 0.2 * HEIGHT * WIDTH
    assert looks[1].before[looks[1].points[0].y, looks[1].points[0].x], "what the first look found is the mask so far"


def test_elsewhere_the_mask_stays(hand: HandAssistant) -> None:
    photo, truth = red_hands()
    mask = np.random.default_rng(0).random(truth.shape) < 0.01
    prompt = Prompt((Point(272, 168, 1),))
    *_, look = hand._looks(hand.encode(photo), prompt, mask)
    assert 0 < look.window.area < HEIGHT * WIDTH
    elsewhere = np.ones_like(mask)
    elsewhere[look.window.slices] = False
    for proposal in hand.propose(hand.encode(photo), prompt, mask):
        assert np.array_equal(proposal[elsewhere], mask[elsewhere])


def test_a_box_finds_what_is_in_it(hand: HandAssistant) -> None:
    photo, truth = red_hands()
    prompt = Prompt(box=Box(250, 140, 300, 200))
    mask = corrected(np.zeros_like(truth), hand.propose(hand.encode(photo), prompt, np.zeros_like(truth))[0], prompt)
    truth[:, :250] = False
    assert count(mask, truth).iou > 0.9


def test_a_clicked_pixel_obeys_in_every_proposal(hand: HandAssistant) -> None:
    photo, truth = red_hands()
    embedding = hand.encode(photo)
    for x, y, label in [(96, 96, 0), (10, 230, 1), (0, 0, 1), (319, 239, 1), (96, 96, 1)]:
        for proposal in hand.propose(embedding, Prompt((Point(x, y, label),)), truth):
            assert proposal[y, x] == bool(label)


def test_the_proposals_are_a_mask_a_larger_and_a_smaller_one(hand: HandAssistant) -> None:
    photo, truth = red_hands()
    soft = (photo * np.linspace(0.2, 1, WIDTH)[None, :, None]).astype(np.uint8)
    best, larger, smaller = (
        proposal for proposal in hand.propose(hand.encode(soft), Prompt((Point(96, 96, 1),)), truth)
    )
    assert smaller.sum() < best.sum() < larger.sum()


def test_a_large_photo_is_kept_small(hand: HandAssistant) -> None:
    assert hand.encode(np.zeros((3000, 4000, 3), np.uint8)).nbytes < 16_000_000


def test_the_hand_assistant_needs_no_torch(hand_folder: Path) -> None:
    program = (
        "import sys, numpy as np\n"
        "from handseg.assistants import open_assistant\n"
        "from handseg.assistants.prompts import Point, Prompt\n"
        "from handseg.settings import Settings\n"
        f"hand = open_assistant({str(hand_folder)!r}, Settings())\n"
        "photo = hand.encode(np.zeros((48, 64, 3), np.uint8))\n"
        "hand.propose(photo, Prompt((Point(3, 4, 1),)), np.zeros((48, 64), bool))\n"
        "print(*sys.modules)"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert "onnxruntime" in answer.stdout
    assert not {"torch", "transformers", "huggingface_hub"} & set(answer.stdout.split())


def test_a_prompt_becomes_pictures() -> None:
    mask = drawn_mask()
    on_hand, beside, so_far, inside = guidance(mask, [Point(20, 30, 1), Point(50, 9, 0)], Box(4, 6, 10, 20))
    rows, columns = np.mgrid[:48, :64]
    for picture, x, y in ((on_hand, 20, 30), (beside, 50, 9)):
        distance = np.hypot(rows - y, columns - x)
        assert picture[distance <= RADIUS].all()
        assert not picture[distance > RADIUS + 1].any()
    assert np.array_equal(so_far, mask)
    assert inside.sum() == 6 * 14
    assert inside[6:20, 4:10].all()


@settings(max_examples=200)
@given(data=st.data(), height=st.integers(1, 900), width=st.integers(1, 900))
def test_windows_lie_in_the_photo_and_hold_the_click(data: st.DataObject, height: int, width: int) -> None:
    photo, mask = keep(np.zeros((height, width, 3), np.uint8), 300), np.zeros((height, width), bool)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    mask[top : top + data.draw(st.integers(0, height)), left : left + data.draw(st.integers(0, width))] = True
    prompt = Prompt((Point(x, y, 1),), data.draw(st.none() | st.just(Box(0, 0, width, height))))
    window = first_window(photo, prompt, mask, least=40)
    before = np.zeros((32, 64), bool)
    after = before.copy()
    after[8:14, 10:15] = True
    inside = [window]
    if closer := closer_window(photo, window, before, after, Point(12, 10, 1), least=20):
        assert closer.area < window.area
        inside.append(closer)
    for each in inside:
        assert 0 <= each.top < each.bottom <= height
        assert 0 <= each.left < each.right <= width
    assert window.top <= y < window.bottom
    assert window.left <= x < window.right


def test_a_rim_of_a_pixel_does_not_belong_to_what_changed_at_a_click() -> None:
    before = np.zeros((60, 80), bool)
    before[20:50, 10:50] = True
    after = before.copy()
    after[19:51, 9:51] = True
    after[30:40, 50:65] = True
    changed = change_at(before, after, Point(58, 35, 1))
    assert changed[30:40, 51:65].all()
    assert changed.sum() < 12 * 18
    assert not change_at(before, before, Point(58, 35, 1)).any()
