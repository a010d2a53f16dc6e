"""What can be held: meshes, the distance that fingers feel, and how one takes it.

A thing stands upright around its own z axis, centred, with its front towards -y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synthetic.geometry import moved
from training.synthetic.scene import Mesh
from training.synthetic.solids import Distance


@dataclass(frozen=True)
class Thing:
    """Something to hold, or to stand on a table."""

    name: str
    meshes: list[Mesh]
    distance: Distance
    grip: str
    """`wrap` around its z axis, `plate` held by its edges, `pinch` between finger tips, `rest` on the palm."""
    height: float
    credit: str | None = None


def standing(name: str, meshes: list[Mesh], distance: Distance, grip: str, height: float) -> Thing:
    """A thing that was built on z = 0, centred."""
    centred = [mesh.carried(moved(0, 0, -height / 2)) for mesh in meshes]
    return Thing(name, centred, shifted(distance, -height / 2), grip, height)


def shifted(distance: Distance, up: float) -> Distance:
    """The distance of a thing that is moved up."""
    return lambda points: distance(points - np.array([0, 0, up]))
