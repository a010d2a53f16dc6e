"""Hands on and over a table, seen from above or from across."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import vector
from training.synthetic.gestures import gesture
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import finish
from training.synthetic.tables import table
from training.synthetic.views import around, clear_of

LYING = ("flat", "spread", "hanging", "cupped", "fist", "claw", "pointing", "pinch")


def tabletop(job: Job, rng: Generator, stage: Stage) -> Scene:
    """Hands that lie on a table, point at something, or take it."""
    actor = Actor.enter(stage, job.tone, rng)
    sides = "RL" if rng.random() < 0.55 else str(rng.choice(["R", "L"]))
    height = actor.eyes[2] - rng.uniform(0.4, 0.52)
    actor.above = height - 0.02
    for side in "RL":
        out = actor.out(side)
        if side not in sides:
            actor.hang(side)
            continue
        target = np.array([out * rng.uniform(0.02, 0.25), -rng.uniform(0.25, 0.5), height])
        ahead = np.array([-0.5 * out, -1, -0.1]) + rng.normal(0, 0.3, 3)
        if rng.random() < 0.35:
            actor.hold(side, target + vector(0, 0, 0.05), stage.thing(rng), ahead, tilt=4)
        else:
            palm = (0, 0, -1) if rng.random() < 0.75 else (-out, 0, 0.3)
            actor.do(side, target, palm, ahead, gesture(str(rng.choice(LYING)), rng))
    middles = np.array([actor.middle(side) for side in sides])
    top = actor.lowest(sides) + (0.002 if not actor.held else -0.001)
    aim = middles.mean(axis=0) + rng.normal(0, 0.05, 3)
    width = rng.uniform(0.2, 0.6) + np.ptp(middles, axis=0).max()
    for _ in range(12):
        turn, steep = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(18, 88))
        direction = (np.cos(turn) * np.cos(steep), np.sin(turn) * np.cos(steep), np.sin(steep))
        camera = around(aim, direction, rng.uniform(0.5, 1.1), width, rng)
        if clear_of(camera, actor.skin_points(), 0.28):
            break
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, {"photo": 0.3, "room": 0.5, "wall": 0.2})
    desk = table(top, aim, rng, stage.stock, clear_of=actor.arm_points())
    place.add(desk)
    return finish([actor], camera, place, rng)
