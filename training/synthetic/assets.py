"""The baked body model, read back: one set of arrays that all people are made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic.geometry import Points

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Surface:
    """A part of the skin, refined: `matrix` makes its fine vertices from the body's coarse ones."""

    matrix: csr_matrix
    quads: NDArray[np.int32]
    parts: NDArray[np.int8]
    """The index in `bake.PARTS` of each quad."""
    nails: NDArray[np.float32] | None = None
    lips: NDArray[np.float32] | None = None
    """What is painted where, 0..1 at each fine vertex; None on clothes."""


@dataclass(frozen=True)
class Bodies:
    """Shapes of people with one topology; rest pose: arms 45 degrees down, faces -y, z up, the right side at x < 0."""

    rest: NDArray[np.float32]
    """(shapes, V, 3) vertices."""
    heads: NDArray[np.float32]
    """(shapes, B, 3) where each bone begins."""
    bones: list[str]
    parents: list[int]
    strongest: list[str]
    """The bone that moves each vertex most."""
    along: NDArray[np.float32]
    """(V,) 0 at the shoulder and on the trunk, 1 at the elbow, 2 at the wrist, up to 3 on the fingers."""
    weights: csr_matrix
    """(V, B) how much each bone moves each vertex; rows sum to 1."""
    surfaces: dict[str, Surface]

    @classmethod
    def read(cls, path: Path) -> Bodies:
        """Read what `bake.bake` wrote."""
        arrays = dict(np.load(path))
        names = [key.removesuffix("/quads") for key in arrays if key.endswith("/quads")]
        return cls(
            rest=arrays["rest"],
            heads=arrays["heads"],
            bones=[str(name) for name in arrays["bones"]],
            parents=arrays["parents"].tolist(),
            strongest=[str(name) for name in arrays["strongest"]],
            along=arrays["along"],
            weights=read_sparse(arrays, "weights"),
            surfaces={name: _surface(arrays, name) for name in names},
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each bone by name."""
        return {name: number for number, name in enumerate(self.bones)}

    @cached_property
    def parents_first(self) -> list[int]:
        """All bones, each after its parent."""

        def depth(bone: int) -> int:
            return 0 if bone == 0 else 1 + depth(self.parents[bone])

        return sorted(range(len(self.bones)), key=depth)

    def mixture(self, first: int, second: int, share: float) -> tuple[Points, Points]:
        """Vertices (V, 3) and bone heads (B, 3) of a person between two shapes."""
        mixed = [(1 - share) * each[first] + share * each[second] for each in (self.rest, self.heads)]
        return mixed[0].astype(float), mixed[1].astype(float)


def read_sparse(arrays: dict[str, Any], name: str) -> csr_matrix:
    """The matrix that `bake` took apart under this name."""
    from scipy.sparse import csr_matrix

    parts = tuple(arrays[f"{name}.{part}"] for part in ("values", "columns", "starts"))
    return csr_matrix(parts, shape=tuple(arrays[f"{name}.shape"]))


def _surface(arrays: dict[str, Any], name: str) -> Surface:
    painted = [arrays.get(f"{name}/{what}") for what in ("fingernails", "lips")]
    nails, lips = (None if each is None else each.astype(np.float32) for each in painted)
    return Surface(read_sparse(arrays, f"{name}/matrix"), arrays[f"{name}/quads"], arrays[f"{name}/parts"], nails, lips)
