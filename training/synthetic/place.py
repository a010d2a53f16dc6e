"""What every place is made of: walls, floors, prints, and the light that falls into it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.furniture import Furniture
from training.synthetic.geometry import Matrix, turned
from training.synthetic.pictures import Pictures
from training.synthetic.scene import Material, Mesh, Texture
from training.synthetic.solids import sheet
from training.synthetic.textures import anything, cloth, plaster, speckle, tiles, wood


@dataclass
class Place:
    """Where a scene happens."""

    meshes: list[Mesh]
    sky: NDArray[np.float32]
    backdrop: NDArray[np.float32] | None = None
    credits: set[str] = field(default_factory=set)
    kind: str = ""

    def moved_to(self, frame: Matrix) -> Place:
        """The place, built around another frame."""
        self.meshes = [mesh.carried(frame) for mesh in self.meshes]
        return self

    def add(self, other: Place) -> None:
        """Put another place's things into this one; its light stays outside."""
        self.meshes = self.meshes + other.meshes
        self.credits = self.credits | other.credits


@dataclass(frozen=True)
class Stock:
    """What places are made from."""

    furniture: Furniture
    pictures: Pictures


def photo_print(rng: Generator, stock: Stock, place: Place) -> Texture:
    """A piece of a licensed photo, printed, with its credit entered; any texture if there is none."""
    if not stock.pictures.all:
        return anything(rng)
    piece, credit = stock.pictures.piece(rng, 256)
    place.credits.add(credit)
    return piece.clip(0.004, 0.9)


def panel(texture: Texture, width: float, height: float, at: Matrix, repeats: tuple | None = None) -> Mesh:
    """A wall, or a picture on it: `at` is its middle, and it faces -y there."""
    face = sheet("wall", width, height, Material(texture, 0.8, 0.2), repeats or (width / 1.5, height / 1.5))
    return face.carried(at @ turned((1, 0, 0), 90))


def wall_texture(rng: Generator, stock: Stock, place: Place) -> Texture:
    """Plaster mostly."""
    kind = rng.random()
    if kind < 0.55:
        return plaster(rng)
    return anything(rng) if kind < 0.85 else photo_print(rng, stock, place)


def floor(rng: Generator) -> Mesh:
    """A floor of 12 by 12 metres."""
    texture = (wood, tiles, speckle, cloth)[rng.choice(4, p=[0.45, 0.2, 0.25, 0.1])](rng)
    return sheet("floor", 12, 12, Material(texture, rng.uniform(0.25, 0.9), 0.3), repeats=(9, 9))
