"""One hand that fills the picture."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import vector
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import finish
from training.synthetic.views import around, clear_of


def closeup(job: Job, rng: Generator, stage: Stage) -> Scene:
    """A gesture, or a hand with something in it, from anywhere."""
    actor = Actor.enter(stage, job.tone, rng)
    actor.trunk = False
    side = actor.arms = str(rng.choice(["R", "L"]))
    out = actor.out(side)
    target = actor.eyes + vector(out * rng.uniform(0.0, 0.4), -rng.uniform(0.25, 0.5), rng.uniform(-0.5, 0.1))
    if rng.random() < 0.3:
        actor.hold(side, target, stage.thing(rng), rng.normal(size=3))
    else:
        actor.do(side, target, rng.normal(size=3), rng.normal(0, 0.6, 3) + vector(0, -0.2, 0.5))
    aim = actor.middle(side) + rng.normal(0, 0.02, 3)
    for _ in range(12):
        direction = rng.normal(size=3) * vector(1, 1, 0.7) + vector(0, -0.6, 0.2)
        camera = around(aim, direction, rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.36), rng)
        ends = np.abs(camera.project(np.array([actor.person.hands[side].shoulder]))[0, :2]).max()
        if clear_of(camera, actor.hand_points(side), 0.15) and ends > 1.1:
            break
    place = any_place(camera, actor.person.body.floor, rng, stage.stock)
    return finish([actor], camera, place, rng)
