from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from training.synthetic.kinds import KINDS
from training.synthetic.plan import SHARES, job
from training.synthetic.skin import colour, melanin_of


def test_a_number_is_the_same_picture_whoever_asks_and_whenever() -> None:
    assert job(3, 1234) == job(3, 1234)
    assert job(3, 1234).rng(1).random() == job(3, 1234).rng(1).random()
    assert job(3, 1234).rng(0).random() != job(3, 1234).rng(1).random()
    assert job(3, 1234) != job(4, 1234)


def test_names_sort_by_number_and_tell_the_seed() -> None:
    assert job(3, 7).stem == "3-000007"


def test_every_kind_in_the_plan_can_be_made_and_the_other_way_round() -> None:
    assert set(SHARES) == set(KINDS)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_kinds_come_as_often_as_their_shares_say() -> None:
    counts = Counter(job(0, number).kind for number in range(3000))
    for kind, share in SHARES.items():
        assert counts[kind] / 3000 == pytest.approx(share, abs=0.025)


def test_any_run_of_pictures_covers_the_skin_tones_evenly() -> None:
    tones = [job(5, number).tone for number in range(400, 500)]
    counts, _ = np.histogram(tones, bins=5, range=(0, 1))
    assert counts.min() >= 18


def test_tones_are_even_in_lightness_and_reach_very_dark_skin() -> None:
    shades = colour([melanin_of(tone) for tone in np.linspace(0, 1, 11)], np.full(11, 0.45))
    lightness = 116 * np.cbrt(shades @ (0.2126, 0.7152, 0.0722)) - 16
    steps = -np.diff(lightness)
    assert steps.min() > 0.9 * steps.max()
    assert lightness[-1] < 20
    assert lightness[0] > 70


def test_skin_is_redder_than_blue_in_every_tone() -> None:
    shades = colour([melanin_of(tone) for tone in np.linspace(0, 1, 11)], np.full(11, 0.45))
    assert (shades[:, 0] > shades[:, 2]).all()
