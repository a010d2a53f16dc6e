"""A person's body: bones that turn, and a skin that follows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.assets import Bodies
from training.synthetic.geometry import Points

Side = Literal["R", "L"]
SIDES: tuple[Side, Side] = ("R", "L")

Turns = Mapping[str, NDArray[np.float64]]
"""By bone: how it turns about its head, (3, 3), in the axes of the rest pose; bones left out do not turn."""


@dataclass(frozen=True)
class Body:
    """One person at rest."""

    bodies: Bodies
    vertices: Points
    heads: Points

    @classmethod
    def draw(cls, bodies: Bodies, rng: Generator) -> Body:
        """Somebody between two random shapes."""
        first, second = rng.integers(len(bodies.rest), size=2)
        return cls(bodies, *bodies.mixture(int(first), int(second), rng.uniform(0, 0.5)))

    def head_of(self, bone: str) -> NDArray[np.float64]:
        """Where a bone begins: (3,)."""
        return self.heads[self.bodies.index[bone]]

    @property
    def eyes(self) -> NDArray[np.float64]:
        """The point between the eyes: (3,)."""
        return (self.head_of("eye.R") + self.head_of("eye.L")) / 2

    @property
    def floor(self) -> float:
        """The height of the soles."""
        return float(self.vertices[:, 2].min())

    def pose(self, turns: Turns) -> Posed:
        """The body with its bones turned."""
        frames = bone_frames(self.bodies, self.heads, turns)
        blended = (self.bodies.weights @ frames[:, :3].reshape(len(frames), 12)).reshape(-1, 3, 4)
        vertices = np.einsum("vij,vj->vi", blended[:, :, :3], self.vertices) + blended[:, :, 3]
        return Posed(self, frames, vertices)


@dataclass(frozen=True)
class Posed:
    """A person in a pose: `frames` (B, 4, 4) take points of the rest pose to where each bone has moved them."""

    body: Body
    frames: NDArray[np.float64]
    vertices: Points

    def frame(self, bone: str) -> NDArray[np.float64]:
        """The (4, 4) of one bone."""
        return self.frames[self.body.bodies.index[bone]]


def bone_frames(bodies: Bodies, heads: Points, turns: Turns) -> NDArray[np.float64]:
    """Forward kinematics: each bone turns about its head, then moves with its parent. Gives (B, 4, 4)."""
    frames = np.tile(np.eye(4), (len(heads), 1, 1))
    for bone in bodies.parents_first:
        turn = turns.get(bodies.bones[bone])
        own = np.eye(4)
        if turn is not None:
            own[:3, :3] = turn
            own[:3, 3] = heads[bone] - turn @ heads[bone]
        frames[bone] = own if bone == 0 else frames[bodies.parents[bone]] @ own
    return frames
