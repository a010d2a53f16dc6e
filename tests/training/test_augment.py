from __future__ import annotations

import pickle
from dataclasses import fields, replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.errors import UnknownNameError
from handseg.photos import decode
from tests.pictures import drawn_mask, drawn_photo, encoded
from training.augment import AUGMENTATIONS, RANGES, SHARES, Augmentation, AugmentationError, augmentation_called
from training.augmented import MOST_BACKDROPS, AugmentedSamples
from training.camera import colour_matrix, shift_colours, through_a_camera
from training.preview import before_after
from training.scenery import cover
from training.skin_rule import place_of_skin
from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.labels import BACKGROUND, HAND, IGNORE
from training.sources.mixture import Mixed, Pool
from training.warp import reframe, warp_photo

SIDE = 64
TERMS = Terms("drawn", "CC0-1.0", "")


def example(name: str, hand: bool = True, kind: str = "JPEG") -> Example:
    photo = drawn_photo(96, 128, seed=len(name))
    mask = drawn_mask(96, 128) & hand
    photo[mask] = (210, 150, 120)
    label = labels.of_mask(mask)
    label[0, :5] = IGNORE if hand else BACKGROUND
    return Example.of(name, encoded(photo, kind), label, "", TERMS)


@pytest.fixture(scope="module")
def mixed() -> Mixed:
    examples = [example("a"), example("bb"), example("ccc", kind="PNG"), example("dddd", hand=False)]
    return Mixed([Pool(tuple(examples), "drawn@1", "0" * 64)], [1.0])


def test_nothing_is_varied_by_the_augmentation_none() -> None:
    square = np.ascontiguousarray(drawn_photo(SIDE, SIDE))
    framed, label = reframe(square, square[..., 0], SIDE, np.random.default_rng(0), AUGMENTATIONS["none"])
    np.testing.assert_array_equal(framed, square)
    np.testing.assert_array_equal(label, square[..., 0])
    np.testing.assert_array_equal(through_a_camera(square, np.random.default_rng(0), AUGMENTATIONS["none"]), square)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_a_sample_is_what_networks_take(name: str, mixed: Mixed) -> None:
    samples = AugmentedSamples(mixed, SIDE, length=40, augmentation=AUGMENTATIONS[name])
    for photo, label in (samples[number] for number in range(40)):
        assert photo.shape == (3, SIDE, SIDE)
        assert label.shape == (SIDE, SIDE)
        assert set(label.unique().tolist()) <= {BACKGROUND, IGNORE, HAND}


def test_a_sample_depends_on_seed_and_number_alone(mixed: Mixed) -> None:
    samples = AugmentedSamples(mixed, SIDE, length=10, seed=3)
    elsewhere = pickle.loads(pickle.dumps(AugmentedSamples(mixed, SIDE, length=10, seed=3)))
    for number in (7, 2, 10**9):
        assert all(np.array_equal(*pair) for pair in zip(samples.draw(number), elsewhere.draw(number), strict=True))
    assert not np.array_equal(samples.draw(2)[0], samples.draw(3)[0])
    assert not np.array_equal(samples.draw(2)[0], AugmentedSamples(mixed, SIDE, 10, seed=4).draw(2)[0])


def test_keeping_photos_in_memory_changes_samples_by_no_more_than_the_decoder_s_rounding(mixed: Mixed) -> None:
    plan = AUGMENTATIONS["default"]
    kept, decoded = (AugmentedSamples(mixed, SIDE, 10, augmentation=plan, keep=keep) for keep in (True, False))
    for number in range(30):
        assert np.array_equal(kept.draw(number)[1], decoded.draw(number)[1])


