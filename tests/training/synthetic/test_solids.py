from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.synthetic.furniture import measure
from training.synthetic.scene import Material, Mesh, plain
from training.synthetic.solids import (
    ball_distance,
    box,
    box_distance,
    grid_distance,
    lathe,
    lathe_distance,
    rounded,
    sheet,
)

GREY = Material(plain([0.5, 0.5, 0.5]))
OUTLINE = [(0, -0.1), (0.03, -0.1), (0.03, 0.1), (0, 0.1)]


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def test_the_distance_of_a_box_is_exact_beside_its_faces_and_negative_inside() -> None:
    distance = box_distance((0.2, 0.1, 0.4))
    points = np.array([[0.15, 0, 0], [0, 0, 0], [0, 0, 0.23], [0.13, 0.09, 0]])
    np.testing.assert_allclose(distance(points), [0.05, -0.05, 0.03, 0.05])


def test_the_distance_of_a_turned_profile_is_that_of_a_cylinder() -> None:
    distance = lathe_distance(OUTLINE)
    points = np.array([[0.05, 0, 0], [0, 0.01, 0], [0, 0, 0.12], [0.06, 0, 0.14]])
    np.testing.assert_allclose(distance(points), [0.02, -0.02, 0.02, 0.05], atol=1e-9)


@given(st.tuples(*[st.floats(-0.1, 0.1)] * 3))
def test_a_ball_is_as_far_as_its_radius_says(point: tuple) -> None:
    assert np.isclose(ball_distance(0.04)(np.array([point]))[0], np.linalg.norm(point) - 0.04)


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [(box("box", (0.2, 0.1, 0.4), GREY), 0.008), (lathe("rod", OUTLINE, GREY, sides=64), np.pi * 0.03**2 * 0.2)],
)
def test_solids_enclose_their_volume_with_faces_outwards(mesh: Mesh, expected: float) -> None:
    assert volume(mesh) == pytest.approx(expected, rel=0.01)


def test_a_box_shows_the_first_tile_of_its_strip_at_the_front_upright() -> None:
    mesh = box("box", (0.2, 0.1, 0.4), GREY)
    front = mesh.vertices[:4]
    assert np.isclose(front[:, 1], -0.05).all()
    assert (mesh.uv[:4, 0] < 1 / 6).all()
    assert np.corrcoef(front[:, 2], mesh.uv[:4, 1])[0, 1] > 0.99
    # Seen from the front, -y, x runs to the right, and so must u.
    assert np.corrcoef(front[:, 0], mesh.uv[:4, 0])[0, 1] > 0.99


def test_a_sheet_faces_up() -> None:
    mesh = sheet("sheet", 2, 1, GREY)
    a, b, c = mesh.vertices[mesh.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0


def test_rounding_keeps_the_ends_and_stays_inside_the_corners() -> None:
    profile = rounded(OUTLINE, 0.01)
    np.testing.assert_allclose(profile[[0, -1]], np.array(OUTLINE)[[0, -1]])
    assert profile[:, 0].max() <= 0.03 + 1e-12
    assert len(profile) > len(OUTLINE)


def test_measured_distances_are_right_within_a_cell_even_if_the_model_is_open() -> None:
    mesh = box("box", (0.06, 0.06, 0.12), GREY)
    arrays = measure([mesh.vertices], [mesh.faces], step=0.003)
    distance = grid_distance(arrays["distance"], arrays["low"], float(arrays["step"]))
    points = np.random.default_rng(0).uniform(-0.1, 0.1, (500, 3))
    error = np.abs(distance(points) - box_distance((0.06, 0.06, 0.12))(points))
    assert np.quantile(error, 0.95) < 0.006
    assert distance(np.zeros((1, 3)))[0] < -0.02


def test_a_mirrored_mesh_keeps_its_faces_outwards() -> None:
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    assert volume(box("box", (0.2, 0.1, 0.4), GREY).carried(mirror)) == pytest.approx(0.008)
