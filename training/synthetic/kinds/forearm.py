"""Bare forearms that come in at the picture's edge, the hand outside of it: skin up to the wrist, and no hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import unit, vector
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Camera, Scene
from training.synthetic.staging import cloth_left, finish, gloves_left
from training.synthetic.tables import table
from training.synthetic.views import around

INSIDE = 0.97
"""What is nearer to the picture's middle than this, of 1 at its edge, can be seen."""


def forearm(job: Job, rng: Generator, stage: Stage) -> Scene:
    """An arm, sleeve rolled up, over a table or before a room; of its hand nothing, or little, is in the picture."""
    actor = Actor.enter(stage, job.tone, rng)
    outfit = replace(actor.person.outfit, sleeves=dict.fromkeys("RL", rng.uniform(0.2, 1.4)))
    actor.person = replace(actor.person, outfit=outfit)
    side, other = "RL" if rng.random() < 0.5 else "LR"
    actor.hang(other)
    out = actor.out(side)
    target = actor.eyes + vector(out * rng.uniform(0, 0.35), -rng.uniform(0.3, 0.5), rng.uniform(-0.55, -0.1))
    if rng.random() < 0.3:
        actor.hold(side, target, stage.thing(rng), (-0.5 * out, -1, 0.2))
    else:
        actor.do(side, target)
    camera = _at_the_elbow(actor, side, rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock)
    if rng.random() < 0.5:
        top = float(actor.arm_points()[:, 2].min()) - rng.uniform(0.002, 0.15)
        middle = np.array([*camera.target[:2], top])
        place.add(table(top, middle, rng, stage.stock, clear_of=actor.arm_points()))
        if rng.random() < 0.5:
            place.meshes.append(cloth_left(middle, rng))
        if rng.random() < 0.3:
            place.meshes += gloves_left(stage, middle, rng)
    return finish([actor], camera, place, rng)


def _at_the_elbow(actor: Actor, side: str, rng: Generator) -> Camera:
    """A view of the forearm near the edge, chosen among many by how little of the hand is in it."""
    elbow, hand = actor.elbow(side), actor.middle(side)
    best, least = None, np.inf
    for _ in range(30):
        aim = elbow + rng.uniform(-0.4, 0.5) * (hand - elbow) + rng.normal(0, 0.08, 3)
        direction = unit(rng.normal(size=3) + vector(0, -0.3, 0.7))
        camera = around(aim, direction, rng.uniform(0.35, 0.9), rng.uniform(0.18, 0.6), rng)
        close = np.linalg.norm(actor.arm_points() - camera.position, axis=1).min() < 0.15
        cost = share_seen(camera, actor.hand_points(side)) + close + (share_seen(camera, actor.arm_points()) < 0.02)
        if cost < least:
            best, least = camera, cost
        if cost == 0:
            break
    return best


def share_seen(camera: Camera, points: np.ndarray) -> float:
    """The share of points (N, 3) that are in the picture."""
    x, y, depth = camera.project(points).T
    return float(((abs(x) < INSIDE) & (abs(y) < INSIDE) & (depth > 0)).mean())
