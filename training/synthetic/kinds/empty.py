"""Rooms, tables and things with nobody there: wood, beige, brown and red that is no hand."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Stage
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import cloth_left, finish, gloves_left
from training.synthetic.tables import table
from training.synthetic.views import around


def empty(job: Job, rng: Generator, stage: Stage) -> Scene:  # noqa: ARG001 - all kinds are called alike
    """A room, a shop, or a table full of things, cloth and empty gloves among them."""
    aim = np.array([0.0, 0.0, rng.uniform(-0.2, 0.6)])
    turn, steep = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(0, 75))
    direction = (np.cos(turn) * np.cos(steep), np.sin(turn) * np.cos(steep), np.sin(steep))
    camera = around(aim, direction, rng.uniform(0.5, 1.6), rng.uniform(0.3, 1.6), rng)
    place = any_place(camera, -0.85, rng, stage.stock, {"room": 0.55, "shop": 0.3, "wall": 0.1, "photo": 0.05})
    if rng.random() < 0.65:
        top = aim - (0, 0, 0.03)
        place.add(table(top[2], aim, rng, stage.stock, clutter=int(rng.integers(3, 16))))
        if rng.random() < 0.3:
            place.meshes.append(cloth_left(top, rng))
        if rng.random() < 0.25:
            place.meshes += gloves_left(stage, top, rng)
    return finish([], camera, place, rng)
