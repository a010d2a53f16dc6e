"""A scene in plain arrays: what `kinds` describe and `tracer` renders. Colours are linear RGB, 0..1."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import Matrix, Points, carry, facing

Texture = NDArray[np.float32]
"""(H, W, 3) linear RGB; a single colour is (1, 1, 3)."""


@dataclass(frozen=True)
class Material:
    """How a surface looks; `texture` is None where the mesh has colours at its vertices."""

    texture: Texture | None = None
    roughness: float = 0.5
    specular: float = 0.5
    flatness: float = 0.0
    """0..1, how much light seems to go on below the surface, as it does in skin."""
    sheen: float = 0.0


@dataclass(frozen=True)
class Mesh:
    """Triangles of one material. `hand` is what the mask is made from."""

    name: str
    vertices: Points
    faces: NDArray[np.int32]
    material: Material
    colours: NDArray[np.float32] | None = None
    """(N, 3) at the vertices."""
    uv: NDArray[np.float32] | None = None
    """(N, 2) of the texture; v runs upwards, from the texture's last row to its first."""
    normals: NDArray[np.float64] | None = None
    """(N, 3) where the surface is smooth; None for flat triangles."""
    past_wrist: NDArray[np.float32] | None = None
    """(N,) metres past the wrist, on meshes that are hands where it is above 0; None: no hand."""
    light: float = 0.0
    """Radiance, for lamps."""

    def carried(self, matrix: Matrix) -> Mesh:
        """The mesh moved by a matrix without scale."""
        normals = None if self.normals is None else self.normals @ matrix[:3, :3].T
        faces = self.faces if np.linalg.det(matrix[:3, :3]) > 0 else self.faces[:, ::-1]
        return replace(self, vertices=carry(matrix, self.vertices), faces=faces, normals=normals)


@dataclass(frozen=True)
class Camera:
    """A pinhole with a lens: `fov` degrees across the square picture."""

    position: NDArray[np.float64]
    target: NDArray[np.float64]
    up: NDArray[np.float64]
    fov: float
    aperture: float = 0.0
    """Radius in metres; 0 for everything sharp."""
    focus: float = 1.0
    """Distance in metres at which it is sharp."""

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (N, 3) to (N, 3): x right and y down in -1..1 inside the picture, and the depth in metres."""
        frame = facing(self.target - self.position, self.up, self.position)
        local = (np.asarray(points, float) - self.position) @ frame[:3, :3]
        reach = np.maximum(local[:, 2:], 1e-6) * np.tan(np.radians(self.fov / 2))
        return np.concatenate([local[:, :2] * (-1, -1) / reach, local[:, 2:]], axis=1)


@dataclass(frozen=True)
class Scene:
    """All there is to see, the light that falls on it, and what the manifest should tell of it."""

    meshes: list[Mesh]
    camera: Camera
    sky: NDArray[np.float32]
    """(H, 2H, 3) radiance from all directions; the top row is above, columns go around z."""
    backdrop: NDArray[np.float32] | None = None
    """(H, W, 3) linear picture behind everything, where no mesh is; None when walls close the view."""
    exposure: float = 0.0
    """Stops brighter (or darker) than a camera would choose by itself."""
    facts: dict[str, object] = field(default_factory=dict)
    credits: frozenset[str] = frozenset()


def plain(colour: ArrayLike) -> Texture:
    """A texture of one colour."""
    return np.asarray(colour, np.float32).reshape(1, 1, 3)


def linear(srgb: ArrayLike) -> NDArray[np.float32]:
    """What a screen's value 0..1 means as light (IEC 61966-2-1)."""
    srgb = np.asarray(srgb, np.float32)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def screen(light: ArrayLike) -> NDArray[np.float32]:
    """Light as a screen's value 0..1, the inverse of `linear`."""
    light = np.asarray(light, np.float32).clip(0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)
