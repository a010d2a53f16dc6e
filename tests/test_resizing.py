from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handseg.resizing import resized, shrunk, shrunk_size
from tests.pictures import drawn_photo


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 2000))
def test_a_shrunk_photo_keeps_its_shape_and_never_grows(height: int, width: int, long_side: int) -> None:
    small = shrunk_size(height, width, long_side)
    assert max(small) == min(long_side, max(height, width))
    assert min(small) >= 1
    assert abs(small[0] * width - small[1] * height) <= max(height, width)


def test_shrinking_in_halves_averages_as_shrinking_at_once() -> None:
    photo = drawn_photo(480, 640)
    averages = photo.reshape(48, 10, 64, 10, 3).mean(axis=(1, 3))
    assert np.abs(resized(photo, 48, 64) - averages).max() <= 3


def test_a_small_picture_is_not_copied() -> None:
    photo = drawn_photo(48, 64)
    assert shrunk(photo, 64) is photo


def test_no_picture_is_too_thin_to_shrink() -> None:
    assert shrunk(np.zeros((1, 5000, 3), np.uint8), 100).shape == (1, 100, 3)
