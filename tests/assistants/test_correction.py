"""What a click or a box may change, and what it must leave alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handseg.assistants.correction import corrected
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.masks import Mask, window_of

SHAPES = st.tuples(st.integers(1, 11), st.integers(1, 13))


@st.composite
def clicks(draw: st.DrawFn, label: int) -> tuple[Mask, Mask, Point]:
    """A mask, what is proposed, and a click."""
    height, width = draw(SHAPES)
    one, other = draw(arrays(bool, (height, width))), draw(arrays(bool, (height, width)))
    return one, other, Point(draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1)), label)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Mask, Mask, Box]:
    height, width = draw(SHAPES)
    one, other = draw(arrays(bool, (height, width))), draw(arrays(bool, (height, width)))
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    bottom, right = draw(st.integers(top + 1, height)), draw(st.integers(left + 1, width))
    return one, other, Box(left, top, right, bottom)


def part_at(region: Mask, point: Point) -> Mask:
    """The connected part under the point, by labelling all parts; corners connect."""
    labels = cv2.connectedComponents(region.astype(np.uint8), connectivity=8)[1]
    found = labels == labels[point.y, point.x]
    return found if region[point.y, point.x] else np.zeros_like(found)


@given(clicks(label=1))
def test_a_click_on_the_hand_adds_the_part_it_lies_in_and_nothing_else(click: tuple[Mask, Mask, Point]) -> None:
    mask, proposed, point = click
    after = corrected(mask, proposed, Prompt((point,)))
    assert np.array_equal(after, mask | part_at(proposed, point))


@given(clicks(label=0))
def test_a_click_beside_the_hand_only_removes_and_only_the_part_it_lies_in(click: tuple[Mask, Mask, Point]) -> None:
    mask, proposed, point = click
    after = corrected(mask, proposed, Prompt((point,)))
    assert not (after & ~mask).any()
    assert np.array_equal(mask & ~after, part_at(mask & ~proposed, point))


@given(boxes())
def test_a_box_draws_its_inside_anew_and_leaves_the_outside(drawn: tuple[Mask, Mask, Box]) -> None:
    mask, proposed, box = drawn
    after = corrected(mask, proposed, Prompt(box=box))
    inside = np.zeros_like(mask)
    inside[box.top : box.bottom, box.left : box.right] = True
    assert np.array_equal(after[inside], proposed[inside])
    assert np.array_equal(after[~inside], mask[~inside])


@given(clicks(label=1) | clicks(label=0))
def test_what_was_given_stays_as_it_is(click: tuple[Mask, Mask, Point]) -> None:
    mask, proposed, point = click
    before = mask.copy(), proposed.copy()
    after = corrected(mask, proposed, Prompt((point,)))
    assert np.array_equal(mask, before[0])
    assert np.array_equal(proposed, before[1])
    assert not np.shares_memory(after, mask)


@given(clicks(label=1) | clicks(label=0))
def test_the_window_is_the_smallest_that_holds_all_changes(click: tuple[Mask, Mask, Point]) -> None:
    before, after, _ = click
    window = window_of(before != after)
    if np.array_equal(before, after):
        assert window is None
        return
    rows, columns = np.nonzero(before != after)
    assert (window.top, window.left) == (rows.min(), columns.min())
    assert (window.bottom, window.right) == (rows.max() + 1, columns.max() + 1)


def two_hands() -> tuple[Mask, Mask]:
    """Two hands, and what an assistant makes of a click on the left one: the left one, larger, without the right."""
    mask, proposed = np.zeros((48, 64), bool), np.zeros((48, 64), bool)
    mask[10:20, 5:15] = mask[30:40, 45:60] = True
    proposed[8:24, 4:20] = True
    return mask, proposed


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize(("x", "y"), [(10, 15), (18, 22), (30, 5), (0, 0), (63, 47)])
def test_a_second_hand_elsewhere_never_changes(label: int, x: int, y: int) -> None:
    mask, proposed = two_hands()
    after = corrected(mask, proposed, Prompt((Point(x, y, label),)))
    assert np.array_equal(after[26:, 40:], mask[26:, 40:])


def test_only_the_newest_click_is_obeyed_even_beside_a_box() -> None:
    mask, proposed = two_hands()
    newest = Point(18, 22, 1)
    alone = corrected(mask, proposed, Prompt((newest,)))
    among = corrected(mask, proposed, Prompt((Point(50, 35, 0), newest), Box(40, 25, 64, 48)))
    assert np.array_equal(alone, among)
    assert np.array_equal(alone, mask | proposed)


def test_parts_that_touch_by_a_corner_are_one() -> None:
    proposed = np.eye(5, 7, dtype=bool)
    after = corrected(np.zeros((5, 7), bool), proposed, Prompt((Point(0, 0, 1),)))
    assert np.array_equal(after, proposed)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (6, 0), (0, 4), (6, 4)])
def test_a_click_into_a_corner_of_the_photo_works(x: int, y: int) -> None:
    everything, nothing = np.ones((5, 7), bool), np.zeros((5, 7), bool)
    assert corrected(nothing, everything, Prompt((Point(x, y, 1),))).all()
    assert not corrected(everything, nothing, Prompt((Point(x, y, 0),))).any()


def test_no_prompt_changes_nothing() -> None:
    mask, proposed = two_hands()
    assert np.array_equal(corrected(mask, proposed, Prompt()), mask)


@pytest.mark.parametrize("view", [np.asfortranarray, np.flipud, lambda mask: mask[:]])
def test_a_proposal_may_be_any_view_even_one_that_cannot_be_written(view) -> None:
    mask, proposed = two_hands()
    shown = view(proposed)
    shown.flags.writeable = False
    point = Point(*np.argwhere(shown & ~mask)[0][::-1].tolist(), 1)
    assert np.array_equal(corrected(mask, shown, Prompt((point,))), mask | shown)
