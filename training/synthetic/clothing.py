"""Clothes: a shell over the body, cut at sleeves, neckline and hem. What they cover is not hand, however hand-like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.body import Body, Posed
from training.synthetic.cutting import cut
from training.synthetic.geometry import Points, triangles, vertex_normals
from training.synthetic.noise import field
from training.synthetic.scene import Material, Mesh, Texture
from training.synthetic.textures import cloth

SLEEVES = {"none": (0.0, 0.12), "short": (0.3, 0.85), "elbow": (0.95, 1.5), "long": (1.82, 2.04)}
"""Where sleeves end along the arm: 0 at the shoulder, 1 at the elbow, 2 at the wrist."""

SLEEVE_SHARES = {"none": 0.12, "short": 0.38, "elbow": 0.18, "long": 0.32}
"""Bare forearms are frequent on purpose: to be cut at the wrist is what models find hardest."""


@dataclass(frozen=True)
class Outfit:
    """What one person wears above and below the waist."""

    sleeves: dict[str, float]
    """By side, where the sleeve ends along the arm."""
    neckline: float
    """Metres below the neck's root at the front."""
    hem: float
    """The height at which trousers or a skirt end."""
    waist: float
    top: Texture
    bottom: Texture
    thickness: float

    @classmethod
    def draw(cls, body: Body, rng: Generator) -> Outfit:
        """Some clothes that fit this body."""
        length = str(rng.choice(list(SLEEVE_SHARES), p=list(SLEEVE_SHARES.values())))
        sleeve = rng.uniform(*SLEEVES[length])
        rolled = rng.uniform(-0.15, 0.1) if rng.random() < 0.15 and length != "none" else 0.0
        hip = body.head_of("upperleg01.R")[2]
        return cls(
            sleeves={"R": sleeve, "L": float(np.clip(sleeve + rolled, 0, 2.04))},
            neckline=rng.choice([0.0, 0.03, rng.uniform(0.04, 0.16)]),
            hem=body.floor + (rng.uniform(0.02, 0.06) if rng.random() < 0.7 else rng.uniform(0.35, 0.6)),
            waist=hip + rng.uniform(-0.02, 0.12),
            top=cloth(rng),
            bottom=cloth(rng),
            thickness=rng.uniform(0.004, 0.013),
        )

    def depth(self, body: Body, points: Points, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far inside the clothes' edges points of the body at rest are, at these places along the arm: metres."""
        neck = body.head_of("neck01")
        sleeve = np.where(points[:, 0] < 0, self.sleeves["R"], self.sleeves["L"])
        front = points[:, 1] < neck[1]
        vee = np.where(front, self.neckline * (1 - np.abs(points[:, 0]) / 0.09).clip(0), 0)
        below_neck = neck[2] + 0.012 - vee - points[:, 2]
        return np.minimum(np.minimum(below_neck, points[:, 2] - self.hem), 0.25 * (sleeve - along))

    def meshes(self, posed: Posed, rng: Generator, only_arms: str = "") -> list[Mesh]:
        """The clothes on a posed body; or of the top only the sleeves of one arm, or of both."""
        body, surface = posed.body, posed.body.bodies.surfaces["cloth"]
        rest, along = surface.matrix @ body.vertices, surface.matrix @ body.bodies.along
        points = surface.matrix @ posed.vertices
        faces = triangles(surface.quads)
        folds = 0.5 * field(rest, 55, rng) + 0.3 * field(rest, 150, rng)
        sleeve = np.where(rest[:, 0] < 0, self.sleeves["R"], self.sleeves["L"])
        seam = 0.004 * np.exp(-(((along - sleeve) / 0.05) ** 2))
        loose = self.thickness * (1 + 0.45 * folds) + seam
        points = points + vertex_normals(points, faces) * loose[:, None]
        normals = vertex_normals(points, faces)
        uv = np.stack([rest[:, 0] * 3 + along, rest[:, 2] * 3], axis=1).astype(np.float32)
        depth = self.depth(body, rest, along)
        above = np.where(along > 0.05, 1.0, rest[:, 2] - self.waist)
        halves = [("top", above, self.top), ("bottom", -above, self.bottom)]
        if only_arms:
            right = {"R": -1.0, "L": 1.0, "RL": 0.0}[only_arms] * rest[:, 0]
            halves = [("top", np.minimum(along - 0.1, right + (only_arms == "RL")), self.top)]
        meshes = []
        for name, half, texture in halves:
            shown, (vertices, turned, places) = cut(faces, np.minimum(depth, half), points, normals, uv)
            material = Material(texture, roughness=0.85, specular=0.2, sheen=0.4)
            meshes.append(Mesh(name, vertices, shown, material, uv=places, normals=turned))
        return meshes
