"""Scenes of few forms: DrJit compiles a kernel for each form that it meets, which takes longer than to trace a picture.

A form is what kinds of surfaces there are and how many. So all surfaces that are painted at their vertices become one,
and those with textures are made a round number by specks that nobody sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.synthetic.geometry import Points, vertex_normals
from training.synthetic.scene import Material, Mesh, plain

SPECK = 1e-6
"""Metres."""

NO_HAND = -1.0
"""Metres past the wrist, of what belongs to no hand."""

ROUND = tuple(2**power for power in range(3, 16))
"""The numbers of textured surfaces that scenes have."""


@dataclass(frozen=True)
class Painted:
    """All surfaces of a scene that have their colours at their vertices, in one: (N, ...) arrays."""

    vertices: Points
    faces: NDArray[np.int64]
    normals: NDArray[np.float64]
    colours: NDArray[np.float32]
    past_wrist: NDArray[np.float32]
    roughness: NDArray[np.float32]
    flatness: NDArray[np.float32]
    specular: float


def painted(meshes: Sequence[Mesh]) -> Painted:
    """One surface of several; how much they shine, which is one number in a material, becomes the mean."""
    meshes = meshes or [_speck(np.zeros(3), painted=True)]
    counts = [len(mesh.vertices) for mesh in meshes]
    starts = np.cumsum([0, *counts[:-1]])
    return Painted(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([vertex_normals(m.vertices, m.faces) if m.normals is None else m.normals for m in meshes]),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate([np.full(len(m.vertices), NO_HAND) if m.past_wrist is None else m.past_wrist for m in meshes]),
        np.repeat([mesh.material.roughness for mesh in meshes], counts),
        np.repeat([mesh.material.flatness for mesh in meshes], counts),
        float(np.average([mesh.material.specular for mesh in meshes], weights=counts)),
    )


def rounded_up(meshes: Sequence[Mesh]) -> list[Mesh]:
    """The textured surfaces, flat ones and smooth ones, with specks among them until their number is round."""
    at = meshes[0].vertices[0] if meshes else np.zeros(3)
    flat = _speck(at)
    smooth = replace(flat, normals=np.tile([0.0, 0.0, 1.0], (3, 1)))
    full = next(number for number in ROUND if number >= len(meshes) + 2)
    return [*meshes, smooth, *[flat] * (full - len(meshes) - 1)]


def _speck(at: NDArray[np.float64], painted: bool = False) -> Mesh:
    corners = at + SPECK * np.eye(3)
    material = Material(None if painted else plain([0.5, 0.5, 0.5]))
    return Mesh("speck", corners, np.array([[0, 1, 2]]), material, colours=np.full((3, 3), 0.5) if painted else None)
