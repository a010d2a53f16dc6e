"""handseg.removal: the hand is gone, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handseg.errors import SettingError
from handseg.masks import Mask, grow
from handseg.photos import Photo
from handseg.removal import MODES, Removal, default_feather, default_grow, parse_color, remove
from handseg.removal.places import hand_windows, ramp

SKIN = (224, 172, 140)


def _photo(height: int = 48, width: int = 64) -> Photo:
    """Blue to green, nowhere like skin, no two pixels alike."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows % 64, 60 + columns % 128, 100 + (rows * 7 + columns) % 90], axis=2).astype(np.uint8)


def _hand(height: int = 48, width: int = 64) -> Mask:
    hand = np.zeros((height, width), np.uint8)
    cv2.ellipse(hand, (width // 2, height // 2), (width // 5, height // 4), 30, 0, 360, 1, -1)
    return hand.astype(bool)


def _with_hand(mask: Mask) -> Photo:
    photo = _photo(*mask.shape)
    photo[mask] = SKIN
    return photo


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Photo, Mask, Removal]:
    """Noisy photos of any shape with blobs for hands, and any removal."""
    height, width, seed = draw(st.integers(1, 40)), draw(st.integers(1, 56)), draw(st.integers(0, 1 << 16))
    random = np.random.default_rng(seed)
    photo = random.integers(0, 256, (height, width, 3), np.uint8)
    noise = cv2.GaussianBlur(random.random((height, width)), (0, 0), draw(st.sampled_from([0.3, 2.0, 5.0])))
    mask = noise <= np.quantile(noise, draw(st.sampled_from([0.0, 0.1, 0.4, 0.9, 1.0])))
    grow_by, feather = draw(st.none() | st.integers(0, 9)), draw(st.none() | st.integers(0, 12))
    color = draw(st.tuples(*[st.integers(0, 255)] * 3))
    return photo, mask, Removal(draw(st.sampled_from(MODES)), color, grow_by, feather)


@settings(max_examples=80)
@given(_cases())
def test_outside_the_grown_mask_no_pixel_changes_and_the_inputs_stay_as_they_are(case):
    photo, mask, removal = case
    photo_before, mask_before = photo.copy(), mask.copy()
    result = remove(photo, mask, removal)
    outside = ~grow(mask, removal.edge(*mask.shape)[0])
    assert result.dtype == np.uint8
    assert result.shape == (*mask.shape, 4 if removal.mode == "cutout" else 3)
    assert (result[outside, :3] == photo[outside]).all()
    assert (result[outside, 3:] == 255).all()
    assert (photo == photo_before).all()
    assert (mask == mask_before).all()


@settings(max_examples=50)
@given(_cases())
def test_every_pixel_of_the_hand_itself_is_replaced_entirely(case):
    photo, mask, removal = case
    filled = remove(photo, mask, replace(removal, mode="fill"))
    assert (filled[mask] == removal.color).all()
    assert (remove(photo, mask, replace(removal, mode="cutout"))[mask, 3] == 0).all()


@settings(max_examples=25)
@given(_cases())
def test_nothing_of_the_hand_reaches_a_cutout_or_an_inpainted_photo(case):
    photo, mask, removal = case
    removal = replace(removal, mode=removal.mode if removal.mode == "cutout" else "inpaint")
    other = photo.copy()
    other[mask] ^= 0b10101010
    assert (remove(photo, mask, removal) == remove(other, mask, removal)).all()


@settings(max_examples=60)
@given(_cases())
def test_the_windows_hold_each_hand_pixel_once_and_its_surroundings(case):
    _, mask, _ = case
    count = np.zeros(mask.shape, int)
    for window in hand_windows(mask) if mask.any() else []:
        count[window.slices] += 1
        rows, columns = np.nonzero(mask[window.slices])
        assert window.top == 0 or rows.min() == 1
        assert window.left == 0 or columns.min() == 1
    assert (count[mask] == 1).all()


@pytest.mark.parametrize("mode", MODES)
def test_the_same_photo_gives_the_same_result(mode):
    photo, mask = _with_hand(_hand()), _hand()
    assert (remove(photo, mask, Removal(mode)) == remove(photo, mask, Removal(mode))).all()


@pytest.mark.parametrize("mode", MODES)
def test_an_empty_mask_leaves_the_photo_as_it_is(mode):
    photo = _photo()
    result = remove(photo, np.zeros((48, 64), bool), Removal(mode))
    assert (result[..., :3] == photo).all()
    assert (result[..., 3:] == 255).all()
    assert not np.shares_memory(result, photo)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (48, 64), (200, 1200)])
