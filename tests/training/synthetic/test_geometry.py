from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.synthetic.cutting import cut
from training.synthetic.geometry import (
    carry,
    facing,
    inverse,
    moved,
    rotations,
    triangles,
    turned,
    unit,
    vector,
    vertex_normals,
)
from training.synthetic.subdivision import subdivide

CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])

angles = st.floats(-360, 360)
vectors = st.tuples(*[st.floats(-3, 3)] * 3).filter(lambda each: np.linalg.norm(each) > 0.1)


@given(vectors, angles, vectors)
def test_moving_there_and_back_changes_nothing(axis: tuple, angle: float, offset: tuple) -> None:
    matrix = moved(*offset) @ turned(axis, angle)
    np.testing.assert_allclose(carry(inverse(matrix), carry(matrix, CUBE)), CUBE, atol=1e-9)


@given(vectors, st.lists(angles, min_size=1, max_size=4))
def test_rotations_keep_lengths_and_their_axis(axis: tuple, degrees: list[float]) -> None:
    turns = rotations(axis, degrees)
    np.testing.assert_allclose(turns @ np.swapaxes(turns, -1, -2), np.tile(np.eye(3), (len(degrees), 1, 1)), atol=1e-9)
    np.testing.assert_allclose(turns @ np.array(axis), np.tile(axis, (len(degrees), 1)), atol=1e-6)


def test_a_quarter_turn_about_z_takes_x_to_y() -> None:
    np.testing.assert_allclose(rotations([0, 0, 1], 90) @ vector(1, 0, 0), [0, 1, 0], atol=1e-9)


@given(vectors)
def test_a_frame_faces_forward_and_is_not_mirrored(forward: tuple) -> None:
    frame = facing(forward, [0, 0, 1], [1, 2, 3])
    np.testing.assert_allclose(frame[:3, 2], unit(forward), atol=1e-9)
    assert np.isclose(np.linalg.det(frame[:3, :3]), 1)


def test_normals_of_a_cube_point_outwards() -> None:
    normals = vertex_normals(CUBE, triangles(SIDES))
    assert ((normals * CUBE).sum(axis=1) > 0.9).all()


def test_subdivision_refines_quads_and_keeps_to_the_hull() -> None:
    matrix, quads, origin = subdivide(SIDES, len(CUBE), levels=2)
    fine = matrix @ CUBE
    assert quads.shape == (6 * 16, 4)
    assert np.bincount(origin).tolist() == [16] * 6
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
    assert np.abs(fine).max() <= 1 + 1e-6
    assert ((vertex_normals(fine, triangles(quads)) * fine).sum(axis=1) > 0).all()


def test_an_open_sheet_keeps_its_border_straight() -> None:
    sheet = np.array([[0, 0, 0], [1, 0, 0], [1, 2, 0], [0, 2, 0]], float)
    matrix, _, _ = subdivide(np.array([[0, 1, 2, 3]]), 4, levels=3)
    fine = matrix @ sheet
    assert np.isclose(fine[:, 2], 0).all()
    assert fine.min() >= -1e-6


@given(st.floats(-0.95, 0.95))
def test_cutting_keeps_exactly_the_part_inside(level: float) -> None:
    points = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], float)
    faces, (vertices,) = cut(np.array([[0, 1, 2], [0, 2, 3]], np.int32), points[:, 0] - level, points)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    doubled = np.cross(b - a, c - a)
    assert np.isclose(np.abs(doubled[:, 2]).sum() / 2, 2 * (1 - level))
    assert (doubled[:, 2] > -1e-9).all()
    assert vertices[faces][..., 0].min() >= level - 1e-9
