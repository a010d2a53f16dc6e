"""A patch of skin that nobody can know is no hand; the hands themselves stay as they are."""

from __future__ import annotations

import numpy as np

from training.anonymous import SPARED, anonymise
from training.sources.labels import HAND

HEIGHT, WIDTH = 120, 160
SKIN, WALL = (210, 150, 120), (40, 90, 200)


def portrait() -> tuple[np.ndarray, np.ndarray]:
    """A face with a fine pattern to the left, a hand to the right."""
    photo = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    label = np.zeros((HEIGHT, WIDTH), np.uint8)
    photo[20:90, 20:80] = SKIN
    photo[20:90:2, 20:80:2] = (180, 120, 95)
    label[40:100, 100:150] = HAND
    photo[label > 0] = SKIN
    photo[40:100:2, 100:150:2] = (180, 120, 95)
    return photo, label


def test_a_place_of_skin_loses_its_detail_and_hands_keep_theirs() -> None:
    photo, label = portrait()
    for seed in range(20):
        found = anonymise(photo, label, np.random.default_rng(seed))
        assert found.dtype == np.uint8
        assert (found[37:103, 97:153][label[37:103, 97:153] > 0] == photo[label > 0]).all()
        near = np.zeros(label.shape, bool)
        near[40 - SPARED + 1 : 100, 100 - SPARED + 1 : 150] = True
        assert (found[near] == photo[near]).all()
        changed = (found != photo).any(axis=2)
        assert changed[20:90, 20:80].mean() > 0.02


def test_without_skin_beside_hands_a_photo_stays_as_it_is() -> None:
    photo, label = portrait()
    photo[20:90, 20:80] = WALL
    assert (anonymise(photo, label, np.random.default_rng(0)) == photo).all()
