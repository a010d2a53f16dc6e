"""Masks on disk and back, grown and shrunk."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from handseg import masks
from handseg.errors import PhotoError
from handseg.masks import Mask

a_mask = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 17)))


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def slowly_grown(mask: Mask, pixels: int) -> Mask:
    """Grow by the definition: compare every pixel with every pixel of the hand."""
    y, x = np.indices(mask.shape)
    hand = np.argwhere(mask)
    squares = (y[..., None] - hand[:, 0]) ** 2 + (x[..., None] - hand[:, 1]) ** 2
    return (squares <= pixels**2).any(axis=-1)


@pytest.mark.parametrize(
    ("wrong", "came"),
    [
        (np.zeros((4, 6), np.uint8), r"uint8 \(4, 6\)"),
        (np.zeros((4, 6, 1), bool), r"bool \(4, 6, 1\)"),
        (np.zeros((0, 6), bool), r"bool \(0, 6\)"),
        ([[True, False]], "list"),
    ],
)
@pytest.mark.parametrize(
    "act",
    [
        masks.check_mask,
        masks.to_png,
        masks.share,
        lambda mask: masks.grow(mask, 1),
        lambda mask: masks.part_at(mask, 0, 0),
    ],
)
def test_what_is_not_a_mask_is_refused_by_name(act, wrong, came):
    with pytest.raises(TypeError, match=rf"a mask is bool \(H, W\), not {came}"):
        act(wrong)


@given(a_mask)
def test_a_mask_survives_the_way_to_png_and_back(mask):
    assert np.array_equal(masks.from_png(masks.to_png(mask)), mask)


def test_on_disk_a_mask_is_8_bit_gray_with_0_and_255():
    mask = np.zeros((48, 64), bool)
    mask[10:20, 5:50] = True
    picture = Image.open(io.BytesIO(masks.to_png(mask)))
    assert (picture.mode, picture.size, picture.getcolors()) == ("L", (64, 48), [(48 * 64 - 450, 0), (450, 255)])


def test_the_ignored_value_127_is_not_hand():
    stored = Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8))
    assert masks.from_png(png(stored)).tolist() == [[False, False, True, True]]


def test_a_mask_of_1_bit_is_read():
    stored = Image.fromarray(np.eye(3, 5, dtype=bool))
    assert stored.mode == "1"
    assert np.array_equal(masks.from_png(png(stored)), np.eye(3, 5, dtype=bool))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "I;16"])
def test_a_mask_with_colours_transparency_or_16_bits_is_refused_by_its_mode(mode):
    with pytest.raises(PhotoError, match=f"not {mode}; save it as gray"):
        masks.from_png(png(Image.new(mode, (64, 48))))


@pytest.mark.parametrize("content", [b"", b"not a mask", masks.to_png(np.eye(48, 64, dtype=bool))[:-30]])
def test_what_is_no_png_or_cut_short_is_refused(content):
    with pytest.raises(PhotoError, match=f"no mask can be read from {len(content)} bytes"):
        masks.from_png(content)


def test_a_mask_beyond_the_limit_is_refused_by_its_header():
    header = bytearray(masks.to_png(np.ones((1, 1), bool)))
    header[16:24] = (9000).to_bytes(4, "big") + (6000).to_bytes(4, "big")
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    with pytest.raises(PhotoError, match=r"at most 50 megapixels, not 54\.0"):
        masks.from_png(bytes(header))


@given(a_mask, st.integers(0, 20))
def test_growing_takes_in_every_pixel_within_reach_and_no_other(mask, pixels):
    assert np.array_equal(masks.grow(mask, pixels), slowly_grown(mask, pixels))


@given(a_mask, st.integers(-20, 20))
def test_shrinking_the_hand_is_growing_the_background(mask, pixels):
    assert np.array_equal(masks.grow(mask, -pixels), ~masks.grow(~mask, pixels))


def test_growing_by_nothing_returns_an_equal_mask_of_its_own():
    mask = np.eye(48, 64, dtype=bool)
    same = masks.grow(mask, 0)
    assert np.array_equal(same, mask)
    assert not np.shares_memory(same, mask)


def test_a_hand_that_fills_the_photo_is_not_shrunk_from_the_edges():
    assert masks.grow(np.ones((48, 64), bool), -5).all()


def test_growing_an_empty_mask_leaves_it_empty():
    assert not masks.grow(np.zeros((48, 64), bool), 5).any()


def test_a_mask_that_is_a_turned_view_grows_like_its_copy():
    mask = np.zeros((48, 64), bool)
    mask[3:9, 40:60] = True
    turned = mask[::-1, ::2].T
    assert np.array_equal(masks.grow(turned, 3), masks.grow(turned.copy(), 3))


def test_the_share_is_the_fraction_of_pixels_that_are_hand():
    mask = np.zeros((48, 64), bool)
    mask[:12] = True
    assert masks.share(mask) == 0.25


@st.composite
def masks_with_a_pixel(draw: st.DrawFn) -> tuple[Mask, int, int]:
    mask = draw(a_mask)
    return mask, draw(st.integers(0, mask.shape[1] - 1)), draw(st.integers(0, mask.shape[0] - 1))


@given(masks_with_a_pixel())
def test_the_part_at_a_pixel_is_what_can_be_reached_from_it_over_sides_and_corners(drawn):
    mask, x, y = drawn
    reached, waiting = np.zeros_like(mask), [(y, x)]
    while waiting:
        row, column = waiting.pop()
        if 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and mask[row, column] and not reached[row, column]:
            reached[row, column] = True
            waiting += [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    before = mask.copy()
    part = masks.part_at(mask, x, y)
    assert part.dtype == bool
    assert np.array_equal(part, reached)
    assert np.array_equal(mask, before)


def test_the_part_at_a_pixel_is_found_in_views_too():
    mask = np.zeros((48, 64), bool)
    mask[10:20, 30:40] = mask[30:33, 5:8] = True
    for view in (mask[::2, ::-2], mask.T, mask[:, 5:50]):
        y, x = np.argwhere(view)[0]
        assert np.array_equal(masks.part_at(view, int(x), int(y)), masks.part_at(view.copy(), int(x), int(y)))
    assert masks.part_at(mask, x=30, y=10).sum() == 100


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (64, 0), (0, 48)])
def test_there_is_no_part_outside_the_mask(x, y):
    with pytest.raises(ValueError, match=rf"\({x}, {y}\) lies outside the mask of 64 x 48"):
        masks.part_at(np.ones((48, 64), bool), x, y)


def test_each_wanted_pixel_has_the_values_of_the_nearest_known_one():
    known = np.zeros((48, 64), bool)
    known[20:30, 2:10] = known[5:40, 50:60] = True
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    wanted = np.zeros_like(known)
    wanted[20:30, 10:50] = True
    nearest = np.where(np.arange(10, 50) < 29.5, 9, 50)
    assert (masks.nearest_values(pixels, known, wanted).reshape(10, 40, 3) == pixels[20:30, nearest]).all()