def test_hands_on_other_photos_have_the_label_of_what_is_seen(mixed: Mixed) -> None:
    plan = Augmentation(composite=1.0)
    samples = AugmentedSamples(mixed, SIDE, 10, augmentation=plan)
    with_hand = [samples.vary(example("a"), np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean([(label == HAND).any() for _, label in with_hand]) > 0.7


def test_samples_without_hands_are_as_frequent_as_asked_for(mixed: Mixed) -> None:
    samples = AugmentedSamples(mixed, SIDE, 10, augmentation=Augmentation(empty=0.5))
    empty = [not samples.vary(example("a"), np.random.default_rng(seed))[1].any() for seed in range(200)]
    assert 0.4 < np.mean(empty) < 0.6


def test_a_mixture_without_hand_free_photos_gives_samples_too() -> None:
    mixed = Mixed([Pool((example("a"), example("bb")), "", "")], [1.0])
    for number in range(40):
        AugmentedSamples(mixed, SIDE, 10, augmentation=AUGMENTATIONS["strong"]).draw(number)


def test_a_damaged_photo_is_named() -> None:
    whole = example("a")
    damaged = replace(whole, image=whole.image[:50], name="row 7")
    mixed = Mixed([Pool((damaged,), "", "")], [1.0])
    with pytest.raises(SourceError, match="the photo row 7 of drawn cannot be decoded"):
        AugmentedSamples(mixed, SIDE, 1, augmentation=AUGMENTATIONS["none"]).draw(0)


@given(st.integers(0, 10_000))
def test_the_seed_s_black_box_is_an_upright_black_rectangle_of_background(seed: int) -> None:
    photo, label = np.full((SIDE, SIDE, 3), 200, np.uint8), np.full((SIDE, SIDE), HAND, np.uint8)
    covered, after = cover(photo, label, np.random.default_rng(seed), [], AUGMENTATIONS["seed"])
    rows, columns = np.nonzero(after == BACKGROUND)
    assert rows.size
    assert (after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] == BACKGROUND).all()
    inner = covered[rows.min() + 3 : rows.max() - 2, columns.min() + 3 : columns.max() - 2]
    assert (inner == 0).all()


@given(st.floats(-180, 180), st.floats(0, 2))
def test_gray_stays_gray_whatever_the_hue(hue: float, saturation: float) -> None:
    np.testing.assert_allclose(colour_matrix(hue, saturation) @ np.ones(3), np.ones(3), atol=1e-9)


def test_hues_turn_all_the_way_round() -> None:
    whole = np.linalg.matrix_power(colour_matrix(60, 1), 6)
    np.testing.assert_allclose(whole, np.eye(3), atol=1e-9)


def test_a_wide_hue_gives_skin_any_colour() -> None:
    skin = np.full((4, 6, 3), (210, 150, 120), np.uint8)
    plan = Augmentation(wide_hue=1.0)
    seen = [shift_colours(skin, np.random.default_rng(seed), plan)[0, 0] for seed in range(60)]
    assert {int(np.argmax(colour)) for colour in seen} == {0, 1, 2}


def test_a_photo_without_colours_has_equal_channels() -> None:
    gray = shift_colours(drawn_photo(), np.random.default_rng(0), Augmentation(gray=1.0, balance=0.3))
    assert np.ptp(gray.astype(int), axis=2).max() <= 1


@pytest.mark.parametrize("zoom", [0.45, 0.3, 0.12])
def test_shrinking_moves_nothing(zoom: float) -> None:
    """A disc's middle lands where the matrix says, though the photo is halved on the way."""
    rows, columns = np.mgrid[:480, :640]
    disc = (((rows - 200) ** 2 + (columns - 330) ** 2) < 120**2).astype(np.uint8) * 255
    photo = np.dstack([disc] * 3)
    height, width = round(480 * zoom) + 5, round(640 * zoom) + 3
    moved = warp_photo(photo, np.array([[zoom, 0, 3.0], [0, zoom, 5.0]]), height, width)[..., 0].astype(float)
    middle_x = (moved.sum(axis=0) * np.arange(width)).sum() / moved.sum()
    middle_y = (moved.sum(axis=1) * np.arange(height)).sum() / moved.sum()
    assert middle_x == pytest.approx(330 * zoom + 3, abs=0.15)
    assert middle_y == pytest.approx(200 * zoom + 5, abs=0.15)


@pytest.mark.parametrize("name", SHARES)
def test_a_share_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(AugmentationError, match=f"{name} is 1.2; a share is"):
        Augmentation(**{name: 1.2})


@pytest.mark.parametrize("name", RANGES)
def test_a_range_from_high_to_low_is_refused(name: str) -> None:
    with pytest.raises(AugmentationError, match=f"{name} is from 2 to 1"):
        Augmentation(**{name: (2, 1)})


def test_every_share_and_range_is_checked() -> None:
    checked = {*SHARES, *RANGES}
    others = {"move", "turn", "stretch", "hue", "balance", "gamma", "offset", "upright", "furnish"}
    assert checked | others == {field.name for field in fields(Augmentation)}


def test_an_unknown_augmentation_is_told_the_known_ones() -> None:
    with pytest.raises(
        UnknownNameError, match="no augmentation called 'wild'; choose from: default, light, none, seed"
    ):
        augmentation_called("wild")


def test_a_sheet_shows_each_photo_and_nine_variations(mixed: Mixed) -> None:
    samples = AugmentedSamples(mixed, SIDE, 30)
    sheet = decode(before_after(samples, rows=3, seed=0))
    assert sheet.shape == (3 * SIDE, 10 * SIDE, 3)
    assert (sheet[: SIDE // 8 - 1, :SIDE] == 128).all()


def portrait(name: str, skin: tuple[int, int, int]) -> Example:
    """A face on a blue wall, no hand."""
    photo = np.full((96, 128, 3), (30, 60, 160), np.uint8)
    photo[20:80, 40:100] = skin
    return Example.of(name, encoded(photo, "PNG"), np.zeros((96, 128), np.uint8), "", TERMS)


def test_a_hand_before_a_face_takes_on_its_tone() -> None:
    skin = (150, 95, 70)
    pool = Pool((example("a", kind="PNG"), portrait("face", skin)), "drawn@1", "0" * 64)
    plan = replace(AUGMENTATIONS["none"], composite=1.0, alike=1.0)
    samples = AugmentedSamples(Mixed([pool], [1.0]), SIDE, length=60, augmentation=plan)
    hands = [photo[label == HAND] for photo, label in map(samples.draw, range(60)) if (label == HAND).sum() > 50]
    near = [np.abs(np.median(hand, axis=0) - skin).max() < 40 for hand in hands]
    assert np.mean(near) > 0.3
    plain = AugmentedSamples(Mixed([pool], [1.0]), SIDE, length=60, augmentation=replace(plan, alike=0.0))
    others = [photo[label == HAND] for photo, label in map(plain.draw, range(60)) if (label == HAND).sum() > 50]
    assert np.mean([np.abs(np.median(hand, axis=0) - skin).max() < 40 for hand in others]) < np.mean(near)


def test_a_hand_that_is_laid_before_others_leaves_theirs_in_the_label() -> None:
    pool = Pool((example("a", kind="PNG"), portrait("face", (150, 95, 70))), "drawn@1", "0" * 64)
    mixed = Mixed([pool], [1.0])
    laid = AugmentedSamples(mixed, SIDE, 60, 0, replace(AUGMENTATIONS["none"], composite=1.0, alike=1.0))
    counts = [cv2.connectedComponents((laid.draw(number)[1] == HAND).astype(np.uint8))[0] - 1 for number in range(60)]
    assert max(counts) >= 2


def test_backdrops_come_from_all_datasets() -> None:
    many = Pool(tuple(portrait(f"first {number}", (90, 90, 90)) for number in range(300)), "drawn@1", "0" * 64)
    second = tuple(portrait(f"second {number}", (0, 255, 0)) for number in range(100))
    pools = [many, Pool(second, "drawn@2", "0" * 64), Pool((example("a"),), "drawn@3", "0" * 64)]
    backdrops = AugmentedSamples(Mixed(pools, [1.0, 1.0, 1.0]), SIDE, 1).backdrops
    green = sum(bool((photo == (0, 255, 0)).all(axis=2).any()) for photo in backdrops)
    assert len(backdrops) <= MOST_BACKDROPS
    assert green == round(len(backdrops) / 4)


def test_a_place_of_skin_is_where_skin_is_and_no_hand() -> None:
    photo, label = np.full((60, 200, 3), (30, 60, 160), np.uint8), np.zeros((60, 200), np.uint8)
    photo[10:40, 20:60] = photo[10:40, 120:160] = (210, 150, 120)
    label[10:40, 120:160] = HAND
    for seed in range(30):
        x, y = place_of_skin(photo, label, np.random.default_rng(seed))
        assert 20 <= x < 60
        assert 10 <= y < 40
    label[:] = HAND
    assert place_of_skin(photo, label, np.random.default_rng(0)) is None
