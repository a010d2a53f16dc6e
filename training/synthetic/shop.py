"""A shop: shelves full of packages, as somebody sees them who takes something out."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic import lights
from training.synthetic.geometry import Matrix, moved, turned
from training.synthetic.labels import box_print, wrap_print
from training.synthetic.place import Place, Stock, floor, panel
from training.synthetic.scene import Material, Mesh, Texture, linear, plain
from training.synthetic.solids import box, lathe
from training.synthetic.textures import any_colour, plaster

BOARDS = 4.4
"""Metres of shelves."""


def shop(frame: Matrix, distance: float, rng: Generator, _stock: Stock) -> Place:
    """Shelves full of packages, as somebody sees them who takes something out."""
    behind = distance + rng.uniform(0.25, 1.4)
    place = Place([], lights.indoor(rng))
    place.meshes = [floor(rng), panel(plaster(rng), 8, 4, moved(0, behind + 0.5, 1.0))]
    board = Material(plain(linear(any_colour(rng) * 0.4 + 0.55)), 0.5, 0.4)
    height, gap = rng.uniform(0.05, 0.3), rng.uniform(0.26, 0.42)
    prints = [box_print(rng) for _ in range(6)] + [wrap_print(rng) for _ in range(5)]
    while height < 2.3:
        place.meshes.append(box("board", (BOARDS, 0.45, 0.025), board).carried(moved(0, behind + 0.2, height)))
        place.meshes += _row(height + 0.0125, gap, behind, rng, prints)
        height += gap
    return place.moved_to(frame)


def _row(height: float, gap: float, behind: float, rng: Generator, prints: list[Texture]) -> list[Mesh]:
    """Packages on one board: groups of equal ones."""
    meshes, x = [], -1.7 + rng.uniform(0, 0.2)
    while x < 1.7:
        texture = prints[rng.integers(len(prints))]
        size = np.array([rng.uniform(0.05, 0.18), rng.uniform(0.04, 0.2), rng.uniform(0.35, 0.92) * gap])
        for _ in range(rng.integers(2, 5)):
            at = moved(x + size[0] / 2, behind + 0.02 + size[1] / 2, height + size[2] / 2)
            meshes.append(_package(texture, size, rng).carried(at))
            x += size[0] + 0.006
        x += rng.uniform(0.0, 0.05)
    return meshes


def _package(texture: Texture, size: np.ndarray, rng: Generator) -> Mesh:
    """A box, if the texture is the strip of a box's panels, else a bottle."""
    if texture.shape[1] > texture.shape[0] * 4:
        return box("package", size, Material(texture, 0.4, 0.4)).carried(turned((0, 0, 1), rng.normal(0, 3)))
    radius, tall = size[0] / 2, size[2]
    outline = [(radius, -tall / 2), (radius, tall * 0.3), (radius * 0.5, tall / 2), (0, tall / 2)]
    around = turned((0, 0, 1), rng.uniform(0, 360))
    return lathe("package", outline, Material(texture, 0.3, 0.5), sides=14).carried(around)
