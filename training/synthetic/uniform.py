"""Scenes of few forms: DrJit compiles a kernel for each form that it meets, which takes longer than to trace a picture.

A form is what kinds of surfaces there are and how many. So all surfaces that are painted at their vertices, or have one
colour, become one; those that share a texture become one, too, and then they are made a round number by specks that
nobody sees. Few surfaces are also faster to trace: rays that hit different ones are shaded one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def by_surface(meshes: Iterable[Mesh]) -> tuple[list[Mesh], list[Mesh]]:
    """Meshes that are painted at their vertices, those of one colour among them; and textured ones, one a material."""
    coloured: list[Mesh] = []
    textured: dict[tuple, list[Mesh]] = {}
    for mesh in meshes:
        material = mesh.material
        if mesh.colours is not None:
            coloured.append(mesh)
        elif material.texture.shape[:2] == (1, 1) and not material.sheen:
            coloured.append(replace(mesh, colours=np.repeat(material.texture[0], len(mesh.vertices), axis=0)))
        else:
            look = material.roughness, material.specular, material.flatness, material.sheen
            textured.setdefault((id(material.texture), *look, mesh.normals is None), []).append(mesh)
    return coloured, [_joined(alike) for alike in textured.values()]


def _joined(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several whose material is the same, all of them flat or all smooth."""
    first, smooth = meshes[0], meshes[0].normals is not None
    return replace(
        first,
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        faces=_faces(meshes),
        uv=np.concatenate([np.zeros((len(m.vertices), 2), np.float32) if m.uv is None else m.uv for m in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]) if smooth else None,
    )


def _faces(meshes: Sequence[Mesh]) -> NDArray[np.int64]:
    """The triangles of all meshes, as their vertices are numbered one mesh after the other."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)])


def painted(meshes: Sequence[Mesh]) -> Painted:
    """One surface of several; how much they shine, which is one number in a material, becomes the mean."""
    meshes = meshes or [_speck(np.zeros(3), painted=True)]
    counts = [len(mesh.vertices) for mesh in meshes]
    return Painted(
        np.concatenate([mesh.vertices for mesh in meshes]),
        _faces(meshes),
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
