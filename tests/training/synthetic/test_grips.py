from __future__ import annotations

import numpy as np
import pytest

from training.synthetic.body import Body
from training.synthetic.geometry import carry, framed, inverse
from training.synthetic.grips import TOUCH, Gripper
from training.synthetic.hand import FINGERS, Hand
from training.synthetic.holding import DEEPEST, OPEN, hold
from training.synthetic.solids import lathe_distance
from training.synthetic.things import MAKERS

ROD = lathe_distance([(0, -0.1), (0.028, -0.1), (0.028, 0.1), (0, 0.1)])
ACROSS = framed([0, 0, -1], [0, 1, 0], [-1, 0, 0], [0, 0.008, 0])


@pytest.mark.parametrize("side", ["R", "L"])
def test_fingers_close_on_a_rod_until_they_touch_it_and_no_deeper(body: Body, side: str) -> None:
    gripper = Gripper(Hand(body, side))
    place = gripper.seat(ROD, gripper.proper(ACROSS))
    grip = gripper.close(ROD, place, np.random.default_rng(0), OPEN)
    assert grip.depth < DEEPEST
    assert grip.touching >= 3
    for finger in FINGERS:
        skin = gripper.chains[finger].points(grip.pose.fingers[finger - 2][None])[0]
        assert ROD(carry(inverse(place), skin)).min() > -0.003


@pytest.mark.parametrize("side", ["R", "L"])
def test_a_seated_thing_is_outside_the_palm_and_near_it(body: Body, side: str) -> None:
    gripper = Gripper(Hand(body, side))
    place = gripper.seat(ROD, gripper.proper(ACROSS))
    nearest = ROD(carry(inverse(place), gripper.palm)).min()
    assert TOUCH <= nearest < 0.004


def test_without_a_thing_fingers_close_to_a_fist(body: Body) -> None:
    gripper = Gripper(Hand(body, "R"))
    grip = gripper.close(lambda points: np.full(points.shape[:-1], 1.0), np.eye(4), np.random.default_rng(0), OPEN)
    assert (grip.pose.fingers[:, :2] > 85).all()
    assert grip.touching == 0


def test_the_skin_of_a_chain_is_that_of_the_posed_body(body: Body) -> None:
    hand = Hand(body, "L")
    chain = Gripper(hand).chains[3]
    posed = body.pose(hand.turns(OPEN))
    whole = carry(inverse(hand.palm), posed.vertices)
    alone = chain.points(OPEN.fingers[1][None])[0]
    assert max(np.linalg.norm(whole - point, axis=1).min() for point in alone) < 1e-6


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_things_are_held_without_fingers_inside_them_and_are_not_mirrored(body: Body, name: str, side: str) -> None:
    rng = np.random.default_rng(4)
    hand = Hand(body, side)
    held = hold(hand, MAKERS[name][0](rng), rng)
    assert held.grip.depth < 0.012
    axes = (hand.palm @ held.grip.thing)[:3, :3]
    assert np.linalg.det(axes) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("side", ["R", "L"])
def test_a_palm_can_be_found_that_holds_a_thing_upright(body: Body, side: str) -> None:
    rng = np.random.default_rng(5)
    hand = Hand(body, side)
    held = hold(hand, MAKERS["bottle"][0](rng), rng)
    palm, fingers = held.palm_for(np.eye(3))
    assert np.linalg.norm(palm) == pytest.approx(1)
    assert palm @ fingers == pytest.approx(0, abs=1e-9)


def test_a_grip_of_one_seed_is_always_the_same(body: Body) -> None:
    hand = Hand(body, "R")
    first, second = (
        hold(hand, MAKERS["can"][0](np.random.default_rng(6)), np.random.default_rng(7)).grip for _ in range(2)
    )
    assert (first.pose.fingers == second.pose.fingers).all()
    assert (first.pose.thumb == second.pose.thumb).all()