def test_a_photo_that_is_all_hand_loses_it(mode, size):
    photo = np.full((*size, 3), SKIN, np.uint8)
    result = remove(photo, np.ones(size, bool), Removal(mode, feather=2))
    expected = {"cutout": (128, 128, 128, 0), "fill": (255, 255, 255), "inpaint": (128, 128, 128)}.get(mode, SKIN)
    assert (result == expected).all()


@pytest.mark.parametrize("mode", MODES)
def test_hands_at_every_border_of_a_very_long_photo_are_removed(mode):
    mask = np.zeros((200, 12000), bool)
    mask[:40, :90] = mask[150:, 11900:] = mask[:, 6000:6050] = mask[90:110, :30] = True
    result = remove(_with_hand(mask), mask, Removal(mode))
    untouched = ~grow(mask, default_grow(200, 12000))
    assert (result[untouched, :3] == _photo(200, 12000)[untouched]).all()
    assert mode in ("blur", "pixelate") or not (result[..., :3] == SKIN).all(axis=2).any()


@pytest.mark.parametrize("mode", MODES)
def test_photos_that_are_views_with_negative_strides_work(mode):
    photo, mask = _with_hand(_hand()), _hand()
    turned = remove(photo[::-1, :, ::-1], mask[::-1], Removal(mode))
    copied = remove(photo[::-1, :, ::-1].copy(), mask[::-1].copy(), Removal(mode))
    assert (turned == copied).all()


def test_the_weight_rises_from_the_border_of_the_grown_mask_to_one():
    hand = np.zeros((9, 30), bool)
    hand[:, 12:18] = True
    weight = ramp(hand, grow(hand, 8), feather=4)
    assert weight[4, 3:9].tolist() == [0, 0.125, 0.375, 0.625, 0.875, 1]
    assert (weight == weight[:1]).all(), "the photo's borders are no edge"


def test_a_feather_of_zero_is_a_hard_edge():
    alpha = remove(_photo(), _hand(), Removal(feather=0))[..., 3]
    assert set(np.unique(alpha)) == {0, 255}


def test_a_feather_wider_than_the_grow_counts_as_the_grow():
    assert Removal(grow=3, feather=50).edge(48, 64) == (3, 3)
    assert Removal(grow=6).edge(48, 64) == (6, 3)


def test_a_hand_cut_by_the_frame_is_removed_up_to_the_frame():
    mask = np.zeros((48, 64), bool)
    mask[30:, 20:40] = True
    assert (remove(_with_hand(mask), mask, Removal(grow=4, feather=4))[-1, 20:40, 3] == 0).all()


def test_beneath_a_cutout_lie_the_colours_of_the_background():
    mask = _hand()
    photo = _with_hand(mask)
    photo[grow(mask, 3)] = SKIN
    result = remove(photo, mask, Removal(grow=3, feather=3))
    assert ((result[..., 3] > 0) & (result[..., 3] < 255)).any()
    assert not (result[..., :3] == SKIN).all(axis=2).any()
    assert result[..., 0].max() < 64, "all of it is as little red as the background"


def test_a_fill_has_its_colour():
    mask = _hand()
    result = remove(_with_hand(mask), mask, Removal("fill", color=(1, 2, 3), grow=0))
    assert (result[mask] == (1, 2, 3)).all()


