from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handseg.assistants.correction import corrected
from handseg.assistants.cuts import cut
from handseg.assistants.grabcut import GrabCut
from handseg.assistants.kept import KeptPhoto, moved, moved_box
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.masks import Mask
from handseg.metrics import count
from handseg.photos import Photo
from handseg.resizing import shrunk_size

SKIN, WALL = (205, 150, 125), (70, 90, 110)


def hand_photo(height: int, width: int) -> tuple[Photo, Mask]:
    """A hand-coloured ellipse before a wall, both with some noise, and where it is."""
    rows, columns = np.mgrid[:height, :width]
    hand = ((rows / height - 0.55) / 0.25) ** 2 + ((columns / width - 0.4) / 0.2) ** 2 < 1
    noise = np.random.default_rng(0).normal(0, 6, (height, width, 3))
    photo = np.where(hand[..., None], SKIN, WALL) + noise
    return photo.clip(0, 255).astype(np.uint8), hand


def without_right_half(hand: Mask) -> Mask:
    mask = hand.copy()
    mask[:, round(0.42 * hand.shape[1]) :] = False
    return mask


@pytest.mark.parametrize(("height", "width"), [(120, 160), (700, 500), (1500, 2000)])
def test_a_click_on_a_missing_part_adds_it(height: int, width: int) -> None:
    photo, hand = hand_photo(height, width)
    mask = without_right_half(hand)
    prompt = Prompt((Point(round(0.5 * width), round(0.55 * height), 1),))
    assistant = GrabCut()
    proposals = assistant.propose(assistant.encode(photo), prompt, mask)
    corrections = [corrected(mask, proposal, prompt) for proposal in proposals]
    assert count(mask, hand).iou < 0.6
    assert count(corrections[0], hand).iou > 0.8
    assert max(count(correction, hand).iou for correction in corrections) > 0.98


@pytest.mark.parametrize(("height", "width"), [(120, 160), (1500, 2000)])
def test_a_click_beside_the_hand_takes_away_what_is_not_hand(height: int, width: int) -> None:
    photo, hand = hand_photo(height, width)
    mask = hand.copy()
    mask[round(0.45 * height) : round(0.65 * height), round(0.55 * width) : round(0.8 * width)] = True
    prompt = Prompt((Point(round(0.7 * width), round(0.55 * height), 0),))
    assistant = GrabCut()
    proposal = assistant.propose(assistant.encode(photo), prompt, mask)[0]
    assert count(mask, hand).iou < 0.85
    assert count(corrected(mask, proposal, prompt), hand).iou > 0.93


def test_a_click_on_a_hand_that_nobody_has_found_finds_it() -> None:
    photo, hand = hand_photo(240, 320)
    assistant, prompt = GrabCut(), Prompt((Point(128, 132, 1),))
    proposal = assistant.propose(assistant.encode(photo), prompt, np.zeros_like(hand))[0]
    assert count(proposal, hand).iou > 0.9


def test_a_box_around_a_hand_finds_it_and_leaves_the_rest_of_the_mask() -> None:
    photo, hand = hand_photo(240, 320)
    mask = np.zeros_like(hand)
    mask[:20, 280:] = True
    prompt = Prompt(box=Box(55, 65, 200, 200))
    assistant = GrabCut()
    proposal = assistant.propose(assistant.encode(photo), prompt, mask)[0]
    assert count(proposal, hand | mask).iou > 0.9
    assert proposal[:20, 280:].all()


def test_a_clicked_pixel_obeys_in_every_proposal() -> None:
    photo, hand = hand_photo(120, 160)
    assistant = GrabCut()
    embedding = assistant.encode(photo)
    for x, y, label in [(64, 66, 0), (150, 10, 1), (0, 0, 1), (159, 119, 1), (64, 66, 1)]:
        for proposal in assistant.propose(embedding, Prompt((Point(x, y, label),)), hand):
            assert proposal[y, x] == bool(label)


def test_far_from_the_click_the_mask_stays_and_other_points_do_not_matter() -> None:
    photo, hand = hand_photo(300, 400)
    photo = np.concatenate([photo, photo[:, ::-1]], axis=1)
    mask = np.concatenate([hand, ~hand], axis=1)
    mask[:, 330:470] = False
    assistant, near = GrabCut(), Point(200, 165, 1)
    embedding = assistant.encode(photo)
    proposals = assistant.propose(embedding, Prompt((near,)), mask)
    for proposal in proposals:
        assert np.array_equal(proposal[:, 500:], mask[:, 500:])
    again = assistant.propose(embedding, Prompt((Point(780, 20, 0), near)), mask)
    assert all(map(np.array_equal, proposals, again))


def test_a_photo_of_one_colour_is_answered() -> None:
    photo = np.full((60, 80, 3), 90, np.uint8)
    proposals = GrabCut().propose(GrabCut().encode(photo), Prompt((Point(40, 30, 1),)), np.zeros((60, 80), bool))
    assert all(proposal[30, 40] for proposal in proposals)


def test_a_cut_that_opencv_refuses_keeps_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise cv2.error("no mixture")

    labels = np.full((8, 9), cv2.GC_PR_BGD, np.uint8)
    labels[2:5, 3:6] = cv2.GC_PR_FGD
    monkeypatch.setattr(cv2, "grabCut", refuse)
    assert np.array_equal(cut(np.zeros((8, 9, 3), np.uint8), labels, 1), labels == cv2.GC_PR_FGD)


def test_a_large_photo_is_kept_small() -> None:
    embedding = GrabCut().encode(np.zeros((3000, 4000, 3), np.uint8))
    assert embedding.pixels.shape == (1152, 1536, 3)
    assert embedding.nbytes < 6_000_000


@settings(max_examples=200)
@given(data=st.data(), height=st.integers(1, 5000), width=st.integers(1, 5000))
def test_a_point_and_a_box_in_a_window_keep_their_places_in_its_small_frame(
    data: st.DataObject, height: int, width: int
) -> None:
    kept = KeptPhoto(height, width, np.zeros((max(1, height // 3), max(1, width // 3), 3), np.uint8))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(x + 1, width)), data.draw(st.integers(y + 1, height))
    window = kept.window(x, y, right, bottom)
    assert window.top <= y < bottom <= window.bottom <= height
    assert window.left <= x < right <= window.right <= width
    frame = shrunk_size(window.height, window.width, 160)
    assert kept.seen(window, *frame).shape == (*frame, 3)
    point = moved(Point(x, y, 1), window, *frame)
    assert abs((point.x + 0.5) / frame[1] - (x + 0.5 - window.left) / window.width) <= 0.5 / frame[1] + 1e-9
    assert abs((point.y + 0.5) / frame[0] - (y + 0.5 - window.top) / window.height) <= 0.5 / frame[0] + 1e-9
    box = moved_box(Box(x, y, right, bottom), window, *frame)
    assert 0 <= box.left < box.right <= frame[1]
    assert 0 <= box.top < box.bottom <= frame[0]
