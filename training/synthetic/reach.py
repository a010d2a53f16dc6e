"""Arms that bring a hand somewhere: a random search over shoulder, elbow, forearm and wrist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import rotations, unit
from training.synthetic.hand import Hand

TRIES = 4000
REACH = 0.07
"""From the wrist to the middle of the hand, metres."""

ELBOW = (-38.0, 95.0)
TWIST = 75.0
"""Degrees from the rest pose: the elbow's flexion, and the forearm's twist to either side."""


@dataclass(frozen=True)
class Reached:
    """An arm's turns, and how far it stayed from what was asked for."""

    turns: dict[str, NDArray[np.float64]]
    cost: float


def reach(
    hand: Hand,
    target: ArrayLike,
    rng: Generator,
    palm: ArrayLike | None = None,
    fingers: ArrayLike | None = None,
    above: float | None = None,
) -> Reached:
    """Bring the middle of the hand to `target`, (3,) in the body's frame.

    `palm` and `fingers` are the directions in which the palm should look and the fingers should point; None for any.
    Elbow and forearm stay `above` this height, that of a table.
    """
    shoulder = rotations(rng.normal(size=(TRIES, 3)), rng.uniform(0, 100, TRIES))
    elbow = shoulder @ rotations(hand.elbow_axis, rng.uniform(*ELBOW, TRIES))
    # Half of the twist happens along the forearm, half at the wrist.
    twisted = rotations(hand.fore, rng.uniform(-TWIST, TWIST, TRIES) / 2)
    bent = rotations(hand.sideways, rng.normal(0, 18, TRIES).clip(-50, 50))
    bent = bent @ rotations(hand.normal, rng.normal(0, 8, TRIES).clip(-20, 20))

    half = hand.at("lowerarm02")
    elbow_at = hand.shoulder + shoulder @ (hand.elbow - hand.shoulder)
    half_at = elbow_at + elbow @ (half - hand.elbow)
    fore = elbow @ twisted
    wrist_at = half_at + np.einsum("nij,j->ni", fore, hand.wrist - half)
    wrist = fore @ twisted @ bent
    middle = wrist_at + wrist @ (hand.along * REACH)

    cost = 60 * ((middle - np.asarray(target)) ** 2).sum(axis=1)
    if palm is not None:
        cost += 0.5 * (1 - wrist @ hand.normal @ unit(palm))
    if fingers is not None:
        cost += 0.4 * (1 - wrist @ hand.along @ unit(fingers))
    tips = wrist_at + wrist @ (hand.along * 0.15)
    for points in (elbow_at, wrist_at, middle, tips, (elbow_at + wrist_at) / 2):
        cost += _inside_the_body(hand, points)
    if above is not None:
        cost += 10 * (above + 0.04 - np.minimum(elbow_at[:, 2], wrist_at[:, 2])).clip(0)
    raised = elbow_at[:, 2] > hand.shoulder[2] + 0.13
    behind = (elbow_at - hand.shoulder)[:, 1] - 0.1
    cost += np.where(raised, 0.5, 0) + 4 * behind.clip(0)
    best = int(cost.argmin())
    turns = {"upperarm01": shoulder[best], "lowerarm01": shoulder[best].T @ elbow[best], "lowerarm02": twisted[best]}
    turns["wrist"] = twisted[best] @ bent[best]
    return Reached({f"{bone}.{hand.side}": turn for bone, turn in turns.items()}, float(cost[best]))


def _inside_the_body(hand: Hand, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """What it costs to have points (N, 3) in the trunk or in the head: (N,)."""
    body = hand.body
    neck, head = body.head_of("neck01"), body.head_of("head")
    wide = 1.05 * abs(hand.shoulder[0]) + 0.03
    trunk = ((points[:, 0] / wide) ** 2) + ((points[:, 1] - neck[1] + 0.02) / 0.16) ** 2
    cost = np.where(points[:, 2] < neck[2] - 0.03, 3 * (1.2 - trunk).clip(0), 0)
    return cost + 60 * (0.125 - np.linalg.norm(points - head - (0, -0.02, 0.02), axis=1)).clip(0)
