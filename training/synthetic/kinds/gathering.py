"""Several people further away, with small hands: they gesture, hold things, or let their arms hang."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import vector
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import beside, finish
from training.synthetic.views import around

PLACES = {"photo": 0.32, "room": 0.53, "open": 0.15}
"""Places where there is room for several people: the wall of a room is at least a step behind the first of them."""


def gathering(job: Job, rng: Generator, stage: Stage) -> Scene:
    """One to four people, whole or from the waist up."""
    first = _somebody(job.tone, stage, rng)
    width = np.exp(rng.uniform(np.log(0.8), np.log(2.2)))
    aim = first.eyes + vector(rng.normal(0, 0.2), 0, -rng.uniform(0.05, 0.45) * width)
    camera = around(aim, (rng.normal(0, 0.6), -1, rng.normal(0.05, 0.2)), rng.uniform(1.4, 3.5), width, rng)
    place = any_place(camera, first.person.body.floor, rng, stage.stock, PLACES)
    distance = float(np.linalg.norm(camera.target - camera.position))
    others = []
    for aside in rng.permutation([-0.75, -0.45, 0.5, 0.8])[: rng.integers(0, 4)]:
        other = _somebody(rng.random(), stage, rng)
        height = first.person.body.floor - other.person.body.floor
        depth = distance + rng.uniform(-0.3, 0.6)
        other.place(beside(camera, depth, aside * rng.uniform(0.8, 1.3), height, rng.normal(0, 35)))
        others.append(other)
    return finish([first, *others], camera, place, rng)


def _somebody(tone: float, stage: Stage, rng: Generator) -> Actor:
    actor = Actor.enter(stage, tone, rng)
    actor.look_around(30)
    for side in "RL":
        out = actor.out(side)
        target = actor.eyes + vector(out * rng.uniform(0, 0.45), -rng.uniform(0.1, 0.5), rng.uniform(-0.55, 0.15))
        way = rng.random()
        if way < 0.3:
            actor.hang(side)
        elif way < 0.6:
            actor.hold(side, target, stage.thing(rng), (-0.8 * out, -0.5, 0.3))
        else:
            actor.do(side, target)
    return actor
