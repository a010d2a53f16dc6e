"""People who do something: what their arms do, what they hold, where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.assets import Bodies
from training.synthetic.body import Posed
from training.synthetic.geometry import Matrix, carry, rotations, unit
from training.synthetic.gestures import any_gesture
from training.synthetic.hand import HandPose
from training.synthetic.holding import Held, hold
from training.synthetic.person import Person
from training.synthetic.place import Stock
from training.synthetic.reach import reach
from training.synthetic.scene import Mesh
from training.synthetic.thing import Thing
from training.synthetic.things import anything_to_hold


@dataclass(frozen=True)
class Stage:
    """What all scenes are made from."""

    bodies: Bodies
    stock: Stock

    def thing(self, rng: Generator) -> Thing:
        """Something to hold."""
        return anything_to_hold(rng, self.stock.furniture)


@dataclass
class Actor:
    """A person, and what they are doing; positions are in the person's own frame: front -y, right x < 0, z up."""

    person: Person
    rng: Generator
    turns: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    above: float | None = None
    """The height of a table that arms stay above, once there is one."""
    held: list[Held] = field(default_factory=list)
    arms: str = "RL"
    trunk: bool = True
    head: bool = True
    placed: Matrix = field(default_factory=lambda: np.eye(4))
    _posed: Posed | None = None
    _meshes: list[Mesh] = field(default_factory=list)

    @classmethod
    def enter(cls, stage: Stage, tone: float, rng: Generator) -> Actor:
        """Somebody new."""
        return cls(Person.draw(stage.bodies, tone, rng), rng)

    @property
    def eyes(self) -> NDArray[np.float64]:
        """Between the eyes at rest, (3,)."""
        return self.person.body.eyes

    def out(self, side: str) -> float:
        """-1 for the right side, 1 for the left: times this, x points outwards."""
        return -1.0 if side == "R" else 1.0

    def look_around(self, degrees: float = 20) -> None:
        """Turn the head."""
        for bone in ("neck02", "head"):
            self.turns[bone] = rotations(self.rng.normal(size=3) * (0.5, 0.4, 1), self.rng.uniform(0, degrees / 2))

    def do(
        self,
        side: str,
        target: ArrayLike,
        palm: ArrayLike | None = None,
        fingers: ArrayLike | None = None,
        pose: HandPose | None = None,
    ) -> None:
        """Bring a hand to `target`, with a gesture."""
        hand = self.person.hands[side]
        self.turns |= reach(hand, target, self.rng, palm, fingers, self.above).turns
        self.turns |= hand.turns(pose or any_gesture(self.rng))

    def hold(self, side: str, target: ArrayLike, thing: Thing, fingers: ArrayLike, tilt: float = 12) -> Held:
        """Bring a hand to `target` with a thing in it, nearly upright, the fingers pointing about as given."""
        hand = self.person.hands[side]
        held = hold(hand, thing, self.rng)
        best = max(_uprights(self.rng, tilt), key=lambda axes: held.palm_for(axes)[1] @ unit(fingers))
        palm, along = held.palm_for(best)
        self.turns |= reach(hand, target, self.rng, palm, along, self.above).turns
        self.turns |= hand.turns(held.grip.pose)
        self.held.append(held)
        return held

    def hang(self, side: str) -> None:
        """Let an arm hang."""
        body = self.person.body
        shoulder, pelvis = body.head_of(f"upperarm01.{side}"), body.head_of("upperleg01.R")
        drop = np.array(
            [
                shoulder[0] + self.out(side) * self.rng.uniform(0.02, 0.12),
                -self.rng.uniform(0.02, 0.15),
                pelvis[2] - 0.08,
            ]
        )
        self.turns |= reach(self.person.hands[side], drop, self.rng, fingers=(0, -0.1, -1)).turns
        self.turns |= self.person.hands[side].turns(any_gesture(self.rng))

    def place(self, matrix: Matrix) -> None:
        """Put the person somewhere else in the world."""
        self.placed = matrix

    def act(self) -> list[Mesh]:
        """The person's meshes, and those of what they hold, in the world; what they do cannot change any more."""
        if self._posed is None:
            posed, meshes = self.person.meshes(self.turns, self.rng, self.arms, self.trunk, self.head)
            self._posed = posed
            meshes = meshes + [mesh for held in self.held for mesh in held.meshes(posed)]
            self._meshes = [mesh.carried(self.placed) for mesh in meshes]
        return self._meshes

    def middle(self, side: str) -> NDArray[np.float64]:
        """The middle of a hand in the world."""
        self.act()
        hand = self.person.hands[side]
        frame = self.placed @ self._posed.frame(f"wrist.{side}")
        return carry(frame, hand.wrist + 0.08 * hand.along)

    def elbow(self, side: str) -> NDArray[np.float64]:
        """Where an elbow is in the world."""
        self.act()
        return carry(self.placed @ self._posed.frame(f"lowerarm01.{side}"), self.person.hands[side].elbow)

    def hand_points(self, side: str) -> NDArray[np.float64]:
        """The skin of a hand in the world, (N, 3), coarse."""
        self.act()
        bodies = self.person.body.bodies
        chosen = [
            index for index, bone in enumerate(bodies.strongest)
            if bone.endswith(f".{side}") and bone.startswith(("wrist", "finger", "metacarpal"))
        ]  # fmt: skip
        return carry(self.placed, self._posed.vertices[chosen])

    def skin_points(self) -> NDArray[np.float64]:
        """All of the body's vertices in the world, (V, 3)."""
        self.act()
        return carry(self.placed, self._posed.vertices)

    def arm_points(self) -> NDArray[np.float64]:
        """The skin of the arms from the elbow on, and what they hold, in the world: (N, 3), coarse."""
        self.act()
        arms = carry(self.placed, self._posed.vertices[self.person.body.bodies.along > 0.9])
        return np.concatenate([arms, self.held_points()[::5]])

    def held_points(self) -> NDArray[np.float64]:
        """The vertices of all held things in the world, (N, 3)."""
        self.act()
        meshes = [mesh for held in self.held for mesh in held.meshes(self._posed)]
        return carry(self.placed, np.concatenate([np.zeros((0, 3)), *(mesh.vertices for mesh in meshes)]))

    def fits_above(self, top: float, sides: str) -> bool:
        """Whether these forearms are above a table of this height, and do not pass through it."""
        self.act()
        bones = [f"{bone}.{side}" for side in sides for bone in ("lowerarm01", "wrist")]
        heights = [carry(self.placed @ self._posed.frame(bone), self.person.body.head_of(bone))[2] for bone in bones]
        return min(heights) > top + 0.02

    def lowest(self, sides: str) -> float:
        """The height of the lowest point of these hands and of all held things in the world."""
        points = np.concatenate([self.held_points(), *(self.hand_points(side) for side in sides)])
        return float(points[:, 2].min())

    def facts(self) -> dict[str, object]:
        """What the manifest tells of the person."""
        worn = self.person.worn
        return {
            "tone": round(self.person.skin.tone, 3),
            "gloves": worn.gloves,
            "held": [
                {"thing": each.thing.name, "depth_mm": round(float(each.grip.depth) * 1e3, 1)} for each in self.held
            ],
        }

    def credits(self) -> set[str]:
        """Whose models the person holds."""
        return {each.thing.credit for each in self.held if each.thing.credit}


def _uprights(rng: Generator, tilt: float) -> list[NDArray[np.float64]]:
    """Axes of things that stand nearly upright, in directions all around, and sometimes anyhow."""
    wild = 4.0 if rng.random() < 0.15 else 1.0
    lean = rotations(rng.normal(size=3), abs(rng.normal(0, tilt * wild)))
    return [lean @ rotations([0, 0, 1], degrees) for degrees in rng.uniform(0, 360, 24)]
