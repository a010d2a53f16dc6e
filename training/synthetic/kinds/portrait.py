"""People from the front: hands at their faces, hands raised to the camera, and no hand in sight."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import unit, vector
from training.synthetic.gestures import any_gesture
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import finish, onlookers
from training.synthetic.views import around

PLACES = {"photo": 0.4, "room": 0.4, "wall": 0.2}


def face(job: Job, rng: Generator, stage: Stage) -> Scene:
    """A hand, or both, over the face, at the chin, at the ear, or near it, with and without things."""
    actor = Actor.enter(stage, job.tone, rng)
    sides = "RL" if rng.random() < 0.35 else str(rng.choice(["R", "L"]))
    for side in "RL":
        out = actor.out(side)
        if side not in sides:
            actor.hang(side)
            continue
        near = -rng.uniform(0.03, 0.12) if rng.random() < 0.75 else -rng.uniform(0.12, 0.35)
        target = actor.eyes + vector(out * rng.uniform(-0.02, 0.14), near, rng.uniform(-0.18, 0.06))
        up = np.array([-0.3 * out, 0, 0.8]) + rng.normal(0, 0.4, 3)
        if rng.random() < 0.18:
            actor.hold(side, target + vector(0, -0.05, -0.03), stage.thing(rng), up)
        else:
            actor.do(side, target, unit(actor.eyes + vector(0, 0.08, -0.03) - target) + rng.normal(0, 0.3, 3), up)
    distance = rng.uniform(0.45, 1.2)
    direction = (rng.normal(0, 0.4), -1, rng.normal(0, 0.2))
    aim = (actor.middle(sides[0]) + actor.eyes) / 2 + rng.normal(0, 0.04, 3)
    camera = around(aim, direction, distance, np.exp(rng.uniform(np.log(0.28), np.log(0.8))), rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES)
    return finish([actor], camera, place, rng)


def gesturing(job: Job, rng: Generator, stage: Stage) -> Scene:
    """A hand raised to the camera of a computer or a telephone; often the face is in the picture, too."""
    actor = Actor.enter(stage, job.tone, rng)
    actor.look_around(15)
    sides = "RL" if rng.random() < 0.2 else str(rng.choice(["R", "L"]))
    for side in "RL":
        out = actor.out(side)
        if side not in sides:
            actor.hang(side)
            continue
        target = actor.eyes + vector(out * rng.uniform(0.02, 0.38), -rng.uniform(0.15, 0.48), rng.uniform(-0.38, 0.1))
        palm = np.array([0, -1, 0]) * rng.choice([1, 1, 1, -1]) + rng.normal(0, 0.4, 3)
        actor.do(
            side, target, palm, np.array([-0.1 * out, -0.1, 1]) + rng.normal(0, 0.35, 3), any_gesture(rng, signs=3)
        )
    middle = actor.middle(sides[0])
    aim = middle + rng.uniform(0, 0.6) * (actor.eyes - middle) + rng.normal(0, 0.07, 3)
    distance = rng.uniform(0.35, 1.3)
    camera = around(
        aim, (rng.normal(0, 0.25), -1, rng.normal(-0.05, 0.15)), distance, distance * rng.uniform(0.55, 1.0), rng
    )
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, {"photo": 0.22, "room": 0.4, "wall": 0.38})
    return finish([actor], camera, place, rng)


def people(job: Job, rng: Generator, stage: Stage) -> Scene:
    """Faces, whole or cut by the edge, necks, shoulders and bare arms: one person close, or several further away."""
    actor = Actor.enter(stage, job.tone, rng)
    actor.look_around(40)
    for side in "RL":
        actor.hang(side)
    way = str(rng.choice(["near", "cut", "far", "skin"], p=[0.35, 0.25, 0.2, 0.2]))
    front = rng.random() < 0.8
    direction = (rng.normal(0, 0.8), -1 if front else 1, rng.normal(0, 0.2))
    if way == "far":
        aim, width, distance = (
            actor.eyes - vector(0, 0, rng.uniform(0.1, 0.9)),
            rng.uniform(1.2, 2.4),
            rng.uniform(2.2, 3.5),
        )
    elif way == "near":
        aim, width, distance = (
            actor.eyes - vector(0, 0, rng.uniform(0, 0.3)),
            rng.uniform(0.22, 0.75),
            rng.uniform(0.5, 1.3),
        )
    elif way == "cut":
        # The eyes come to lie on the picture's edge, or up to a third of its half inside or outside.
        width, distance = rng.uniform(0.25, 0.9), rng.uniform(0.5, 1.3)
        aim = actor.eyes + unit(rng.normal(size=3) * (1, 0.2, 1)) * width * rng.uniform(0.35, 0.65)
    else:
        # Feet, knees, elbows, shoulders and backs are skin, and no hands.
        bone = str(rng.choice(["foot", "lowerleg01", "lowerarm01", "upperarm01", "clavicle"]))
        aim = actor.person.body.head_of(f"{bone}.{rng.choice(['R', 'L'])}") + rng.normal(0, 0.05, 3)
        width, distance = rng.uniform(0.2, 0.6), rng.uniform(0.5, 1.2)
    camera = around(aim, direction, distance, width, rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock, PLACES | {"open": 0.2})
    chance = 0.6 if way == "far" else 0.25
    others = [
        *onlookers(stage, camera, place, distance, chance, rng),
        *onlookers(stage, camera, place, 0.9, chance / 2, rng),
    ]
    return finish([actor, *others], camera, place, rng, way=way)
