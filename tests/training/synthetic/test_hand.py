from __future__ import annotations

import numpy as np
import pytest

from training.synthetic.assets import Bodies
from training.synthetic.body import Body
from training.synthetic.geometry import carry, rotations, vector
from training.synthetic.gestures import NAMED, any_gesture, gesture
from training.synthetic.hand import HIGHEST, Hand, HandPose
from training.synthetic.reach import reach

STRAIGHT = HandPose(np.zeros((4, 4)), np.zeros(5))


def tip(body: Body, hand: Hand, pose: HandPose, finger: int) -> np.ndarray:
    frame = body.pose(hand.turns(pose)).frame(f"finger{finger}-3.{hand.side}")
    return carry(frame, hand.at(f"finger{finger}-3"))


def test_a_body_without_turns_stays_at_rest(body: Body) -> None:
    np.testing.assert_allclose(body.pose({}).vertices, body.vertices, atol=1e-9)


def test_a_child_follows_its_parent(body: Body) -> None:
    hand = Hand(body, "R")
    frames = body.pose({f"wrist.{hand.side}": rotations(hand.sideways, 30)})
    distance = np.linalg.norm(hand.at("finger3-1") - hand.wrist)
    moved_knuckle = carry(frames.frame("finger3-1.R"), hand.at("finger3-1"))
    assert np.linalg.norm(moved_knuckle - hand.wrist) == pytest.approx(distance)
    assert np.linalg.norm(moved_knuckle - hand.at("finger3-1")) > 0.03


@pytest.mark.parametrize("side", ["R", "L"])
@pytest.mark.parametrize("finger", [2, 3, 4, 5])
def test_bending_a_finger_brings_its_tip_towards_the_palm(body: Body, side: str, finger: int) -> None:
    hand = Hand(body, side)
    bent = STRAIGHT.with_finger(finger, (60, 40, 20, 0))
    lift = (tip(body, hand, bent, finger) - tip(body, hand, STRAIGHT, finger)) @ hand.normal
    assert lift > 0.015


@pytest.mark.parametrize("side", ["R", "L"])
def test_spreading_takes_index_and_little_finger_apart(body: Body, side: str) -> None:
    hand = Hand(body, side)
    spread = gesture("spread", np.random.default_rng(0))
    gap = [np.linalg.norm(tip(body, hand, pose, 2) - tip(body, hand, pose, 5)) for pose in (STRAIGHT, spread)]
    assert gap[1] > gap[0]


def test_both_hands_are_mirror_images(body: Body) -> None:
    pose = gesture("pinch", np.random.default_rng(3))
    right, left = (tip(body, Hand(body, side), pose, 1) for side in ("R", "L"))
    np.testing.assert_allclose(right * (-1, 1, 1), left, atol=1e-6)


def test_a_pose_is_kept_within_what_joints_can_do() -> None:
    assert (HandPose(np.full((4, 4), 500.0), np.zeros(5)).fingers == HIGHEST).all()


def test_a_pose_of_the_wrong_shape_is_refused_with_its_shape() -> None:
    with pytest.raises(ValueError, match=r"not \(4, 3\) and \(5,\)"):
        HandPose(np.zeros((4, 3)), np.zeros(5))


def test_gestures_of_one_seed_are_equal() -> None:
    first, second = (any_gesture(np.random.default_rng(11)) for _ in range(2))
    assert (first.fingers == second.fingers).all()
    assert set(NAMED) >= {"flat", "fist", "pointing", "pinch"}


@pytest.mark.parametrize(("side", "out"), [("R", -1), ("L", 1)])
def test_a_hand_reaches_what_is_before_the_chest(body: Body, side: str, out: int) -> None:
    hand = Hand(body, side)
    target = body.eyes + vector(0.15 * out, -0.35, -0.3)
    reached = reach(hand, target, np.random.default_rng(1), palm=(0, 0, -1))
    frame = body.pose(reached.turns).frame(f"wrist.{side}")
    assert np.linalg.norm(carry(frame, hand.wrist + 0.07 * hand.along) - target) < 0.08
    assert (frame[:3, :3] @ hand.normal)[2] < 0


def test_an_arm_at_a_table_stays_above_it(body: Body) -> None:
    hand = Hand(body, "R")
    height = body.eyes[2] - 0.45
    target = np.array([-0.15, -0.4, height])
    reached = reach(hand, target, np.random.default_rng(2), above=height - 0.02)
    elbow = carry(body.pose(reached.turns).frame("lowerarm01.R"), hand.elbow)
    assert elbow[2] > height - 0.05


def test_a_mixture_lies_between_two_shapes(bodies: Bodies) -> None:
    vertices, heads = bodies.mixture(0, 0, 0.5)
    np.testing.assert_allclose(vertices, bodies.rest[0], atol=1e-6)
    np.testing.assert_allclose(heads, bodies.heads[0], atol=1e-6)
