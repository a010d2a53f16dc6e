"""Cloth that nobody wears, thrown down or hung up, and gloves that were taken off: folds that fingers are taken for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from training.synthetic.adornments import GLOVES, glove
from training.synthetic.assets import Bodies
from training.synthetic.body import SIDES
from training.synthetic.geometry import inverse, triangles, turned, vertex_normals
from training.synthetic.gestures import gesture
from training.synthetic.noise import field, picture
from training.synthetic.person import Person
from training.synthetic.scene import Material, Mesh, linear, plain
from training.synthetic.textures import any_colour, cloth

WEAVE = 64
"""Vertices along each side of a cloth."""

EMPTIED = ("flat", "spread", "hanging", "cupped")
"""Gestures that a glove may keep when the hand has left it."""


def thrown(rng: Generator) -> Mesh:
    """A towel, a shirt or a rag that was thrown down: around the origin, on z = 0."""
    across, along = _grid()
    size = np.exp(rng.uniform(np.log(0.05), np.log(0.55))) * rng.uniform(0.6, 1, 2)
    outline = 0.25 * np.stack([picture(WEAVE, WEAVE, (2, 2), rng) for _ in range(2)])
    ridges = sum(share * _ridges(grains, rng) for grains, share in ((rng.uniform(2, 5), 0.6), (9, 0.3), (18, 0.15)))
    flat_at_the_hem = 1 - np.maximum(abs(across), abs(along)) ** 4
    height = np.exp(rng.uniform(np.log(0.08), np.log(0.9))) * size.min() * ridges * flat_at_the_hem + 0.001
    points = np.stack([(across + outline[0]) * size[0], (along + outline[1]) * size[1], height], axis=-1)
    return _woven("cloth", points, rng)


def hung(width: float, height: float, rng: Generator) -> Mesh:
    """A curtain or a towel on a rail, folds upright: around the origin, all of it before y = 0, where a wall may be."""
    across, along = _grid()
    deep = rng.uniform(0.01, 0.06)
    phase = across * width / (deep * rng.uniform(1.5, 4)) + picture(WEAVE, WEAVE, (3, 2), rng)
    points = np.stack([across * width / 2, -deep * (1.2 + np.sin(phase)), along * height / 2], axis=-1)
    return _woven("curtain", points, rng)


def taken_off(bodies: Bodies, rng: Generator) -> Mesh:
    """An empty glove: around the origin, on z = 0, flatter than a hand is. It is no hand."""
    person = Person.draw(bodies, 0.5, rng)
    hand = person.hands[SIDES[rng.integers(2)]]
    surface = person.body.bodies.surfaces[f"arm.{hand.side}"]
    posed = person.body.pose(hand.turns(gesture(str(rng.choice(EMPTIED)), rng)))
    rest, points = surface.matrix @ person.body.vertices, surface.matrix @ posed.vertices
    past, faces = (rest - hand.wrist) @ hand.along, triangles(surface.quads)
    worn, colours, thick = glove(str(rng.choice(GLOVES)), linear(any_colour(rng)), rest, past, rng)
    points = points + vertex_normals(points, faces) * thick[:, None]
    shown = triangles(surface.quads[worn[surface.quads].all(axis=1)])
    used, numbers = np.unique(shown, return_inverse=True)
    material = Material(roughness=rng.uniform(0.3, 0.9), specular=0.4, flatness=0.1)
    whole = Mesh("glove", points[used], numbers.reshape(-1, 3).astype(np.int32), material, colours=colours[used])
    lying = whole.carried(inverse(hand.palm))
    return deflated(lying.carried(turned((0, 1, 0), 180)) if rng.random() < 0.5 else lying, rng)


def deflated(mesh: Mesh, rng: Generator) -> Mesh:
    """What was full, without air in it: around the origin, just above z = 0, a fifth to a half as thick, uneven."""
    flat = mesh.vertices * (1, 1, rng.uniform(0.2, 0.5))
    flat[:, 2] += 0.003 * field(flat, 40, rng)
    flat -= (*flat[:, :2].mean(axis=0), flat[:, 2].min() - 0.0005)
    return replace(mesh, vertices=flat, normals=vertex_normals(flat, mesh.faces))


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """Where each vertex is across and along the cloth, -1..1: (WEAVE, WEAVE) each."""
    line = np.linspace(-1, 1, WEAVE)
    return np.meshgrid(line, line)


def _ridges(grains: float, rng: Generator) -> np.ndarray:
    """Sharp folds between shallow hollows: 0..1, about `grains` of them along each side."""
    return (1 - abs(picture(WEAVE, WEAVE, (grains, grains * rng.uniform(0.3, 1)), rng))).clip(0) ** 2


def _woven(name: str, points: np.ndarray, rng: Generator) -> Mesh:
    """Points (WEAVE, WEAVE, 3) as a cloth of one colour mostly."""
    corners = np.arange(WEAVE * WEAVE).reshape(WEAVE, WEAVE)
    quads = np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]], axis=-1).reshape(-1, 4)
    faces, vertices = triangles(quads), points.reshape(-1, 3)
    texture = plain(linear(any_colour(rng))) if rng.random() < 0.5 else cloth(rng)
    uv = np.stack(_grid(), axis=-1).reshape(-1, 2) / 2 + 0.5
    material = Material(texture, roughness=rng.uniform(0.5, 0.95), specular=0.3, sheen=0.3)
    return Mesh(name, vertices, faces, material, uv=uv.astype(np.float32), normals=vertex_normals(vertices, faces))
