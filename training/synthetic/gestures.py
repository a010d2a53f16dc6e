"""What hands do when they hold nothing."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.hand import HandPose

STRAIGHT, FOLDED, TIGHT = (0, 0, 0, 0), (70, 85, 50, 0), (78, 95, 55, 0)

NAMED: dict[str, tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]] = {
    "flat": ((STRAIGHT,) * 4, (0, 0, 0, 0, 0)),
    "spread": (((-6, -3, -3, 10), (-6, -3, -3, 1), (-6, -3, -3, 7), (-6, -3, -3, 16)), (-15, -8, -8, -5, -5)),
    "fist": ((FOLDED,) * 4, (40, 25, 0, 30, 30)),
    "fist around the thumb": ((TIGHT,) * 4, (45, 30, 5, 40, 40)),
    "pointing": ((STRAIGHT, FOLDED, FOLDED, FOLDED), (35, 20, 0, 30, 25)),
    "victory": (((-5, 0, 0, 8), (-5, 0, 0, 4), FOLDED, FOLDED), (45, 30, 0, 35, 25)),
    "three": ((STRAIGHT, STRAIGHT, (0, 0, 0, 6), FOLDED), (45, 30, 0, 35, 25)),
    "four": (((0, 0, 0, 6), STRAIGHT, STRAIGHT, (0, 0, 0, 8)), (50, 30, 0, 35, 25)),
    "thumb up": ((FOLDED,) * 4, (-18, -12, -10, -8, -8)),
    "horns": ((STRAIGHT, FOLDED, FOLDED, STRAIGHT), (45, 30, 0, 35, 25)),
    "telephone": ((FOLDED, FOLDED, FOLDED, (0, 0, 0, 10)), (-15, -12, -10, -5, -5)),
    "ring": (((50, 45, 25, 0), (20, 20, 10, 0), (10, 12, 8, 2), (5, 8, 5, 6)), (38, 20, 0, 22, 25)),
    "pinch": (((48, 42, 22, 0), (52, 52, 28, 0), (56, 58, 30, 0), (60, 60, 30, 0)), (40, 22, 0, 20, 22)),
    "claw": (((5, 55, 35, 6), (5, 55, 35, 1), (5, 55, 35, 4), (5, 55, 35, 9)), (5, 0, -5, 20, 30)),
    "hanging": (((18, 25, 14, 1), (22, 30, 16, 0), (26, 34, 18, 1), (30, 36, 18, 3)), (12, 5, 0, 10, 15)),
    "cupped": (((35, 30, 15, 0), (38, 30, 15, 0), (40, 32, 16, 0), (42, 34, 16, 0)), (25, 10, 0, 12, 15)),
}
"""By name: index to little finger, then the thumb, in the angles of HandPose."""

ODD = "any curl"


def gesture(name: str, rng: Generator) -> HandPose:
    """A named gesture as this person happens to make it; `any curl` bends each finger by itself."""
    if name == ODD:
        curls = rng.uniform(0, 1, (4, 1)) * np.array([75, 90, 50, 0]) * rng.uniform(0.6, 1, (4, 4))
        return HandPose(curls + rng.normal(0, 4, (4, 4)), rng.uniform((-15, -10, -10, -8, -8), (45, 30, 5, 40, 45)))
    fingers, thumb = (np.array(each, float) for each in NAMED[name])
    effort = rng.normal(1, 0.08) if name not in ("flat", "spread") else 1.0
    loose = rng.normal(0, (4, 5, 4, 1.5), (4, 4))
    return HandPose(fingers * effort + loose, thumb * effort + rng.normal(0, 5, 5))


def any_gesture(rng: Generator, signs: float = 1.0) -> HandPose:
    """Some gesture; relaxed hands and odd ones more often than signs, unless signs are asked for more strongly."""
    relaxed = {"hanging": 2.5, "cupped": 2.0, ODD: 4.0}
    names = [*NAMED, ODD]
    weights = np.array([relaxed.get(name, signs) for name in names])
    return gesture(str(rng.choice(names, p=weights / weights.sum())), rng)
