"""Fingers that close on a thing until they touch it, felt by its signed distance.

All of it happens in the palm's frame (see `hand.Hand`): x across to the little finger, y along the fingers, z out of
the palm. Many joint angles are tried at once, so that a grip takes tens of milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.geometry import Matrix, Points, carry, inverse, moved
from training.synthetic.hand import FINGERS, HIGHEST, THUMB_HIGHEST, THUMB_LOWEST, Hand, HandPose
from training.synthetic.solids import Distance

TOUCH = -0.0015
"""Flesh gives way by so much where it touches."""

STEP = 3.0
"""Degrees between the angles that are tried."""

THUMB_TRIES = 700


@dataclass(frozen=True)
class Grip:
    """A hand around a thing: `thing` takes the thing's frame into the palm's."""

    pose: HandPose
    thing: Matrix
    depth: float
    """How deep the worst point of the fingers lies inside the thing, metres; 0 when all of them are outside."""
    touching: int
    """How many of the four fingers and the thumb touch it."""


class _Chain:
    """A finger's skin and the three bones that move it: points (A, n, 3) in the palm's frame for A sets of angles."""

    def __init__(self, hand: Hand, finger: int) -> None:
        bodies = hand.body.bodies
        self.hand, self.finger = hand, finger
        bones = [bodies.index[f"finger{finger}-{joint}.{hand.side}"] for joint in (1, 2, 3)]
        weights = bodies.weights[:, bones].toarray()
        chosen = np.flatnonzero(weights.sum(axis=1) > 0.6)
        self.weights = weights[chosen] / weights[chosen].sum(axis=1, keepdims=True)
        self.rest = carry(inverse(hand.palm), hand.body.vertices[chosen])
        self.heads = carry(inverse(hand.palm), hand.body.heads[bones])
        self.ends = self.weights.argmax(axis=1)
        """Which of the three bones moves each point most."""

    def points(self, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """The skin for angles (A, 4) or, of the thumb, (A, 5)."""
        turns = self.hand.thumb_turns(angles) if self.finger == 1 else self.hand.finger_turns(self.finger, angles)
        basis = self.hand.palm[:3, :3]
        turn, offset = np.eye(3), np.zeros(3)
        result = np.zeros((len(angles), len(self.rest), 3))
        for bone, own in enumerate(turns):
            own = np.broadcast_to(basis.T @ own @ basis, (len(angles), 3, 3))
            offset = offset + (turn @ (self.heads[bone] - (own @ self.heads[bone]))[..., None])[..., 0]
            turn = turn @ own
            carried = self.rest @ np.swapaxes(turn, -1, -2) + offset[:, None]
            result += self.weights[:, bone, None] * carried
        return result


class Gripper:
    """One hand, made ready to close on things."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.chains = {finger: _Chain(hand, finger) for finger in (1, *FINGERS)}
        bodies = hand.body.bodies
        on_palm = [
            number for number, bone in enumerate(bodies.strongest)
            if bone.endswith(f".{hand.side}") and bone.startswith(("wrist", "metacarpal"))
        ]  # fmt: skip
        self.palm = carry(inverse(hand.palm), hand.body.vertices[on_palm])

    def proper(self, thing: Matrix) -> Matrix:
        """The matrix, mirrored along the thing's x where that is needed for it not to be mirrored in the world."""
        if np.linalg.det(thing[:3, :3]) * np.linalg.det(self.hand.palm[:3, :3]) < 0:
            thing = thing.copy()
            thing[:3, 0] *= -1
        return thing

    def seat(self, distance: Distance, thing: Matrix) -> Matrix:
        """Push a thing away along z until the palm is outside of it."""
        steps = np.arange(-0.04, 0.10, 0.001)
        local = carry(inverse(thing), self.palm)
        backwards = thing[:3, :3].T @ np.array([0.0, 0.0, 1.0])
        nearest = distance(local[None] - steps[:, None, None] * backwards).min(axis=1)
        free = np.flatnonzero(nearest > TOUCH)
        return moved(0, 0, steps[free[0]] if free.size else steps[-1]) @ thing

    def close(
        self, distance: Distance, thing: Matrix, rng: Generator, start: HandPose, most: NDArray[np.float64] = HIGHEST
    ) -> Grip:
        """Bend each finger from `start`, joint by joint and at most to `most`, then find a place for the thumb."""
        back = inverse(thing)

        def felt(points: Points) -> NDArray[np.float64]:
            return distance(carry(back, points))

        pose, depths = start, []
        for finger in FINGERS:
            angles = self._close_finger(felt, finger, pose.fingers[finger - 2], most)
            pose = pose.with_finger(finger, angles)
            depths.append(felt(self.chains[finger].points(angles[None])).min())
        thumb = self._place_thumb(felt, pose, rng)
        depths.append(felt(self.chains[1].points(thumb[None])).min())
        touching = sum(depth < 0.004 for depth in depths)
        return Grip(HandPose(pose.fingers, thumb), thing, max(0.0, -min(depths)), touching)

    def _close_finger(
        self, felt: Distance, finger: int, start: NDArray[np.float64], most: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        chain, angles = self.chains[finger], start.copy()
        angles = self._open_finger(felt, chain, angles)
        for joint in range(3):
            tried = np.arange(angles[joint], max(most[joint], angles[joint]) + STEP, STEP)
            candidates = np.tile(angles, (len(tried), 1))
            candidates[:, joint] = tried
            beyond = chain.points(candidates)[:, chain.ends >= joint]
            nearest = felt(beyond).min(axis=1)
            blocked = np.flatnonzero((nearest[1:] < TOUCH) & (nearest[1:] < nearest[:-1] - 1e-6))
            angles[joint] = tried[blocked[0]] if blocked.size else tried[-1]
        return angles

    def _open_finger(self, felt: Distance, chain: _Chain, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Straighten a finger that begins inside the thing, as far as it can."""
        shares = np.linspace(0, 1, 8)[:, None]
        opened = np.array([-20.0, -3.0, -3.0, angles[3]])
        candidates = angles * (1 - shares) + opened * shares
        nearest = felt(chain.points(candidates)).min(axis=1)
        outside = np.flatnonzero(nearest > TOUCH)
        return candidates[outside[0] if outside.size else nearest.argmax()].copy()

    def _place_thumb(self, felt: Distance, pose: HandPose, rng: Generator) -> NDArray[np.float64]:
        """The thumb's end on the surface, nothing inside, not far from how it was, not through the fingers."""
        chain = self.chains[1]
        neighbours = np.concatenate([self.chains[f].points(pose.fingers[f - 2][None])[0, ::4] for f in (2, 3)])
        best, spread = pose.thumb, np.array([22.0, 18.0, 14.0, 14.0, 16.0])
        for wide in (1.0, 0.35):
            tried = best + rng.normal(size=(THUMB_TRIES, 5)) * spread * wide
            tried = np.concatenate([best[None], tried]).clip(THUMB_LOWEST, THUMB_HIGHEST)
            best = tried[self._thumb_costs(felt, chain, tried, pose.thumb, neighbours).argmin()]
        return best

    @staticmethod
    def _thumb_costs(
        felt: Distance, chain: _Chain, tried: NDArray[np.float64], usual: NDArray[np.float64], neighbours: Points
    ) -> NDArray[np.float64]:
        some = slice(None, None, 3)
        points, ends = chain.points(tried)[:, some], chain.ends[some]
        distances = felt(points)
        tip = points[:, ends == 2]
        touch = np.sort(distances[:, ends == 2], axis=1)[:, :4].mean(axis=1)
        gap = np.linalg.norm(tip[:, ::3, None] - neighbours[None, None, ::2], axis=-1).min(axis=(1, 2))
        unusual = (((tried - usual) / (1, 1, 1.5, 1, 1)) ** 2).sum(axis=1)
        inside = (TOUCH - distances.min(axis=1)).clip(0)
        return 60 * inside + 25 * np.abs(touch) + 40 * (0.006 - gap).clip(0) + 2e-5 * unusual
