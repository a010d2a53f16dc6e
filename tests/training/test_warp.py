from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pictures import drawn_mask, drawn_photo
from training import camera
from training.augment import AUGMENTATIONS
from training.scenery import cover, furnish, grain, texture
from training.sources.labels import BACKGROUND, HAND
from training.warp import Pose, reframe, warp_label, warp_photo

SIDE = 64
DEFAULT = AUGMENTATIONS["default"]
VARIED = [partial(effect, plan=DEFAULT) for effect in (camera.shift_colours, camera.expose)]


@given(st.integers(0, 10_000))
def test_photo_and_label_move_together(seed: int) -> None:
    mask = drawn_mask(96, 128)
    photo = np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255
    moved, label = reframe(photo, mask.astype(np.uint8) * 255, SIDE, np.random.default_rng(seed), DEFAULT)
    agree = (moved[..., 0] > 127) == (label > 127)
    assert agree.mean() > 0.97


def test_an_identical_pose_changes_nothing() -> None:
    photo = drawn_photo()
    matrix = Pose(center_xy=(32, 24), target_xy=(32, 24), zoom=1).matrix()
    np.testing.assert_array_equal(warp_photo(photo, matrix, 48, 64), photo)
    np.testing.assert_array_equal(warp_label(photo[..., 0], matrix, 48, 64), photo[..., 0])


def test_a_pose_puts_its_centre_on_its_target() -> None:
    matrix = Pose(center_xy=(10, 5), target_xy=(40, 30), zoom=2, angle=37, mirrored=True, stretch=1.2).matrix()
    np.testing.assert_allclose(matrix @ np.array([10, 5, 1]), [40, 30])


def test_what_covers_the_hand_is_background_and_may_be_black() -> None:
    photo = np.full((SIDE, SIDE, 3), 200, np.uint8)
    label = np.full((SIDE, SIDE), HAND, np.uint8)
    seen_black = False
    for seed in range(20):
        covered, after = cover(photo, label, np.random.default_rng(seed), [drawn_photo()], DEFAULT)
        hidden = after == BACKGROUND
        assert hidden.any()
        np.testing.assert_array_equal(covered[~hidden][:, 0] > 20, True)
        seen_black |= bool((covered[hidden] == 0).all(axis=1).mean() > 0.8)
    assert seen_black


@pytest.mark.parametrize(
    "effect",
    [*VARIED, camera.lose_detail, camera.shake, camera.add_noise, camera.compress],
)
def test_every_camera_effect_keeps_size_and_type(effect: object) -> None:
    changed = effect(drawn_photo(), np.random.default_rng(0))
    assert changed.shape == (48, 64, 3)
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, drawn_photo())


@given(st.integers(0, 10_000))
def test_surfaces_are_photos_of_the_size_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert texture(SIDE, rng, [drawn_photo()]).shape == (SIDE, SIDE, 3)
    assert furnish(drawn_photo(SIDE, SIDE), rng, [drawn_photo()]).shape == (SIDE, SIDE, 3)
    pattern = grain(SIDE, rng)
    assert pattern.shape == (SIDE, SIDE)
    assert pattern.dtype == np.uint8