@pytest.mark.parametrize("mode", ["blur", "pixelate"])
def test_stripes_the_width_of_a_finger_are_hidden(mode):
    height, width = 480, 640
    mask = _hand(height, width)
    photo = np.where((np.arange(width) // 12 % 2)[:, None], 255, 0) * np.ones((height, 1, 3))
    result = remove(photo.astype(np.uint8), mask, Removal(mode))
    assert np.ptp(result[mask].astype(int)) < 60


def test_a_mosaic_is_the_means_of_square_cells():
    photo, mask = _photo(), np.ones((48, 64), bool)
    result = remove(photo, mask, Removal("pixelate"))
    assert (result[8:16, 24:32] == np.rint(photo[8:16, 24:32].mean(axis=(0, 1)))).all()


def test_two_hands_apart_are_blurred_each_in_its_own_measure():
    mask = np.zeros((240, 320), bool)
    mask[20:40, 20:40] = mask[90:170, 90:190] = True
    alone = np.zeros_like(mask)
    alone[20:40, 20:40] = True
    photo = _photo(240, 320)
    both, one = (remove(photo, each, Removal("blur")) for each in (mask, alone))
    assert (both[:60, :60] == one[:60, :60]).all()
    assert len(hand_windows(mask)) == 2


def test_a_mask_of_many_specks_is_no_work_for_many_windows():
    mask = np.zeros((480, 640), bool)
    mask[10::50, 10::50] = True
    assert 1 <= len(hand_windows(mask)) <= 8


def test_the_inpainter_given_sees_the_hand_and_its_surroundings_only():
    seen = []

    class Black:
        def fill(self, photo: Photo, hole: Mask) -> Photo:
            seen.append((photo.shape, hole.sum(), np.argwhere(hole).mean(axis=0).tolist()))
            return np.zeros_like(photo)

    mask = np.zeros((480, 640), bool)
    mask[100:140, 300:330] = True
    result = remove(_with_hand(mask), mask, Removal("inpaint", grow=4), Black())
    assert (result[mask] == 0).all()
    assert seen == [((100, 100, 3), grow(mask, 4).sum(), [49.5, 49.5])], "the hand is in the middle"


def test_a_photo_and_a_mask_of_different_sizes_are_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"the photo is \(48, 64, 3\), the mask \(64, 48\)"):
        remove(_photo(), np.zeros((64, 48), bool), Removal())


@pytest.mark.parametrize(
    "photo", [np.zeros((48, 64, 4), np.uint8), np.zeros((48, 64, 3)), np.zeros((48, 64), np.uint8)]
)
def test_what_is_no_photo_is_refused(photo):
    with pytest.raises(TypeError, match=r"a photo is uint8 \(H, W, 3\), not"):
        remove(photo, np.zeros((48, 64), bool), Removal())


def test_what_is_no_mask_is_refused():
    with pytest.raises(TypeError, match=r"a mask is bool \(H, W\), not uint8"):
        remove(_photo(), np.zeros((48, 64), np.uint8), Removal())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mode": "erase"}, "'erase'; choose from: cutout, fill"),
        ({"color": (0, 0, 256)}, r"\(0, 0, 256\); give \(red, green, blue\)"),
        ({"color": "#fff"}, "'#fff'; give"),
        ({"color": (0, 0)}, "0 to 255"),
        ({"grow": -1}, "grow is -1; give a whole number"),
        ({"grow": 2.5}, "grow is 2.5"),
        ({"feather": True}, "feather is True"),
    ],
)
def test_a_removal_refuses_what_it_cannot_use(values, message):
    with pytest.raises(SettingError, match=message):
        Removal(**values)


@pytest.mark.parametrize("text", ["#1a2b3c", "1a2b3c", "#1A2B3C", " #1a2b3c "])
def test_a_colour_is_read_from_hex_digits(text):
    assert parse_color(text) == (0x1A, 0x2B, 0x3C)


def test_three_hex_digits_count_twice_each():
    assert parse_color("#f08") == parse_color("ff0088") == (255, 0, 136)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_can_be_written_and_read(color):
    assert parse_color("#{:02x}{:02x}{:02x}".format(*color)) == color


@pytest.mark.parametrize(
    "text", ["", "#", "red", "#12", "#1234", "#12345", "#1234567", "##fff", "#ggg", "rgb(1,2,3)", "١٢٣"]
)
def test_what_is_no_colour_is_refused_by_its_text(text):
    with pytest.raises(SettingError, match="give 3 or 6 hex digits"):
        parse_color(text)


def test_the_defaults_suit_the_size_of_the_photo():
    assert (default_grow(48, 64), default_grow(3000, 4000)) == (2, 40)
    assert default_feather(default_grow(3000, 4000)) == 20
    assert Removal().edge(3000, 4000) == (40, 20)
