from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.intake.alike import ALIKE, distance, most_alike, perceptual_hash
from tests.pictures import drawn_photo

hashes = st.integers(0, 2**64 - 1).map("{:016x}".format)


def scene(seed: int) -> np.ndarray:
    """(96, 128, 3): soft blobs, as photos are made of low frequencies."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(noise, (128, 96), interpolation=cv2.INTER_CUBIC)


@given(hashes, hashes, hashes)
def test_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a) <= 64
    assert distance(a, c) <= distance(a, b) + distance(b, c)


@given(hashes, st.integers(0, 63))
def test_one_changed_bit_is_a_distance_of_one(a: str, bit: int) -> None:
    assert distance(a, f"{int(a, 16) ^ 1 << bit:016x}") == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_photo_is_alike_when_it_is_scaled_brightened_or_noisy(seed: int) -> None:
    photo = scene(seed)
    small = cv2.resize(photo, (90, 70), interpolation=cv2.INTER_AREA)
    bright = cv2.convertScaleAbs(photo, alpha=0.9, beta=20)
    noisy = (photo + np.random.default_rng(0).normal(0, 6, photo.shape)).clip(0, 255).astype(np.uint8)
    for other in (small, bright, noisy):
        assert distance(perceptual_hash(photo), perceptual_hash(other)) <= ALIKE


def test_other_scenes_are_not_alike() -> None:
    found = [perceptual_hash(scene(seed)) for seed in range(20)]
    assert min(distance(a, b) for place, a in enumerate(found) for b in found[:place]) > ALIKE


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 200)])
def test_a_photo_of_any_shape_has_a_hash_of_16_hex_digits(shape: tuple[int, int]) -> None:
    found = perceptual_hash(drawn_photo(*shape))
    assert len(found) == 16
    assert int(found, 16) >= 0


def test_the_nearest_is_chosen_and_only_within_the_limit() -> None:
    known = [("six", f"{0b111111:016x}"), ("two", f"{0b11:016x}"), ("far", "f" * 16)]
    assert most_alike("0" * 16, known) == "two"
    assert most_alike("0" * 16, known[:1]) == "six"
    assert most_alike("0" * 16, [("seven", f"{0b1111111:016x}")]) == ""
    assert most_alike("0" * 16, []) == ""
