"""Places: rooms with furniture, shops, the open, plain walls, photos; all built around where a camera looks."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic import lights
from training.synthetic.catalogue import BIG
from training.synthetic.drapery import hung
from training.synthetic.geometry import Matrix, framed, moved, turned, unit
from training.synthetic.place import Place, Stock, floor, panel, photo_print, wall_texture
from training.synthetic.scene import Camera, Material, Mesh
from training.synthetic.shop import shop
from training.synthetic.solids import sheet
from training.synthetic.textures import speckle

ANYWHERE = {"photo": 0.36, "room": 0.36, "wall": 0.10, "shop": 0.12, "open": 0.06}
"""How often each place is chosen where a kind of scene has no reason for other shares."""

CURTAINS = 0.25
"""How often cloth hangs at a room's wall."""

BACKDROP = 320
"""Pixels of the sides of a photo behind everything."""


def any_place(
    camera: Camera, ground: float, rng: Generator, stock: Stock, shares: dict[str, float] | None = None
) -> Place:
    """Some place behind and below what `camera` looks at; the ground lies at this height."""
    shares = shares or ANYWHERE
    kinds = [kind for kind in shares if kind not in ("photo", "open") or stock.pictures.all]
    weights = np.array([shares[kind] for kind in kinds])
    kind = str(rng.choice(kinds, p=weights / weights.sum()))
    if kind == "photo":
        return photo(rng, stock)
    frame, distance = _ahead(camera, ground)
    makers = {"room": room, "wall": wall, "shop": shop, "open": in_the_open}
    place = makers[kind](frame, distance, rng, stock)
    place.kind = kind
    return place


def _ahead(camera: Camera, ground: float) -> tuple[Matrix, float]:
    """The frame on the floor below the camera whose y is where it looks, and how far it looks."""
    forward = (camera.target - camera.position) * (1, 1, 0)
    if np.linalg.norm(forward) < 1e-3:
        forward = camera.up * (1, 1, 0)
    forward = unit(forward)
    right = np.cross(forward, (0, 0, 1))
    origin = camera.position * (1, 1, 0) + (0, 0, ground)
    return framed(right, forward, (0, 0, 1), origin), float(np.linalg.norm(camera.target - camera.position))


def photo(rng: Generator, stock: Stock) -> Place:
    """Nothing but a photo behind the scene; training may put another one there."""
    piece, credit = stock.pictures.piece(rng, BACKDROP)
    return Place([], lights.like(piece, rng), piece, {credit}, "photo")


def wall(frame: Matrix, distance: float, rng: Generator, stock: Stock) -> Place:
    """One wall, as in a studio, or close behind."""
    behind = distance + np.exp(rng.uniform(np.log(0.25), np.log(2.5)))
    place = Place([], lights.indoor(rng))
    place.meshes = [panel(wall_texture(rng, stock, place), 8, 6, moved(0, behind, 0.5)), floor(rng)]
    return place.moved_to(frame)


def room(frame: Matrix, distance: float, rng: Generator, stock: Stock) -> Place:
    """A wall ahead and one at a side, a floor, furniture along the wall, pictures above it."""
    behind = distance + rng.uniform(0.9, 2.8)
    width = rng.uniform(2.5, 5.0)
    side = rng.choice([-1, 1])
    place = Place([], lights.indoor(rng))
    texture = wall_texture(rng, stock, place)
    across = turned((0, 0, 1), -90 * side) @ moved(0, width / 2, 0)
    place.meshes = [panel(texture, 9, 2.7, moved(0, behind, 1.35)), panel(texture, 9, 2.7, across @ moved(0, 0, 1.35))]
    place.meshes.append(floor(rng))
    place.meshes += _along_the_wall(width, behind, rng, stock, place)
    if rng.random() < CURTAINS:
        at = moved(rng.uniform(-width / 2, width / 2), behind, rng.uniform(1.1, 1.4))
        place.meshes.append(hung(rng.uniform(0.3, 1.6), rng.uniform(0.5, 2.2), rng).carried(at))
    for _ in range(rng.integers(0, 4)):
        size = rng.uniform(0.25, 0.9, 2)
        at = moved(rng.uniform(-width / 2, width / 2), behind - 0.02, rng.uniform(1.2, 2.0))
        place.meshes.append(panel(photo_print(rng, stock, place), *size, at, repeats=(1, 1)))
    return place.moved_to(frame)


def _along_the_wall(width: float, behind: float, rng: Generator, stock: Stock, place: Place) -> list[Mesh]:
    """Furniture side by side, small things on something that nobody sees."""
    names, meshes, x = stock.furniture.having(list(BIG)), [], -width / 2 + 0.3
    while x < width / 2 and names:
        model = stock.furniture.models[str(rng.choice(names))]
        lift = rng.uniform(0.6, 0.9) if model.size[2] < 0.5 else 0.0
        at = moved(x + model.size[0] / 2, behind - model.size[1] / 2 - 0.03, lift) @ turned((0, 0, 1), rng.normal(0, 4))
        meshes += [mesh.carried(at) for mesh in stock.furniture.meshes(model.name)]
        place.credits.add(model.credit)
        x += model.size[0] + rng.uniform(0.02, 0.6)
    return meshes


def in_the_open(frame: Matrix, _distance: float, rng: Generator, stock: Stock) -> Place:
    """Ground that one stands on, and a photo where it ends."""
    piece, credit = stock.pictures.piece(rng, BACKDROP)
    ground = sheet("ground", 40, 40, Material(speckle(rng), 0.9, 0.2), repeats=(20, 20))
    return Place([ground], lights.outdoor(rng), piece, {credit}).moved_to(frame)
