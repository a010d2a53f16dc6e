"""Triangles cut along a line, so that seams and sleeves end smoothly and not in steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cut(
    faces: NDArray[np.int32], depth: NDArray[np.float64], *attributes: NDArray
) -> tuple[NDArray[np.int32], list[NDArray]]:
    """Keep the part of triangles (N, 3) where `depth`, (V,) at the vertices, is above 0.

    Gives the triangles of that part and the attributes (V, ...) with rows added for the vertices on the line.

    >>> faces, (points,) = cut(np.array([[0, 1, 2]]), np.array([1.0, -1.0, -1.0]), np.array([[0.0], [2.0], [4.0]]))
    >>> faces.tolist(), points.ravel().tolist()
    ([[0, 3, 4]], [0.0, 2.0, 4.0, 1.0, 2.0])
    """
    inside = depth[faces] > 0
    count = inside.sum(axis=1)
    lone, pair = _turned(faces, inside, count == 1, wanted=True), _turned(faces, inside, count == 2, wanted=False)
    # Where one corner is inside, it keeps a small triangle; where one is outside, the others keep a quad.
    edges = np.concatenate([lone[:, [0, 1]], lone[:, [0, 2]], pair[:, [0, 1]], pair[:, [0, 2]]])
    start, end = edges.T
    share = depth[start] / (depth[start] - depth[end])
    added = [
        (one[start] + (one[end] - one[start]) * share.reshape(-1, *[1] * (one.ndim - 1))).astype(one.dtype)
        for one in attributes
    ]
    new = len(depth) + np.arange(len(edges))
    first, second, third, fourth = np.split(new, np.cumsum([len(lone), len(lone), len(pair)]))
    kept = [
        faces[count == 3],
        np.stack([lone[:, 0], first, second], axis=1),
        np.stack([third, pair[:, 1], pair[:, 2]], axis=1),
        np.stack([third, pair[:, 2], fourth], axis=1),
    ]
    joined = [np.concatenate(both) for both in zip(attributes, added, strict=True)]
    return np.concatenate(kept).astype(np.int32), joined


def _turned(
    faces: NDArray[np.int32], inside: NDArray[np.bool_], chosen: NDArray[np.bool_], wanted: bool
) -> NDArray[np.int32]:
    """The chosen triangles, each begun with its only corner that is inside (or outside), in the same sense."""
    first = (inside[chosen] == wanted).argmax(axis=1)
    return np.take_along_axis(faces[chosen], (first[:, None] + np.arange(3)) % 3, axis=1)
