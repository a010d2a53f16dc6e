"""Rotations, frames and triangles. Metres, degrees; right-handed, z up; points are rows, (N, 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
"""(N, 3) in metres."""

Matrix = NDArray[np.float64]
"""(4, 4), takes a local frame into the one around it; the last row is 0 0 0 1."""


def vector(x: float, y: float, z: float) -> NDArray[np.float64]:
    """A direction or an offset, (3,)."""
    return np.array([x, y, z], float)


def unit(vectors: ArrayLike) -> NDArray[np.float64]:
    """Vectors (..., 3) at length 1."""
    vectors = np.asarray(vectors, float)
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12)


def rotations(axis: ArrayLike, degrees: ArrayLike) -> NDArray[np.float64]:
    """Rotations (..., 3, 3) about axes (..., 3), by Rodrigues' formula."""
    x, y, z = np.moveaxis(unit(axis), -1, 0)
    angle = np.radians(np.asarray(degrees, float))
    shape = np.broadcast_shapes(x.shape, angle.shape)
    cross = np.zeros((*shape, 3, 3))
    cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = -z, y, -x
    cross[..., 1, 0], cross[..., 2, 0], cross[..., 2, 1] = z, -y, x
    sine, cosine = (np.broadcast_to(each, shape)[..., None, None] for each in (np.sin(angle), np.cos(angle)))
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def moved(*offset: float) -> Matrix:
    """A translation."""
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def turned(axis: ArrayLike, degrees: float) -> Matrix:
    """A rotation about the origin."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotations(axis, degrees)
    return matrix


def framed(x: ArrayLike, y: ArrayLike, z: ArrayLike, origin: ArrayLike) -> Matrix:
    """The frame with these axes at `origin`."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([x, y, z], axis=1)
    matrix[:3, 3] = origin
    return matrix


def facing(forward: ArrayLike, up: ArrayLike, origin: ArrayLike) -> Matrix:
    """The frame at `origin` whose z axis is `forward` and whose y axis is as close to `up` as that allows."""
    z = unit(forward)
    y = np.asarray(up, float)
    if np.linalg.norm(np.cross(z, y)) < 1e-3:
        y = np.array([0.0, 1.0, 0.0]) if abs(z[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    x = unit(np.cross(y, z))
    return framed(x, np.cross(z, x), z, origin)


def carry(matrix: Matrix, points: ArrayLike) -> Points:
    """Points (..., 3) taken through a matrix."""
    return np.asarray(points, float) @ matrix[:3, :3].T + matrix[:3, 3]


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a rotation with a translation; mirrors are allowed, scales are not."""
    result = np.eye(4)
    result[:3, :3] = matrix[:3, :3].T
    result[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return result


def triangles(quads: NDArray[np.integer]) -> NDArray[np.int32]:
    """Each of the quads (N, 4) as two triangles: (2N, 3)."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def vertex_normals(vertices: Points, faces: NDArray[np.integer]) -> NDArray[np.float64]:
    """The mean of the faces' normals around each vertex, by area: (N, 3)."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    result = np.empty((len(vertices), 3))
    for axis in range(3):
        result[:, axis] = np.bincount(faces.T.ravel(), np.tile(normals[:, axis], 3), minlength=len(vertices))
    return unit(result)
