"""Drawn hands to learn from: red ones on noise, one or two in a photo, or none."""

from __future__ import annotations

import numpy as np

from handseg.masks import Mask
from handseg.photos import Photo
from tests.pictures import encoded
from training.sources import labels
from training.sources.examples import Example, Terms
from training.sources.mixture import Mixed, Pool

SIDE = 64
HEIGHT, WIDTH = 96, 128
TERMS = Terms("drawn", "CC0-1.0", "")


def scene(number: int) -> tuple[Photo, Mask]:
    """A photo and where its hands are; each fourth has none."""
    drawn = np.random.default_rng(number)
    photo = drawn.integers(0, 90, (HEIGHT, WIDTH, 3), np.uint8)
    hand = np.zeros((HEIGHT, WIDTH), bool)
    for _ in range(number % 4 and 1 + number % 2):
        y, x = drawn.integers(0, (HEIGHT - 30, WIDTH - 34))
        hand[y : y + 28, x : x + 32] = True
    photo[hand] = (230, 120, 60)
    return photo, hand


def mixed(count: int = 16) -> Mixed:
    """Examples of scenes."""
    examples = []
    for number in range(count):
        photo, hand = scene(number)
        examples.append(Example.of(f"{number}", encoded(photo), labels.of_mask(hand), f"{number}", TERMS))
    return Mixed([Pool(tuple(examples), "drawn@1", "0" * 64)], [1.0])
