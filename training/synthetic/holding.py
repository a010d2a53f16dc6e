"""A hand that takes a thing the way people do: around it, by its edges, between finger tips, or on the palm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.body import Posed
from training.synthetic.geometry import Matrix, framed, moved, turned, unit
from training.synthetic.gestures import gesture
from training.synthetic.grips import Grip, Gripper
from training.synthetic.hand import HIGHEST, Hand, HandPose
from training.synthetic.scene import Mesh
from training.synthetic.thing import Thing

OPEN = HandPose(np.tile([-5.0, 2.0, 2.0, 0.0], (4, 1)), np.array([20.0, 8.0, 0.0, 12.0, 18.0]))
FLAT_PALM = HandPose(np.tile([-2.0, 6.0, 5.0, 2.0], (4, 1)), np.array([5.0, 0.0, 0.0, 8.0, 12.0]))
HALF_CLOSED = np.array([40.0, 48.0, 32.0, 12.0])

DEEPEST = 0.005
"""A grip whose fingers go deeper into the thing than this is tried again."""

TRIES = 4


@dataclass(frozen=True)
class Held:
    """A thing in a hand."""

    hand: Hand
    thing: Thing
    grip: Grip

    def meshes(self, posed: Posed) -> list[Mesh]:
        """The thing's meshes where a posed body's hand holds them."""
        matrix = posed.frame(f"wrist.{self.hand.side}") @ self.hand.palm @ self.grip.thing
        return [mesh.carried(matrix) for mesh in self.thing.meshes]

    def palm_for(self, thing_in_world: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The directions of palm and fingers with which the thing's axes, (3, 3), lie like this in the world."""
        palm = thing_in_world @ np.linalg.inv(self.grip.thing[:3, :3])
        return palm[:, 2], palm[:, 1]


def hold(hand: Hand, thing: Thing, rng: Generator) -> Held:
    """Grip a thing; of some tries, the one that touches most and goes least deep."""
    gripper = Gripper(hand)
    best: Grip | None = None
    for _ in range(TRIES):
        place, start, most = _approach(gripper, thing, rng)
        place = gripper.proper(place)
        if thing.grip != "pinch":
            place = gripper.seat(thing.distance, place)
        grip = gripper.close(thing.distance, place, rng, start, most)
        if best is None or _worth(grip) > _worth(best):
            best = grip
        if grip.depth < DEEPEST and grip.touching >= 2:
            break
    return Held(hand, thing, best)


def _worth(grip: Grip) -> float:
    return min(grip.touching, 3) - max(grip.depth - DEEPEST, 0) / 0.002


def _approach(gripper: Gripper, thing: Thing, rng: Generator) -> tuple[Matrix, HandPose, NDArray[np.float64]]:
    """Where the thing is before the fingers close, in the palm's frame, how they begin, and how far they may go."""
    slide = float(np.clip(rng.uniform(-0.35, 0.35) * thing.height, -0.06, 0.06))
    if thing.grip == "wrap":
        upright = framed([0, 0, -1], [0, 1, 0], [-1, 0, 0], [0, rng.uniform(0.0, 0.014), 0])
        lean = turned([0, 0, 1], rng.normal(0, 14))
        around = turned([0, 0, 1], 180 * rng.integers(2) + rng.normal(0, 8))
        return lean @ upright @ around @ moved(0, 0, slide), OPEN, HIGHEST
    if thing.grip == "plate":
        across = framed([0, 1, 0], [0, 0, -1], [-1, 0, 0], [0, rng.uniform(0.005, 0.025), 0])
        return turned([0, 0, 1], rng.normal(15, 15)) @ across @ moved(0, 0, slide), OPEN, HIGHEST
    if thing.grip == "rest":
        around = turned([0, 0, 1], rng.uniform(0, 360))
        return moved(rng.normal(0, 0.006), rng.normal(-0.005, 0.01), 0.02) @ around, FLAT_PALM, HALF_CLOSED
    return _between_the_tips(gripper, thing, rng)


def _between_the_tips(gripper: Gripper, thing: Thing, rng: Generator) -> tuple[Matrix, HandPose, NDArray[np.float64]]:
    pinch = gesture("pinch", rng)
    index, thumb = (
        gripper.chains[finger].points(angles[None])[0][gripper.chains[finger].ends == 2].mean(axis=0)
        for finger, angles in ((2, pinch.fingers[0]), (1, pinch.thumb))
    )
    between = unit(thumb - index)
    ahead = np.array([-0.3, 0.5, 0.8]) + rng.normal(0, 0.4, 3)
    ahead = unit(ahead - between * (ahead @ between))
    middle = (index + thumb) / 2
    reach = thing.height / 2 - rng.uniform(0.01, 0.03)
    place = framed(np.cross(between, ahead), between, ahead, middle + ahead * reach)
    opened = HandPose(pinch.fingers - (22, 10, 4, 0), pinch.thumb)
    return place, opened, pinch.fingers.max(axis=0) + 12
