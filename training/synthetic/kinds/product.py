"""The mission's own case: a hand shows a product, often cut by the picture's edge and half hidden by the product."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import unit, vector
from training.synthetic.gestures import gesture
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import finish, onlookers
from training.synthetic.views import around, at_eyes, clear_of

BESIDE = ("cupped", "hanging", "claw")
"""What the other hand does that comes to a held thing."""

PLACES = {"photo": 0.3, "room": 0.25, "shop": 0.32, "wall": 0.13}


def product(job: Job, rng: Generator, stage: Stage) -> Scene:
    """Close before one's own camera, before one's own eyes, shown to somebody else, or an arm that comes in anyhow."""
    ways = {_close: 0.45, _before_own_eyes: 0.2, _shown: 0.2, _from_the_side: 0.15}
    way = list(ways)[rng.choice(len(ways), p=list(ways.values()))]
    return way(job, rng, stage)


def _close(job: Job, rng: Generator, stage: Stage) -> Scene:
    """The product fills the picture, seen from where the arm comes from: the thumb in front, the fingers behind."""
    actor = Actor.enter(stage, job.tone, rng)
    actor.trunk = False
    side = actor.arms = "R" if rng.random() < 0.5 else "L"
    out = actor.out(side)
    target = actor.eyes + vector(out * rng.uniform(0.0, 0.2), -rng.uniform(0.35, 0.52), rng.uniform(-0.4, -0.05))
    held = actor.hold(side, target, stage.thing(rng), (-0.5 * out, -1, 0.2))
    hand, thing = actor.middle(side), actor.held_points().mean(axis=0)
    aim = hand + rng.uniform(0.3, 1.3) * (thing - hand) + rng.normal(0, 0.02, 3)
    size = max(0.14, 0.75 * held.thing.height)
    towards_arm = actor.elbow(side) - hand
    camera, best = None, np.inf
    for _ in range(30):
        direction = unit(towards_arm) + rng.normal(0, 0.55, 3) + vector(0, 0, 0.25)
        candidate = around(aim, direction, rng.uniform(0.28, 0.5), size * rng.uniform(1.0, 1.9), rng)
        # An elbow in the picture, or an arm before the lens, is not how people hold a telephone and a product.
        seen = 1.15 - np.abs(candidate.project(actor.elbow(side)[None])[0, :2]).max()
        crowded = 0.13 - np.linalg.norm(actor.arm_points() - candidate.position, axis=1).min()
        cost = max(seen, 0) + 20 * max(crowded, 0)
        if cost < best:
            camera, best = candidate, cost
        if cost == 0:
            break
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES)
    return finish([actor], camera, place, rng, way="close")


def _before_own_eyes(job: Job, rng: Generator, stage: Stage) -> Scene:
    actor = Actor.enter(stage, job.tone, rng)
    actor.head = False
    side, other = ("R", "L") if rng.random() < 0.65 else ("L", "R")
    out = actor.out(side)
    target = actor.eyes + vector(out * rng.uniform(-0.02, 0.14), -rng.uniform(0.28, 0.5), rng.uniform(-0.32, -0.02))
    actor.hold(side, target, stage.thing(rng), (-0.5 * out, -1, 0.2))
    if rng.random() < 0.35:
        # About where the thing will be: the other hand comes to it from outside.
        near = target + vector(-out * rng.uniform(0.06, 0.12), -0.04, rng.normal(0.02, 0.04))
        actor.do(other, near, (out, 0.2, 0), (0, -1, 0.3), gesture(str(rng.choice(BESIDE)), rng))
    else:
        actor.hang(other)
    aim = _at_the_product(actor, side, rng)
    camera = at_eyes(actor.eyes, aim, rng.uniform(0.16, 0.42), rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES)
    return finish([actor], camera, place, rng, way="own eyes")


def _shown(job: Job, rng: Generator, stage: Stage) -> Scene:
    actor = Actor.enter(stage, job.tone, rng)
    actor.look_around()
    sides = "R" if rng.random() < 0.6 else "L"
    for side in "RL":
        out = actor.out(side)
        if side in sides:
            target = actor.eyes + vector(out * rng.uniform(0, 0.3), -rng.uniform(0.25, 0.5), rng.uniform(-0.4, 0.05))
            actor.hold(side, target, stage.thing(rng), (-0.9 * out, -0.3, 0.3))
        elif rng.random() < 0.25:
            actor.do(
                side, actor.eyes + vector(out * rng.uniform(0, 0.3), -rng.uniform(0.2, 0.4), rng.uniform(-0.5, -0.2))
            )
        else:
            actor.hang(side)
    distance = rng.uniform(0.35, 1.2)
    direction = (rng.normal(0, 0.45), -1, rng.normal(0.05, 0.2))
    aim = _at_the_product(actor, sides, rng)
    camera = around(aim, direction, distance, np.exp(rng.uniform(np.log(0.2), np.log(0.9))), rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES)
    others = onlookers(stage, camera, place, distance, 0.25, rng)
    return finish([actor, *others], camera, place, rng, way="shown")


def _from_the_side(job: Job, rng: Generator, stage: Stage) -> Scene:
    actor = Actor.enter(stage, job.tone, rng)
    actor.trunk = False
    side = actor.arms = "R" if rng.random() < 0.6 else "L"
    out = actor.out(side)
    target = actor.eyes + vector(out * rng.uniform(0.05, 0.3), -rng.uniform(0.3, 0.5), rng.uniform(-0.4, 0.0))
    actor.hold(side, target, stage.thing(rng), rng.normal(size=3) + vector(-0.7 * out, -0.8, 0))
    aim = _at_the_product(actor, side, rng)
    width = rng.uniform(0.16, 0.38)
    for _ in range(12):
        direction = (rng.normal(0, 1), rng.normal(-0.3, 0.8), rng.normal(0.15, 0.3))
        camera = around(aim, direction, rng.uniform(0.35, 0.8), width, rng)
        shoulder = np.array([actor.person.hands[side].shoulder])
        ends = np.abs(camera.project(shoulder)[0])
        if ends[:2].max() > 1.2 and clear_of(camera, actor.hand_points(side), 0.15):
            break
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES)
    return finish([actor], camera, place, rng, way="from the side")


def _at_the_product(actor: Actor, side: str, rng: Generator) -> NDArray[np.float64]:
    """Between hand and product, and beyond it: cameras look at the product, and cut the hand."""
    hand, thing = actor.middle(side), actor.held_points().mean(axis=0)
    return hand + rng.uniform(0, 1.4) * (thing - hand) + rng.normal(0, 0.045, 3)
