"""Scenes put together: the actors, those who merely are there, the place, and the light."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.actors import Actor, Stage
from training.synthetic.drapery import taken_off, thrown
from training.synthetic.geometry import Matrix, moved, turned, unit
from training.synthetic.lights import flash
from training.synthetic.place import Place
from training.synthetic.scene import Camera, Mesh, Scene

CLOSE = ("shop", "wall")
"""Places that end right behind what the camera looks at."""

FLASHES = 0.1
"""How often a camera flashes in the dark."""


def bystander(stage: Stage, rng: Generator, at: Matrix) -> Actor:
    """Somebody who merely is there, hands hanging or doing something."""
    actor = Actor.enter(stage, rng.random(), rng)
    actor.look_around()
    for side in "RL":
        if rng.random() < 0.3:
            out = actor.out(side)
            actor.do(
                side,
                actor.eyes + np.array([out * rng.uniform(0, 0.3), -rng.uniform(0.2, 0.4), -rng.uniform(0.1, 0.45)]),
            )
        else:
            actor.hang(side)
    actor.place(at)
    return actor


def beside(camera: Camera, distance: float, aside: float, height: float, facing_deg: float) -> Matrix:
    """Where to put somebody: so far ahead of the camera and to its right, on the floor, turned from facing it."""
    forward = unit((camera.target - camera.position) * (1, 1, 0) + 1e-9)
    right = np.cross(forward, (0, 0, 1))
    at = camera.position * (1, 1, 0) + forward * distance + right * aside
    heading = np.degrees(np.arctan2(forward[0], -forward[1]))
    # People look along -y; turned by this, they look at the camera.
    return moved(*at[:2], height) @ turned((0, 0, 1), heading + 180 + facing_deg)


def onlookers(
    stage: Stage, camera: Camera, place: Place, distance: float, chance: float, rng: Generator
) -> list[Actor]:
    """With this chance, where there is room, a bystander some way behind what the camera looks at."""
    if rng.random() >= chance or place.kind in CLOSE:
        return []
    behind, aside = distance + rng.uniform(0.45, 0.8 if place.kind == "room" else 2.0), rng.uniform(-0.9, 0.9)
    return [bystander(stage, rng, beside(camera, behind, aside, 0, rng.normal(0, 50)))]


def cloth_left(middle: NDArray[np.float64], rng: Generator) -> Mesh:
    """A cloth thrown down somewhere around a point of a table's top."""
    return thrown(rng).carried(moved(*middle[:2] + rng.normal(0, 0.2, 2), middle[2]))


def gloves_left(stage: Stage, middle: NDArray[np.float64], rng: Generator) -> list[Mesh]:
    """One or two empty gloves that lie around a point of a table's top."""
    places = middle[:2] + rng.normal(0, 0.12, (rng.integers(1, 3), 2))
    return [
        taken_off(stage.bodies, rng).carried(moved(*place, middle[2]) @ turned((0, 0, 1), rng.uniform(0, 360)))
        for place in places
    ]


def finish(actors: list[Actor], camera: Camera, place: Place, rng: Generator, **facts: object) -> Scene:
    """All of it as a scene."""
    people = [actor.facts() for actor in actors]
    meshes = [mesh for actor in actors for mesh in actor.act()] + place.meshes
    sky = place.sky
    if rng.random() < FLASHES:
        sky, facts["flash"] = sky * 0.15, True
        meshes.append(flash(camera.position, camera.target, rng))
    return Scene(
        meshes=[mesh for mesh in meshes if len(mesh.faces)],
        camera=camera,
        sky=sky,
        backdrop=place.backdrop,
        exposure=float(rng.normal(0, 0.35)),
        facts={"place": place.kind, "people": people, **facts},
        credits=frozenset(place.credits | {credit for actor in actors for credit in actor.credits()}),
    )
