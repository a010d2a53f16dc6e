"""Polygons of masks, drawn again as Ultralytics draws them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis.extra.numpy import array_shapes, arrays

from annotation.exchange.polygons import from_text, to_text
from handseg.masks import Mask
from tests.pictures import drawn_mask

NESTED = np.pad(np.pad(np.pad(np.ones((1, 2), bool), 1), 1, constant_values=True), 2)


@example(NESTED)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14)))
def test_at_the_photo_s_size_nothing_is_lost_holes_included(mask: Mask) -> None:
    assert np.array_equal(from_text(to_text(mask), *mask.shape), mask)


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14)))
def test_each_line_is_a_class_and_three_points_or_more_inside(mask: Mask) -> None:
    for line in to_text(mask).splitlines():
        name, *shares = line.split()
        assert name == "0"
        assert len(shares) >= 6
        assert len(shares) % 2 == 0
        assert all(0 < float(share) < 1 for share in shares)


def test_a_line_of_pixels_has_few_points_and_a_hole_is_part_of_one_line() -> None:
    mask = np.zeros((48, 64), bool)
    mask[10:30, 5:50] = True
    assert len(to_text(mask).split()) == 1 + 2 * 4
    mask[15:20, 20:30] = False
    assert to_text(mask).count("\n") == 1


def test_nothing_is_no_text() -> None:
    assert to_text(np.zeros((48, 64), bool)) == ""
    assert not from_text("", 48, 64).any()


@pytest.mark.parametrize("size", [(3000, 4000), (64, 9000)])
def test_places_are_exact_in_large_photos(size: tuple[int, int]) -> None:
    mask = drawn_mask(*size)
    mask[size[0] // 3 : size[0] // 2, size[1] // 3 : size[1] // 2] = False
    assert np.array_equal(from_text(to_text(mask), *size), mask)
