from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handseg.assistants.prompts import Point
from handseg.masks import Mask, part_at
from training.clicks.annotator import errors, next_click
from training.sources.labels import BACKGROUND, HAND, IGNORE, Label

SHAPES = st.tuples(st.integers(1, 11), st.integers(1, 13))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Mask, Label]:
    shape = draw(SHAPES)
    return draw(arrays(bool, shape)), draw(arrays(np.uint8, shape, elements=st.sampled_from([0, 127, 255])))


def distance_to_the_nearest_that_is_none(error: Mask, y: int, x: int) -> float:
    padded = np.pad(error, 1)
    rows, columns = np.nonzero(~padded)
    return float(np.hypot(rows - y - 1, columns - x - 1).min())


@given(situations(), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 1.0]))
def test_a_click_falls_into_an_error_of_its_kind(situation: tuple[Mask, Label], seed: int, noise: float) -> None:
    mask, label = situation
    missing, excess = errors(mask, label)
    click = next_click(mask, label, noise=noise, rng=np.random.default_rng(seed))
    if click is None:
        assert not missing.any()
        assert not excess.any()
    else:
        assert (missing if click.label else excess)[click.y, click.x]
        assert label[click.y, click.x] == (HAND if click.label else BACKGROUND)


@given(situations())
def test_an_exact_click_is_farthest_from_the_edge_of_all_errors(situation: tuple[Mask, Label]) -> None:
    mask, label = situation
    if click := next_click(mask, label):
        kinds = errors(mask, label)
        deepest = max(
            distance_to_the_nearest_that_is_none(error, y, x) for error in kinds for y, x in np.argwhere(error)
        )
        depth = distance_to_the_nearest_that_is_none(kinds[1 - click.label], click.y, click.x)
        assert abs(depth - deepest) < 1e-4


@given(SHAPES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 127, 255]))))
def test_a_perfect_mask_gets_no_click(label: Label) -> None:
    assert next_click(label == HAND, label) is None


@given(situations(), st.integers(0, 2**32 - 1), st.floats(0.05, 1))
def test_a_noisy_click_stays_in_the_same_error_and_near_its_centre(
    situation: tuple[Mask, Label], seed: int, noise: float
) -> None:
    mask, label = situation
    exact = next_click(mask, label)
    if exact is None:
        return
    noisy = next_click(mask, label, noise=noise, rng=np.random.default_rng(seed))
    error = errors(mask, label)[1 - exact.label]
    assert noisy.label == exact.label
    assert part_at(error, exact.x, exact.y)[noisy.y, noisy.x]
    depths = [distance_to_the_nearest_that_is_none(error, point.y, point.x) for point in (noisy, exact)]
    assert depths[0] >= (1 - noise) * depths[1] - 1e-4
    assert noisy == next_click(mask, label, noise=noise, rng=np.random.default_rng(seed))


@given(situations())
def test_no_pixel_is_clicked_twice_until_there_is_nothing_left_to_click(situation: tuple[Mask, Label]) -> None:
    mask, label = situation
    clicked: list[Point] = []
    while click := next_click(mask, label, clicked):
        clicked.append(click)
    wrong = sum(int(error.sum()) for error in errors(mask, label))
    assert len({(point.x, point.y) for point in clicked}) == len(clicked) == wrong


def test_the_border_of_the_photo_is_an_edge() -> None:
    label = np.full((21, 41), HAND, np.uint8)
    click = next_click(np.zeros(label.shape, bool), label)
    assert (click.y, click.label) == (10, 1)
    assert 10 <= click.x <= 30


def test_what_is_not_known_is_never_clicked() -> None:
    label = np.full((20, 30), IGNORE, np.uint8)
    label[2:4, 3:6] = BACKGROUND
    click = next_click(np.ones(label.shape, bool), label)
    assert click.label == 0
    assert 2 <= click.y < 4
    assert 3 <= click.x < 6
