from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handseg.geometry import MAX_ASPECT, MULTIPLE, Window, cover, fit, network_size, stitch, unfit
from tests.pictures import drawn_photo

lengths = st.integers(1, 3000)


@given(lengths, lengths, st.sampled_from([256, 320, 512]))
def test_the_network_frame_has_the_shape_that_networks_need(height: int, width: int, side: int) -> None:
    frame = network_size(height, width, side)
    assert all(length > 0 and length % MULTIPLE == 0 for length in frame)


@given(st.integers(1, 6), st.integers(1, 50_000_000), st.integers(32, 512))
def test_no_thread_of_a_photo_makes_a_large_network_frame(height: int, width: int, side: int) -> None:
    [frame] = {network_size(window.height, window.width, side) for window in cover(height, width)}
    assert max(frame) <= max(4 * side, 32)


def test_the_network_frame_keeps_the_photo_upright() -> None:
    assert network_size(640, 480, 320) == (384, 288)
    assert network_size(480, 640, 320) == (288, 384)


@given(lengths, lengths)
def test_the_windows_cover_every_pixel_and_none_is_longer_than_allowed(height: int, width: int) -> None:
    seen = np.zeros((height, width), bool)
    for window in cover(height, width):
        assert max(window.height, window.width) <= max(MAX_ASPECT * min(height, width) + 1, max(height, width) / 29 + 1)
        assert window.bottom <= height
        assert window.right <= width
        seen[window.slices] = True
    assert seen.all()


def test_a_photo_as_thin_as_a_thread_is_seen_through_few_windows() -> None:
    assert len(cover(1, 60_000)) <= 40
    assert len(cover(12_000, 200)) == 40


@given(st.integers(1, 300), st.integers(1, 300))
def test_stitching_the_windows_of_an_array_gives_the_array(height: int, width: int) -> None:
    whole = np.random.default_rng(0).random((height, width), np.float32)
    windows = cover(height, width)
    np.testing.assert_array_equal(stitch([whole[window.slices] for window in windows], windows, height, width), whole)


def test_each_overlap_is_cut_in_its_middle() -> None:
    windows = cover(200, 700)
    parts = [np.full((window.height, window.width), number, np.float32) for number, window in enumerate(windows)]
    whole = stitch(parts, windows, 200, 700)
    assert (whole == (np.arange(700) >= 350)).all()
    upright = [Window(window.left, window.top, window.width, window.height) for window in windows]
    assert (stitch([part.T for part in parts], upright, 700, 200) == whole.T).all()


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 30), st.integers(1, 30), st.floats(1, 4))
def test_a_wider_window_stays_in_the_photo_and_holds_the_first(
    top: int, left: int, height: int, width: int, factor: float
) -> None:
    window = Window(top, left, height, width).around(factor, 70, 70)
    assert window.top <= top
    assert window.left <= left
    assert top + height <= window.bottom <= 70
    assert left + width <= window.right <= 70


def test_a_point_survives_the_way_into_the_network_frame_and_back() -> None:
    photo = np.zeros((480, 640, 3), np.uint8)
    photo[100:140, 500:540] = 255
    seen = fit(photo, side=320)
    back = unfit(seen[..., 0].astype(np.float32), 480, 640)
    rows, columns = np.nonzero(back > 127)
    assert abs(rows.mean() - 119.5) < 1
    assert abs(columns.mean() - 519.5) < 1


def test_a_photo_in_the_network_frame_keeps_its_colours() -> None:
    photo = drawn_photo(300, 400)
    np.testing.assert_allclose(fit(photo, 96).mean(axis=(0, 1)), photo.mean(axis=(0, 1)), atol=2)


def test_shrinking_a_photo_averages_its_pixels() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (150, 200, 3), np.uint8)
    seen = fit(noise, 96)
    assert seen.std() < noise.std() * np.sqrt(seen.size / noise.size)
