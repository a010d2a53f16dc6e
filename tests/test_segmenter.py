from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handseg.geometry import Window
from handseg.segmenter import CLOSER, MOST_WINDOWS, SPECK, Prediction, Segmenter, open_segmenter, suspicious_windows
from handseg.settings import SHIPPED, Settings
from handseg.weights import Weights
from tests.pictures import drawn_photo

RED = (230, 20, 20)


class RednessEngine:
    """Finds red pixels instead of hands, so that a test knows where they are; counts its calls."""

    device = "cpu"

    def __init__(self) -> None:
        self.calls = 0

    def logits(self, photos: np.ndarray) -> np.ndarray:
        self.calls += 1
        return 4 * (photos[:, :1] - photos[:, 1:2]) - 6


def red_segmenter(zoom: bool = True) -> Segmenter:
    return Segmenter(replace(Weights.open(SHIPPED / "fast").card, zoom=zoom), RednessEngine())


def photo_with_red(height: int, width: int, window: Window) -> np.ndarray:
    photo = np.full((height, width, 3), 120, np.uint8)
    photo[window.slices] = RED
    return photo


def overlap(mask: np.ndarray, window: Window) -> float:
    truth = np.zeros(mask.shape, bool)
    truth[window.slices] = True
    return (mask & truth).sum() / (mask | truth).sum()


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (3000, 4000), (200, 2400), (2400, 200)])
def test_the_mask_lies_where_the_hand_is_whatever_the_photo_s_shape(size: tuple[int, int]) -> None:
    height, width = size
    window = Window(height // 8, width // 2, height // 2, width // 4)
    mask = red_segmenter().predict(photo_with_red(height, width, window)).mask(0.5)
    assert overlap(mask, window) > 0.9


def test_a_small_hand_in_a_large_photo_gets_a_second_look_that_sharpens_its_edge() -> None:
    window = Window(900, 2500, 160, 120)
    photo = photo_with_red(3000, 4000, window)
    once, twice = (red_segmenter(zoom).predict(photo).mask(0.5) for zoom in (False, True))
    assert overlap(twice, window) > overlap(once, window)
    assert overlap(twice, window) > 0.9


def test_a_large_hand_is_looked_at_once() -> None:
    segmenter = red_segmenter()
    segmenter.predict(photo_with_red(480, 640, Window(60, 80, 360, 480)))
    assert segmenter.engine.calls == 1


def test_a_photo_without_a_hand_is_looked_at_once() -> None:
    segmenter = red_segmenter()
    assert not segmenter.predict(np.full((480, 640, 3), 120, np.uint8)).mask().any()
    assert segmenter.engine.calls == 1


class SizeEngine:
    """Says of every pixel in how many rows of 32 pixels it sees the photo."""

    device = "cpu"

    def logits(self, photos: np.ndarray) -> np.ndarray:
        return np.full_like(photos[:, :1], photos.shape[2] / 32)


def test_what_is_seen_at_several_sides_is_averaged() -> None:
    card = replace(Weights.open(SHIPPED / "fast").card, side=64, also=(96, 128), zoom=False)
    probability = Segmenter(card, SizeEngine()).predict(drawn_photo(200, 200)).probability
    np.testing.assert_allclose(probability, 1 / (1 + np.exp(-3.0)), atol=1e-6)


class WatchedEngine:
    """Keeps what it is shown."""

    device = "cpu"

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def logits(self, photos: np.ndarray) -> np.ndarray:
        self.shown.append(photos)
        return photos[:, :1]


def test_a_network_is_shown_the_photo_as_its_card_normalises_it_and_its_mirror_image() -> None:
    photo, engine = drawn_photo(64, 96), WatchedEngine()
    card = replace(Weights.open(SHIPPED / "fast").card, side=78, also=(78,), zoom=False)
    Segmenter(card, engine).predict(photo)
    expected = ((photo / 255 - card.mean) / card.std).transpose(2, 0, 1)[None]
    np.testing.assert_allclose(engine.shown[0], expected, atol=1e-5)
    np.testing.assert_allclose(engine.shown[1], expected[..., ::-1], atol=1e-5)


class LeftEngine:
    """Sees a hand in the left half of whatever it is shown."""

    device = "cpu"

    def logits(self, photos: np.ndarray) -> np.ndarray:
        return np.where(np.arange(photos.shape[3]) < photos.shape[3] / 2, 4, -2)[None, None, None] + 0 * photos[:, :1]


def test_at_the_second_side_the_mirror_image_is_seen() -> None:
    card = replace(Weights.open(SHIPPED / "fast").card, side=64, also=(96,), zoom=False)
    probability = Segmenter(card, LeftEngine()).predict(drawn_photo(200, 200)).probability
    # What it sees on the left twice, once of it in the mirror, is as likely on both sides.
    np.testing.assert_allclose(probability[:, [20, 180]], 1 / (1 + np.exp(-1.0)), atol=1e-6)


def test_the_second_windows_are_around_the_largest_of_what_was_suspected() -> None:
    logits = np.full((600, 900), -9, np.float32)
    spots = [
        Window(40 + 130 * row, 60 + 200 * column, 30 + 8 * row, 40 + 8 * column) for row, column in np.ndindex(4, 4)
    ]
    for spot in spots:
        logits[spot.slices] = 5
    windows = suspicious_windows(logits)
    assert len(windows) == MOST_WINDOWS
    for window, spot in zip(windows, spots[::-1], strict=False):
        np.testing.assert_allclose(astuple(window), astuple(spot.around(CLOSER, 600, 900)), atol=12)


@settings(max_examples=25)
@given(st.integers(1, 300), st.integers(1, 300))
def test_a_probability_is_given_for_every_pixel_of_any_photo(height: int, width: int) -> None:
    probability = red_segmenter().predict(drawn_photo(height, width)).probability
    assert probability.shape == (height, width)
    assert probability.dtype == np.float32
    assert probability.min() >= 0
    assert probability.max() <= 1


def test_specks_of_a_few_pixels_are_no_hand() -> None:
    probability = np.zeros((1000, 1500), np.float32)
    probability[100:103, 100:140] = probability[500:700, 600:900] = 0.9
    with_specks, without = (Prediction(probability, 0.5, "m", speck).mask() for speck in (0.0, SPECK))
    assert with_specks[101, 120]
    assert without.sum() == 200 * 300


def test_the_threshold_comes_from_the_card_unless_one_is_given() -> None:
    prediction = red_segmenter().predict(drawn_photo())
    assert prediction.threshold == Weights.open(SHIPPED / "fast").card.threshold
    np.testing.assert_array_equal(prediction.mask(), prediction.probability >= prediction.threshold)
    np.testing.assert_array_equal(prediction.mask(0.1), prediction.probability >= 0.1)
    assert Prediction(np.float32([[0.5, 0.25]]), 0.5, "m").mask().tolist() == [[True, False]]


@pytest.mark.parametrize("name", ["accurate", "fast"])
def test_the_same_photo_gives_the_same_mask_again(name: str) -> None:
    photo = drawn_photo(480, 640)
    segmenter = open_segmenter(Settings(device="cpu"), name)
    assert segmenter.card.name == name
    np.testing.assert_array_equal(segmenter.predict(photo).probability, segmenter.predict(photo).probability)
