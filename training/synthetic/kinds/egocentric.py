"""What somebody sees of their own hands, alone or with a partner across a table."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.actors import Actor, Stage
from training.synthetic.geometry import moved, turned, vector
from training.synthetic.plan import Job
from training.synthetic.rooms import any_place
from training.synthetic.scene import Scene
from training.synthetic.staging import finish, onlookers
from training.synthetic.tables import table
from training.synthetic.views import at_eyes


def egocentric(job: Job, rng: Generator, stage: Stage) -> Scene:
    """One or two own hands, holding something or not, often over a table."""
    actor = Actor.enter(stage, job.tone, rng)
    actor.head = False
    sides = "RL" if rng.random() < 0.6 else str(rng.choice(["R", "L"], p=[0.65, 0.35]))
    busy(actor, sides, stage, rng, holding=0.5)
    middles = np.array([actor.middle(side) for side in sides])
    spread = np.ptp(middles, axis=0).max()
    camera = at_eyes(actor.eyes, middles.mean(axis=0), rng.uniform(0.22, 0.55) + spread, rng)
    place = any_place(camera, actor.person.body.floor, rng, stage.stock)
    top = actor.lowest(sides) - (0.001 if rng.random() < 0.7 else rng.uniform(0.02, 0.2))
    if rng.random() < 0.6 and actor.fits_above(top, sides):
        desk = table(
            top,
            middles.mean(axis=0) + vector(0, -rng.uniform(0.1, 0.3), 0),
            rng,
            stage.stock,
            clear_of=actor.arm_points(),
        )
        place.add(desk)
    others = onlookers(stage, camera, place, 0.7, 0.2, rng)
    return finish([actor, *others], camera, place, rng)


def partner(job: Job, rng: Generator, stage: Stage) -> Scene:
    """Two people at a table: own hands near, the partner's hands and face across."""
    me, other = Actor.enter(stage, job.tone, rng), Actor.enter(stage, rng.random(), rng)
    me.head = False
    for each in (me, other):
        each.above = each.eyes[2] - 0.48
    mine = str(rng.choice(["R", "L", "RL", ""], p=[0.25, 0.15, 0.4, 0.2]))
    busy(me, mine, stage, rng, holding=0.35, high=-0.3)
    theirs = "RL" if rng.random() < 0.7 else "R"
    busy(other, theirs, stage, rng, holding=0.35, high=-0.3)
    other.look_around()
    gap = rng.uniform(0.85, 1.25)
    other.place(moved(rng.normal(0, 0.12), -gap, 0) @ turned((0, 0, 1), 180 + rng.normal(0, 12)))
    top = min(me.lowest(mine) if mine else 9.0, other.lowest(theirs)) - 0.001
    middle = np.array([0, -gap / 2, top])
    camera = at_eyes(
        me.eyes,
        middle + vector(rng.normal(0, 0.1), rng.uniform(-0.3, 0.1), rng.uniform(0, 0.3)),
        rng.uniform(0.5, 1.1),
        rng,
    )
    place = any_place(camera, me.person.body.floor, rng, stage.stock, {"photo": 0.3, "room": 0.55, "wall": 0.15})
    desk = table(top, middle, rng, stage.stock, clear_of=np.concatenate([me.arm_points(), other.arm_points()]))
    place.add(desk)
    return finish([me, other], camera, place, rng)


def busy(actor: Actor, sides: str, stage: Stage, rng: Generator, holding: float, high: float = -0.12) -> None:
    """Hands before the body, each holding something with this probability, sometimes at each other; the others hang."""
    meeting = actor.eyes + vector(rng.normal(0, 0.08), -rng.uniform(0.28, 0.45), rng.uniform(-0.42, high))
    together = len(sides) == 2 and rng.random() < 0.3
    for side in "RL":
        out = actor.out(side)
        if side not in sides:
            actor.hang(side)
            continue
        target = actor.eyes + vector(out * rng.uniform(0.0, 0.22), -rng.uniform(0.25, 0.5), rng.uniform(-0.45, high))
        if together:
            target = meeting + vector(out * rng.uniform(0.03, 0.09), rng.normal(0, 0.03), rng.normal(0, 0.03))
        ahead = np.array([-0.35 * out, -1, 0.15]) + rng.normal(0, 0.35, 3)
        if rng.random() < holding and not (together and actor.held):
            actor.hold(side, target, stage.thing(rng), ahead)
        else:
            palm = vector(-out, 0, 0) + rng.normal(0, 0.3, 3) if together else rng.normal(size=3) + vector(0, 0, -0.9)
            actor.do(side, target, palm, ahead)
