from __future__ import annotations

import numpy as np
import pytest

from training.synthetic.drapery import deflated, hung, thrown
from training.synthetic.geometry import vector
from training.synthetic.kinds.forearm import share_seen
from training.synthetic.scene import Camera, Material, Mesh, plain
from training.synthetic.solids import box

SEEDS = range(8)


def hanging(rng: np.random.Generator) -> Mesh:
    return hung(0.8, 1.5, rng)


@pytest.mark.parametrize("make", [thrown, hanging])
def test_cloth_of_one_seed_is_the_same_and_of_another_is_not(make) -> None:
    first, again, other = (make(np.random.default_rng(seed)).vertices for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_cloth_that_was_thrown_down_lies_on_the_table_in_folds(seed: int) -> None:
    mesh = thrown(np.random.default_rng(seed))
    heights = mesh.vertices[:, 2]
    assert heights.min() > 0
    assert 0.002 < heights.max() < 0.6
    assert mesh.normals[:, 2].mean() > 0
    assert np.ptp(mesh.vertices, axis=0)[:2].max() < 1.7


@pytest.mark.parametrize("seed", SEEDS)
def test_cloth_that_was_hung_up_is_before_the_wall_and_has_the_size_asked_for(seed: int) -> None:
    mesh = hanging(np.random.default_rng(seed))
    assert mesh.vertices[:, 1].max() < 0
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0)[[0, 2]], [0.8, 1.5])


def test_what_has_no_air_in_it_lies_flat_and_is_no_hand() -> None:
    full = box("glove", (0.1, 0.2, 0.05), Material(plain([0.5, 0.5, 0.5])))
    flat = deflated(full, np.random.default_rng(0))
    across, along, thick = np.ptp(flat.vertices, axis=0)
    assert (across, along) == pytest.approx((0.1, 0.2))
    assert 0 < thick < 0.05
    assert flat.vertices[:, 2].min() == pytest.approx(0.0005)
    assert flat.past_wrist is None


def test_of_points_around_the_edge_those_inside_of_it_are_seen() -> None:
    camera = Camera(vector(0, -1, 0), vector(0, 0, 0), vector(0, 0, 1), fov=90.0)
    points = np.array([[0, 0, 0], [0.5, 0, -0.5], [1.2, 0, 0], [0, -2, 0]])
    assert share_seen(camera, points) == 0.5
