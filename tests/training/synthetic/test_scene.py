from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator

from training.synthetic import lights, textures
from training.synthetic.develop import develop, expose
from training.synthetic.geometry import vector
from training.synthetic.labels import box_print, card_print, screen_print, wrap_print
from training.synthetic.scene import Camera, linear, screen
from training.synthetic.views import around, at_eyes, clear_of

MAKERS = (
    textures.wood,
    textures.plaster,
    textures.tiles,
    textures.speckle,
    textures.cloth,
    textures.anything,
    box_print,
    card_print,
    screen_print,
    wrap_print,
)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_light_and_screen_values_are_inverse(values: list[float]) -> None:
    np.testing.assert_allclose(screen(linear(values)), values, atol=1e-5)


def test_a_camera_sees_its_target_in_the_middle_and_up_above() -> None:
    camera = Camera(vector(1, -2, 1), vector(1, 0, 1), vector(0, 0, 1), fov=90.0)
    middle, above, right = camera.project([[1, 0, 1], [1, 0, 2], [3, 0, 1]])
    np.testing.assert_allclose(middle, [0, 0, 2], atol=1e-9)
    np.testing.assert_allclose(above[:2], [0, -0.5], atol=1e-9)
    np.testing.assert_allclose(right[:2], [1, 0], atol=1e-9)


def test_the_width_that_was_asked_for_fills_the_picture() -> None:
    rng = np.random.default_rng(0)
    camera = around(vector(0, 0, 1), (0, -1, 0), 0.8, 0.4, rng)
    right = np.cross(camera.target - camera.position, camera.up)
    edge = camera.project((camera.target + 0.2 * right / np.linalg.norm(right))[None])[0]
    assert np.abs(edge[:2]).max() == pytest.approx(1, abs=0.01)


def test_a_camera_that_is_too_close_is_noticed() -> None:
    camera = at_eyes(vector(0, 0, 1.6), vector(0, -0.4, 1.3), 0.3, np.random.default_rng(1))
    assert not clear_of(camera, camera.position[None] + 0.01, 0.1)
    assert clear_of(camera, camera.position[None] + 0.5, 0.1)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_textures_are_light_between_black_and_white_and_repeat_for_a_seed(make) -> None:
    for seed in range(6):
        texture = make(np.random.default_rng(seed))
        assert texture.dtype == np.float32
        assert texture.ndim == 3
        assert texture.shape[2] == 3
        assert texture.min() > 0
        assert texture.max() < 1
        assert (texture == make(np.random.default_rng(seed))).all()


@pytest.mark.parametrize("make", [lights.indoor, lights.outdoor], ids=lambda make: make.__name__)
def test_skies_shine_from_above_more_than_from_below(make) -> None:
    for seed in range(6):
        sky = make(np.random.default_rng(seed))
        assert sky.shape == (lights.HEIGHT, lights.WIDTH, 3)
        assert sky.min() >= 0
        assert sky[:16].mean() > sky[16:].mean()


def rendered(rng: Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hand = np.zeros((48, 64), np.float32)
    hand[10:40, 20:50] = 1
    return rng.uniform(0.01, 0.05, (48, 64, 3)).astype(np.float32), np.ones((48, 64), np.float32), hand


def test_a_dark_scene_is_exposed_to_a_middle_grey() -> None:
    light, opacity, hand = rendered(np.random.default_rng(0))
    picture = develop(light.copy(), expose(light, opacity, hand, stops=0.0))
    assert 0.25 < picture.mean() < 0.65


def test_a_hand_before_a_dark_wall_does_not_burn_out() -> None:
    light, opacity, hand = rendered(np.random.default_rng(0))
    light[hand > 0.5] = 3.0
    picture = develop(light.copy(), expose(light, opacity, hand, stops=0.0))
    assert picture[hand > 0.5].max() < 0.95
