"""Simple solids as meshes, and as signed distances that fingers can feel: below 0 inside, metres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import Points, vertex_normals
from training.synthetic.scene import Material, Mesh

Distance = Callable[[Points], NDArray[np.float64]]
"""Signed distances (...,) of points (..., 3) in the solid's own frame."""

SIDES = 48
"""Corners of a circle."""


def box(name: str, size: ArrayLike, material: Material) -> Mesh:
    """A box around the origin. Its texture is a strip of six squares: front (-y), right, back, left, top, bottom."""
    half = np.asarray(size, float) / 2
    faces = []
    for normal, up in (((0, -1, 0), (0, 0, 1)), ((1, 0, 0), (0, 0, 1)), ((0, 1, 0), (0, 0, 1)),
                       ((-1, 0, 0), (0, 0, 1)), ((0, 0, 1), (0, 1, 0)), ((0, 0, -1), (0, 1, 0))):  # fmt: skip
        right = np.cross(up, normal)
        faces.append([np.add(normal, np.add(x * right, y * np.array(up))) * half for x, y in CORNERS])
    vertices = np.array(faces).reshape(-1, 3)
    uv = np.concatenate([(CORNERS / 2 + 0.5) * (1 / 6, 1) + (tile / 6, 0) for tile in range(6)])
    # A hair inside each tile, so that neighbours do not bleed into the edges.
    uv[:, 0] = (uv[:, 0] - np.repeat(np.arange(6) + 0.5, 4) / 6) * 0.98 + np.repeat(np.arange(6) + 0.5, 4) / 6
    corners = np.arange(24).reshape(6, 4)
    triangles = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]).astype(np.int32)
    return Mesh(name, vertices, triangles, material, uv=uv.astype(np.float32))


CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)


def sheet(name: str, width: float, depth: float, material: Material, repeats: tuple[float, float] = (1, 1)) -> Mesh:
    """A rectangle in the plane z = 0 that faces up, its texture repeated along x and y."""
    vertices = np.concatenate([CORNERS * (width / 2, depth / 2), np.zeros((4, 1))], axis=1)
    uv = ((CORNERS / 2 + 0.5) * repeats).astype(np.float32)
    return Mesh(name, vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), material, uv=uv)


def lathe(name: str, profile: ArrayLike, material: Material, sides: int = SIDES) -> Mesh:
    """A profile of (radius, height) rows, from bottom to top, turned about z; the texture goes around once."""
    profile = np.asarray(profile, float)
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rings = profile[:, None, :1] * circle
    heights = np.broadcast_to(profile[:, None, 1:], (len(profile), sides + 1, 1))
    vertices = np.concatenate([rings, heights], axis=2).reshape(-1, 3)
    low, high = profile[:, 1].min(), profile[:, 1].max()
    u = np.broadcast_to(angles / (2 * np.pi), (len(profile), sides + 1))
    v = np.broadcast_to((profile[:, 1:] - low) / max(high - low, 1e-9), u.shape)
    lower = (np.arange(len(profile) - 1)[:, None] * (sides + 1) + np.arange(sides)).ravel()
    upper = lower + sides + 1
    triangles = np.concatenate([np.stack([lower, lower + 1, upper + 1], 1), np.stack([lower, upper + 1, upper], 1)])
    triangles = triangles.astype(np.int32)
    normals = vertex_normals(vertices, triangles)
    normals[:: sides + 1] = normals[sides :: sides + 1] = 0.5 * (normals[:: sides + 1] + normals[sides :: sides + 1])
    return Mesh(
        name, vertices, triangles, material, uv=np.stack([u, v], -1).reshape(-1, 2).astype(np.float32), normals=normals
    )


def rounded(profile: ArrayLike, radius: float, steps: int = 4) -> NDArray[np.float64]:
    """A profile with its inner corners rounded by curves of about `radius`."""
    profile = np.asarray(profile, float)
    result = [profile[0]]
    for before, corner, after in zip(profile, profile[1:], profile[2:], strict=False):
        arms = [other - corner for other in (before, after)]
        lengths = [float(np.linalg.norm(arm)) + 1e-9 for arm in arms]
        reach = min(radius, *(0.45 * length for length in lengths))
        start, end = (corner + arm / length * reach for arm, length in zip(arms, lengths, strict=True))
        curve = np.linspace(0, 1, steps)[:, None]
        result += list((1 - curve) ** 2 * start + 2 * curve * (1 - curve) * corner + curve**2 * end)
    return np.array([*result, profile[-1]])


def box_distance(size: ArrayLike) -> Distance:
    """Of a box around the origin."""
    half = np.asarray(size, float) / 2

    def distance(points: Points) -> NDArray[np.float64]:
        beyond = np.abs(points) - half
        return np.linalg.norm(beyond.clip(0), axis=-1) + beyond.max(axis=-1).clip(max=0)

    return distance


def lathe_distance(profile: ArrayLike) -> Distance:
    """Of a turned profile whose heights do not fall; exact beside it, a bound above and below."""
    profile = np.asarray(profile, float)
    order = np.argsort(profile[:, 1], kind="stable")
    radii, heights = profile[order].T

    def distance(points: Points) -> NDArray[np.float64]:
        # A lid closes the profile at the last height; just below it the radius is that of the wall.
        level = points[..., 2].clip(heights[0] + 1e-7, heights[-1] - 1e-7)
        beside = np.hypot(points[..., 0], points[..., 1]) - np.interp(level, heights, radii)
        above = np.maximum(points[..., 2] - heights[-1], heights[0] - points[..., 2])
        return np.where((beside > 0) & (above > 0), np.hypot(beside, above), np.maximum(beside, above))

    return distance


def ball_distance(radius: float) -> Distance:
    """Of a ball around the origin."""
    return lambda points: np.linalg.norm(points, axis=-1) - radius


def grid_distance(values: NDArray[np.float32], low: ArrayLike, step: float) -> Distance:
    """Of anything whose distances were measured on a grid (X, Y, Z) that begins at `low`, `step` metres apart."""
    from scipy.ndimage import map_coordinates

    low = np.asarray(low, float)
    last = np.array(values.shape) - 1

    def distance(points: Points) -> NDArray[np.float64]:
        places = (points - low) / step
        inside = places.clip(0, last)
        near = map_coordinates(values, np.moveaxis(inside, -1, 0), order=1)
        return near + np.linalg.norm(places - inside, axis=-1) * step

    return distance
