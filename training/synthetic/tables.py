"""Tables, and what stands and lies on them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic import lights
from training.synthetic.catalogue import SMALL
from training.synthetic.drapery import thrown
from training.synthetic.furniture import Furniture
from training.synthetic.geometry import Matrix, Points, moved, turned
from training.synthetic.place import Place, Stock, photo_print
from training.synthetic.scene import Material, Mesh, Texture, linear, plain
from training.synthetic.solids import box, sheet
from training.synthetic.textures import any_colour, cloth, speckle, wood
from training.synthetic.things import anything_to_hold

MOST_THINGS = 12

CLOTHS = 0.3
"""How often what lies there is a cloth, where it is no model of the catalogues."""


def table(
    top: float,
    middle: NDArray[np.float64],
    rng: Generator,
    stock: Stock,
    clutter: int | None = None,
    clear_of: Points | None = None,
) -> Place:
    """A table whose top is at this height around a point, with things on it that do not touch the points `clear_of`."""
    place = Place([], lights.indoor(rng))
    width, depth = rng.uniform(0.9, 2.4), rng.uniform(0.6, 1.2)
    texture = _table_texture(rng, stock, place)
    turn = moved(middle[0], middle[1], top) @ turned((0, 0, 1), rng.normal(0, 20) + 90 * rng.integers(4))
    roughness = rng.uniform(0.15, 0.8)
    repeats = float(rng.choice([1, 1, 2, 3]))
    board = sheet("table", width, depth, Material(texture, roughness, 0.4), (repeats * width / depth, repeats))
    body = box("table body", (width, depth, 0.03), Material(texture[:1, :1] * 0.8, 0.6, 0.3))
    place.meshes = [board.carried(turn), body.carried(turn @ moved(0, 0, -0.0155))]
    for _ in range(int(rng.integers(0, MOST_THINGS)) if clutter is None else clutter):
        at = moved(rng.uniform(-width, width) * 0.46, rng.uniform(-depth, depth) * 0.46, 0.0004)
        things, credit = _on_the_table(turn @ at, rng, stock, place)
        if clear_of is None or _is_clear(things, clear_of):
            place.meshes += things
            place.credits |= {credit} - {""}
    return place


def _is_clear(meshes: list[Mesh], points: Points) -> bool:
    """Whether no point is above or in the box around the meshes, by a finger's breadth."""
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    low, high = vertices.min(axis=0) - 0.012, vertices.max(axis=0) + 0.012
    return not ((points > low) & (points < high)).all(axis=1).any()


def _on_the_table(at: Matrix, rng: Generator, stock: Stock, place: Place) -> tuple[list[Mesh], str]:
    """Something that stands or lies there, and whom to thank for it."""
    small = stock.furniture.having(list(SMALL))
    at = at @ turned((0, 0, 1), rng.uniform(0, 360))
    if small and rng.random() < 0.6:
        name = str(rng.choice(small))
        return [mesh.carried(at) for mesh in stock.furniture.meshes(name)], stock.furniture.models[name].credit
    if rng.random() < CLOTHS:
        return [thrown(rng).carried(at)], ""
    if rng.random() < 0.3:
        paper = sheet("paper", *rng.uniform(0.08, 0.3, 2), Material(photo_print(rng, stock, place), 0.8, 0.2))
        return [paper.carried(at @ moved(0, 0, 0.0008))], ""
    thing = anything_to_hold(rng, Furniture(None, stock.furniture.cache))
    if thing.grip in ("plate", "pinch"):
        thick = max(float(mesh.vertices[:, 1].max()) for mesh in thing.meshes)
        lying = at @ moved(0, 0, thick) @ turned((1, 0, 0), -90)
        return [mesh.carried(lying) for mesh in thing.meshes], ""
    return [mesh.carried(at @ moved(0, 0, thing.height / 2)) for mesh in thing.meshes], ""


def _table_texture(rng: Generator, stock: Stock, place: Place) -> Texture:
    kind = rng.random()
    if kind < 0.45:
        return wood(rng)
    if kind < 0.6:
        return cloth(rng)
    if kind < 0.75:
        return plain(linear(any_colour(rng)))
    if kind < 0.87:
        return speckle(rng)
    return photo_print(rng, stock, place)
