"""All that can be held, and how often each is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from training.synthetic.catalogue import HELD
from training.synthetic.furniture import Furniture
from training.synthetic.geometry import moved
from training.synthetic.objects import book, card, fruit, handle, phone, stick
from training.synthetic.packages import bag, bottle, can, carton, cup, jar
from training.synthetic.thing import Thing

MAKERS: dict[str, tuple[Callable[[Generator], Thing], float]] = {
    "carton": (carton, 0.17),
    "bottle": (bottle, 0.12),
    "can": (can, 0.08),
    "jar": (jar, 0.06),
    "cup": (cup, 0.08),
    "phone": (phone, 0.12),
    "card": (card, 0.08),
    "book": (book, 0.05),
    "stick": (stick, 0.07),
    "handle": (handle, 0.05),
    "fruit": (fruit, 0.07),
    "bag": (bag, 0.05),
}
"""What is built from simple solids, with its share."""

FURNITURE_SHARE = 0.35
"""How often the thing is a model of the furniture catalogues instead, if they are there."""


def anything_to_hold(rng: Generator, furniture: Furniture) -> Thing:
    """Something to hold."""
    if furniture.models and rng.random() < FURNITURE_SHARE:
        grips = [(grip, name) for grip, names in HELD.items() for name in furniture.having(list(names))]
        if grips:
            grip, name = grips[rng.integers(len(grips))]
            return from_furniture(name, grip, furniture)
    shares = [share for _, share in MAKERS.values()]
    make, _ = MAKERS[str(rng.choice(list(MAKERS), p=shares))]
    return make(rng)


def from_furniture(name: str, grip: str, furniture: Furniture) -> Thing:
    """A model of the catalogues as a thing; what lies is stood up by its longest side, so that hands can take it."""
    model, meshes, distance = furniture.models[name], furniture.meshes(name), furniture.distance(name)
    width, depth, height = model.size
    centre = moved(0, 0, -height / 2)
    turn = np.eye(4)
    if grip != "rest" and height < max(width, depth) * 0.6:
        # Long side up, flat side to the front.
        turn[:3, :3] = [[0, 1, 0], [0, 0, 1], [1, 0, 0]] if width >= depth else [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
        height = max(width, depth)
    matrix = turn @ centre
    back = np.linalg.inv(matrix)

    def turned(points: np.ndarray) -> np.ndarray:
        return distance(points @ back[:3, :3].T + back[:3, 3])

    return Thing(name.split("/")[-1], [mesh.carried(matrix) for mesh in meshes], turned, grip, height, model.credit)
