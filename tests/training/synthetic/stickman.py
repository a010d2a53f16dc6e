"""A stand-in for the baked body model: bones where an average person has them, and fingers of eight-cornered tubes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from training.synthetic.assets import Bodies
from training.synthetic.geometry import unit

# Heads of the right side's bones with their parents, metres; the left side is their mirror image.
MIDDLE = {
    "root": ((0.0, -0.01, 0.16), None),
    "neck01": ((0.0, -0.01, 0.72), "root"),
    "head": ((0.0, -0.045, 0.826), "neck01"),
}
SIDED = {
    "upperleg01": ((-0.113, -0.007, 0.144), "root"),
    "eye": ((-0.031, -0.129, 0.869), "head"),
    "upperarm01": ((-0.179, -0.021, 0.624), "root"),
    "lowerarm01": ((-0.371, -0.031, 0.412), "upperarm01"),
    "lowerarm02": ((-0.432, -0.119, 0.350), "lowerarm01"),
    "wrist": ((-0.499, -0.210, 0.282), "lowerarm02"),
    "finger1-1": ((-0.500, -0.258, 0.274), "wrist"),
    "finger1-2": ((-0.479, -0.280, 0.265), "finger1-1"),
    "finger1-3": ((-0.465, -0.315, 0.250), "finger1-2"),
    "metacarpal1": ((-0.511, -0.239, 0.265), "wrist"),
    "finger2-1": ((-0.529, -0.312, 0.240), "metacarpal1"),
    "finger2-2": ((-0.533, -0.336, 0.224), "finger2-1"),
    "finger2-3": ((-0.532, -0.355, 0.205), "finger2-2"),
    "finger3-1": ((-0.545, -0.293, 0.228), "metacarpal1"),
    "finger3-2": ((-0.554, -0.317, 0.200), "finger3-1"),
    "finger3-3": ((-0.557, -0.336, 0.177), "finger3-2"),
    "finger4-1": ((-0.553, -0.275, 0.219), "metacarpal1"),
    "finger4-2": ((-0.565, -0.292, 0.193), "finger4-1"),
    "finger4-3": ((-0.569, -0.306, 0.171), "finger4-2"),
    "finger5-1": ((-0.556, -0.255, 0.210), "metacarpal1"),
    "finger5-2": ((-0.563, -0.264, 0.189), "finger5-1"),
    "finger5-3": ((-0.565, -0.271, 0.173), "finger5-2"),
}
TIP = 0.022
"""How far a finger goes on after its last joint."""


def stickman() -> Bodies:
    """One shape; each vertex hangs on one bone."""
    heads, parents = dict(MIDDLE), {}
    for name, (place, parent) in SIDED.items():
        for side, sign in (("R", 1), ("L", -1)):
            own_parent = f"{parent}.{side}" if parent in SIDED else parent
            heads[f"{name}.{side}"] = ((sign * place[0], *place[1:]), own_parent)
    bones = list(heads)
    parents = [bones.index(parent) if parent else 0 for _, parent in heads.values()]
    places = np.array([place for place, _ in heads.values()], np.float32)
    vertices, owners = _tubes(bones, parents, places)
    weights = csr_matrix((np.ones(len(owners)), (np.arange(len(owners)), owners)), (len(owners), len(bones)))
    along = np.array([{"lowerarm": 1.3, "upperarm": 0.5}.get(bones[owner][:8], 2.2) for owner in owners])
    along[[bones[owner] in MIDDLE for owner in owners]] = 0
    return Bodies(
        rest=vertices[None].astype(np.float32),
        heads=places[None],
        bones=bones,
        parents=parents,
        strongest=[bones[owner] for owner in owners],
        along=along.astype(np.float32),
        weights=weights,
        surfaces={},
    )


def _tubes(
    bones: list[str], parents: list[int], places: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    vertices, owners = [], []
    for bone, name in enumerate(bones):
        children = [child for child, parent in enumerate(parents) if parent == bone and child != bone]
        start = places[bone].astype(float)
        before = unit(start - places[parents[bone]])
        ends = [places[child].astype(float) for child in children] or [start + TIP * before]
        thick = 0.008 if name.startswith("finger") else 0.012
        for end in ends:
            tube = _tube(start, end, thick)
            vertices.append(tube)
            owners += [bone] * len(tube)
    return np.concatenate(vertices), np.array(owners)


def _tube(start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    ahead = unit(end - start)
    side = unit(np.cross(ahead, (0.3, 0.5, 0.8)))
    up = np.cross(ahead, side)
    turns = np.arange(8) * np.pi / 4
    ring = radius * (np.cos(turns)[:, None] * side + np.sin(turns)[:, None] * up)
    return np.concatenate([start + share * (end - start) + ring for share in np.linspace(0, 1, 5)])
