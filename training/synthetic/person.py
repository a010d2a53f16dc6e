"""One person: body, skin, clothes, head and hands, as meshes in the body's own frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from training.synthetic.adornments import Adornments, band, glove, rings, tattooed
from training.synthetic.assets import Bodies
from training.synthetic.bake import PARTS
from training.synthetic.body import SIDES, Body, Posed, Turns
from training.synthetic.clothing import Outfit
from training.synthetic.geometry import triangles, vertex_normals
from training.synthetic.hand import Hand
from training.synthetic.head import Looks, glasses, hair, paint_face
from training.synthetic.scene import Material, Mesh
from training.synthetic.skin import Skin, paint_hand

HIDDEN = [PARTS.index(part) for part in ("mouth_cavity", "tongue")]
HEAD = [PARTS.index(part) for part in ("head", "eye_front", "eye_back", "eye_cavity")]

NAIL_COVER = 0.55
"""How much of the skin's colour a bare nail hides."""


@dataclass(frozen=True)
class Person:
    """Who somebody is, whatever they do."""

    body: Body
    skin: Skin
    outfit: Outfit
    looks: Looks
    worn: Adornments
    hands: dict[str, Hand] = field(default_factory=dict)

    @classmethod
    def draw(cls, bodies: Bodies, tone: float, rng: Generator) -> Person:
        """Somebody with skin of this tone."""
        body = Body.draw(bodies, rng)
        return cls(
            body,
            Skin.draw(tone, rng),
            Outfit.draw(body, rng),
            Looks.draw(tone, rng),
            Adornments.draw(rng),
            {side: Hand(body, side) for side in SIDES},
        )

    def meshes(
        self, turns: Turns, rng: Generator, arms: str = "RL", trunk: bool = True, head: bool = True
    ) -> tuple[Posed, list[Mesh]]:
        """The person in a pose: with these arms, and with or without trunk and head."""
        posed = self.body.pose(turns)
        meshes = [mesh for side in arms for mesh in self._arm(posed, side, rng)]
        if trunk:
            meshes += [self._trunk(posed, head), *self.outfit.meshes(posed, rng)]
        else:
            meshes += self.outfit.meshes(posed, rng, only_arms=arms)
        if trunk and head:
            meshes += [*hair(self.looks, posed, rng), *glasses(self.looks, posed)]
        return posed, meshes

    def _arm(self, posed: Posed, side: str, rng: Generator) -> list[Mesh]:
        hand, surface = self.hands[side], self.body.bodies.surfaces[f"arm.{side}"]
        rest, points = surface.matrix @ self.body.vertices, surface.matrix @ posed.vertices
        along, faces = surface.matrix @ self.body.bodies.along, triangles(surface.quads)
        past = (rest - hand.wrist) @ hand.along
        colours, relief = paint_hand(self.skin, hand, rest, vertex_normals(rest, faces))
        nails = surface.nails[:, None].clip(0, 1)
        bare = np.array([0.72, 0.47, 0.42]) * np.exp(-0.5 * self.skin.tone)
        polish, cover = (bare, NAIL_COVER) if self.worn.polish is None else (self.worn.polish, 0.95)
        colours = colours * (1 - cover * nails) + polish * cover * nails
        if self.worn.tattoo:
            ink = tattooed(self.worn.tattoo, rest, np.random.default_rng(self.skin.seed))[:, None]
            colours = colours * (1 - ink) + np.array([0.02, 0.025, 0.04]) * ink
        roughness, bare_wrist = self.skin.roughness, self.outfit.sleeves[side] < 1.8
        if self.worn.gloves:
            covered, dyed, thick = glove(self.worn.gloves, self.worn.colour, rest, past, rng)
            colours, relief = np.where(covered[:, None], dyed, colours), np.where(covered, thick, relief)
            roughness, bare_wrist = (0.35 if self.worn.gloves in ("latex", "rubber") else 0.8), False
        points = points + vertex_normals(points, faces) * relief[:, None]
        normals = vertex_normals(points, faces)
        shown = surface.quads[along[surface.quads].mean(axis=1) > self.outfit.sleeves[side] - 0.12]
        material = Material(roughness=roughness, specular=0.45, flatness=0.5)
        arm = Mesh(
            f"arm {side}",
            points,
            triangles(shown),
            material,
            colours=colours.astype(np.float32),
            normals=normals,
            past_wrist=past.astype(np.float32),
        )
        extra = rings(self.worn, hand, posed)
        if self.worn.band and bare_wrist:
            extra += band(self.worn, hand, posed, rest, points, rng)
        return [arm, *extra]

    def _trunk(self, posed: Posed, head: bool) -> Mesh:
        surface = self.body.bodies.surfaces["body"]
        rest, points = surface.matrix @ self.body.vertices, surface.matrix @ posed.vertices
        along = surface.matrix @ self.body.bodies.along
        covered = (self.outfit.depth(self.body, rest, along) > 0.012)[surface.quads].all(axis=1)
        dropped = HIDDEN if head else HIDDEN + HEAD
        shown = surface.quads[~covered & ~np.isin(surface.parts, dropped)]
        colours = paint_face(self.looks, self.body, surface, rest, self.skin.paint(rest))
        normals = vertex_normals(points, triangles(surface.quads))
        material = Material(roughness=self.skin.roughness, specular=0.45, flatness=0.5)
        return Mesh("trunk", points, triangles(shown), material, colours=colours, normals=normals)
