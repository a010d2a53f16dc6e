"""Catmull-Clark subdivision of quads as one sparse matrix, so that a posed body is refined by a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Quads = NDArray[np.int64]
"""(N, 4) indices of vertices."""


def subdivide(quads: Quads, vertices: int, levels: int) -> tuple[csr_matrix, Quads, NDArray[np.int64]]:
    """Refine `quads` over so many `vertices` `levels` times.

    Gives the matrix (fine, vertices) that makes fine vertices from coarse ones, the fine quads, and for each of them
    the index of the coarse quad it lies in. Vertices that no quad uses are dropped.
    """
    from scipy.sparse import csr_matrix

    used, corners = np.unique(quads, return_inverse=True)
    corners = corners.reshape(quads.shape)
    matrix = csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), (len(used), vertices))
    origin = np.arange(len(quads))
    for _ in range(levels):
        step, corners = _step(corners, matrix.shape[0])
        matrix = (step @ matrix).tocsr()
        origin = np.repeat(origin, 4)
    return matrix.astype(np.float32), corners, origin


def _step(quads: Quads, vertices: int) -> tuple[csr_matrix, Quads]:
    """One step, after Catmull and Clark, 1978: face points, edge points, moved vertices."""
    from scipy.sparse import csr_matrix, diags, identity, vstack

    faces = len(quads)
    sides = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    edges, edge_of, count = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.ravel()
    border = (count != 2).astype(float)
    face_of = np.repeat(np.arange(faces), 4)

    face_point = csr_matrix((np.full(faces * 4, 0.25), (face_of, quads.ravel())), (faces, vertices))
    ends = np.repeat(np.arange(len(edges)), 2)
    middle = csr_matrix((np.full(len(ends), 0.5), (ends, edges.ravel())), (len(edges), vertices))
    beside = csr_matrix((np.ones(faces * 4), (edge_of, face_of)), (len(edges), faces))
    edge_point = diags((1 - border) * 0.5 + border) @ middle + diags((1 - border) * 0.25) @ (beside @ face_point)

    around = csr_matrix((np.ones(faces * 4), (quads.ravel(), face_of)), (vertices, faces))
    touching = csr_matrix((np.ones(len(ends)), (edges.ravel(), ends)), (vertices, len(edges)))
    valence = np.maximum(np.asarray(around.sum(axis=1)).ravel(), 1)
    degree = np.maximum(np.asarray(touching.sum(axis=1)).ravel(), 1)
    on_border = np.asarray((touching @ diags(border)).sum(axis=1)).ravel()
    inner = on_border == 0
    inside = diags(inner / valence) @ (
        diags(1 / valence) @ around @ face_point + diags(2 / degree) @ touching @ middle + diags(valence - 3.0)
    )
    rim = diags(~inner * 0.5) @ identity(vertices) + diags(~inner * 0.5 / np.maximum(on_border, 1)) @ (
        touching @ diags(border) @ middle
    )
    corner, edge = np.arange(4), vertices + edge_of.reshape(faces, 4)
    face = vertices + len(edges) + np.arange(faces)
    fine = np.stack([np.stack([quads[:, k], edge[:, k], face, edge[:, k - 1]], axis=1) for k in corner], axis=1)
    return vstack([inside + rim, edge_point, face_point]).tocsr(), fine.reshape(-1, 4)
