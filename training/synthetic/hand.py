"""The anatomy of a hand: its axes at rest, what its joints can do, and the turns of its bones.

Angles are degrees of flexion towards the palm; 0 is a straight finger, though the model at rest is slightly curled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.synthetic.body import Body, Side
from training.synthetic.geometry import Matrix, framed, rotations, unit

FINGERS = (2, 3, 4, 5)
"""Index to little finger; 1 is the thumb."""

REST_CURL = np.array([12.0, 10.0, 7.0])
"""How far the knuckle, middle and end joints are bent in the model's rest pose."""

LOWEST = np.array([-20.0, -3.0, -3.0, -12.0])
HIGHEST = np.array([88.0, 105.0, 70.0, 18.0])
APART = {2: -1.0, 3: 1.0, 4: 1.0, 5: 1.0}
"""To which side each finger spreads: the index towards the thumb, the others towards the little finger's side."""

THUMB_LOWEST = np.array([-20.0, -25.0, -25.0, -10.0, -10.0])
THUMB_HIGHEST = np.array([60.0, 45.0, 25.0, 50.0, 65.0])


@dataclass(frozen=True)
class HandPose:
    """Joint angles within what hands can do; what is given beyond that is clipped."""

    fingers: NDArray[np.float64]
    """(4, 4): for index to little finger, the knuckle, middle and end joint, and the spread apart."""
    thumb: NDArray[np.float64]
    """(5,): opposition, flexion and spread at the root, then the two outer joints."""

    def __post_init__(self) -> None:
        fingers, thumb = np.asarray(self.fingers, float), np.asarray(self.thumb, float)
        if fingers.shape != (4, 4) or thumb.shape != (5,):
            raise ValueError(f"a hand pose is (4, 4) and (5,) angles, not {fingers.shape} and {thumb.shape}")
        object.__setattr__(self, "fingers", fingers.clip(LOWEST, HIGHEST))
        object.__setattr__(self, "thumb", thumb.clip(THUMB_LOWEST, THUMB_HIGHEST))

    def with_finger(self, finger: int, angles: ArrayLike) -> HandPose:
        """The same pose with one finger (2..5) bent otherwise."""
        fingers = self.fingers.copy()
        fingers[finger - 2] = angles
        return replace(self, fingers=fingers)


class Hand:
    """One hand of a body at rest: unit axes in the rest pose, and the palm's own frame.

    The palm's frame has x across from the index to the little finger, y along the fingers, z out of the palm, and its
    origin in the middle of the knuckles. It is left-handed for one of the two hands.
    """

    def __init__(self, body: Body, side: Side) -> None:
        self.body, self.side = body, side
        self.wrist, index, little = self.at("wrist"), self.at("finger2-1"), self.at("finger5-1")
        self.elbow, self.shoulder = self.at("lowerarm01"), self.at("upperarm01")
        normal = unit(np.cross(index - self.wrist, little - self.wrist))
        self.normal = normal if normal @ (self.at("finger1-3") - self.wrist) > 0 else -normal
        self.along = unit(self.at("finger3-1") - self.wrist)
        self.fore = unit(self.wrist - self.elbow)
        self.sideways = unit(np.cross(self.along, self.normal))
        self.elbow_axis = unit(np.cross(unit(self.elbow - self.shoulder), self.fore))
        across = little - index
        across = unit(across - self.normal * (across @ self.normal))
        ahead = np.cross(self.normal, across)
        ahead = ahead if ahead @ self.along > 0 else -ahead
        self.palm: Matrix = framed(across, ahead, self.normal, (index + little) / 2)
        self.outwards = 1.0 if np.cross(self.normal, self.along) @ across > 0 else -1.0

    def at(self, bone: str) -> NDArray[np.float64]:
        """The head of this side's bone."""
        return self.body.head_of(f"{bone}.{self.side}")

    def finger_axis(self, finger: int) -> NDArray[np.float64]:
        """The axis about which a finger bends."""
        return unit(np.cross(unit(self.at(f"finger{finger}-2") - self.at(f"finger{finger}-1")), self.normal))

    def thumb_axis(self) -> NDArray[np.float64]:
        """The axis about which the thumb bends towards the little finger's knuckle."""
        ahead = unit(self.at("finger1-3") - self.at("finger1-2"))
        goal = unit(self.at("finger5-1") - self.at("finger1-2"))
        return unit(np.cross(ahead, goal - ahead * (ahead @ goal)))

    def finger_turns(self, finger: int, angles: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """The turns of a finger's three bones for angles (..., 4): three times (..., 3, 3)."""
        axis = self.finger_axis(finger)
        knuckle, middle, end = (rotations(axis, angles[..., joint] - REST_CURL[joint]) for joint in range(3))
        return [rotations(self.normal, angles[..., 3] * self.outwards * APART[finger]) @ knuckle, middle, end]

    def thumb_turns(self, angles: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """The turns of the thumb's three bones for angles (..., 5): three times (..., 3, 3)."""
        axis = self.thumb_axis()
        beside = np.cross(self.along, self.at("finger1-3") - self.at("finger1-1")) @ self.normal
        opposed = rotations(self.along * np.sign(beside), angles[..., 0])
        root = opposed @ rotations(axis, angles[..., 1]) @ rotations(self.normal, angles[..., 2] * self.outwards)
        return [root, rotations(axis, angles[..., 3]), rotations(axis, angles[..., 4])]

    def turns(self, pose: HandPose) -> dict[str, NDArray[np.float64]]:
        """The turns of all bones of the fingers and the thumb, by name."""
        turns = dict(zip((f"finger1-{j}.{self.side}" for j in (1, 2, 3)), self.thumb_turns(pose.thumb), strict=True))
        for finger, angles in zip(FINGERS, pose.fingers, strict=True):
            bent = self.finger_turns(finger, angles)
            turns |= {f"finger{finger}-{joint}.{self.side}": bent[joint - 1] for joint in (1, 2, 3)}
        return turns
