"""What hands wear. Rings and nails belong to the hand; watches and bracelets above the wrist do not.

A gloved hand is a hand, up to the wrist: the design counts the visible hand with what it wears, as rings and nails, and
somebody who wants hands out of a photo wants gloved ones out, too. A glove's cuff above the wrist is a sleeve. The
manifest names gloves, so that training can do without them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.body import Posed
from training.synthetic.geometry import Points, facing, triangles, unit, vertex_normals
from training.synthetic.hand import FINGERS, Hand
from training.synthetic.noise import field
from training.synthetic.scene import Material, Mesh, linear, plain
from training.synthetic.solids import lathe, rounded
from training.synthetic.textures import any_colour

METALS = ((0.95, 0.78, 0.42), (0.88, 0.88, 0.90), (0.90, 0.68, 0.58), (0.25, 0.25, 0.27))
GLOVES = ("latex", "rubber", "knitted", "leather")


@dataclass(frozen=True)
class Adornments:
    """What one person's hands wear."""

    polish: NDArray[np.float32] | None
    """Linear RGB of painted nails."""
    rings: tuple[int, ...]
    """On which fingers."""
    band: str | None
    """`watch`, `bracelet` or `bangles` above the wrist."""
    gloves: str | None
    tattoo: float
    """0 for none, else how much of the skin is drawn on."""
    colour: NDArray[np.float32]
    """Linear RGB of the band, or of the gloves."""
    metal: NDArray[np.float32]

    @classmethod
    def draw(cls, rng: Generator) -> Adornments:
        """Most hands wear little."""
        painted = rng.random() < 0.18
        gloved = rng.random() < 0.06
        rings = tuple(f for f in FINGERS if rng.random() < 0.35) if rng.random() < 0.28 else ()
        band = str(rng.choice(["watch", "bracelet", "bangles"], p=[0.6, 0.25, 0.15])) if rng.random() < 0.3 else None
        return cls(
            polish=linear(any_colour(rng)) if painted else None,
            rings=() if gloved else rings,
            band=band,
            gloves=str(rng.choice(GLOVES)) if gloved else None,
            tattoo=rng.uniform(0.2, 1) if rng.random() < 0.07 else 0.0,
            colour=linear(any_colour(rng)),
            metal=linear(METALS[rng.integers(len(METALS))]),
        )


def glove(
    kind: str, colour: NDArray[np.float32], points: Points, past: NDArray[np.float64], rng: Generator
) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float64]]:
    """Which points of an arm at rest a glove covers, its colours (N, 3) there, and how far it stands off (N,)."""
    cuff = {"latex": 0.03, "rubber": 0.11, "knitted": 0.05, "leather": 0.025}[kind]
    worn = past > -cuff
    uneven = 0.04 * field(points, 60, rng) + (0.12 * field(points, 900, rng) if kind == "knitted" else 0)
    thick = {"latex": 0.0004, "rubber": 0.0012, "knitted": 0.002, "leather": 0.0012}[kind]
    flare = 0.004 * np.exp(-(((past + cuff) / 0.012) ** 2)) * (kind != "latex")
    folds = thick * (1 + 0.4 * field(points, 160, rng)) + flare
    return worn, (colour * (1 + uneven)[:, None]).clip(0.005, 0.9).astype(np.float32), np.where(worn, folds, 0)


def tattooed(amount: float, points: Points, rng: Generator) -> NDArray[np.float64]:
    """How much ink lies under the skin at points of an arm at rest: (N,) of 0..1."""
    where = field(points, 25, rng) + 1.6 * amount > 1.5
    lines = np.abs(field(points, 90, rng)) < 0.28
    return 0.85 * (where & lines)


def rings(worn: Adornments, hand: Hand, posed: Posed) -> list[Mesh]:
    """The rings on one hand; they count as hand."""
    meshes = []
    vertices = hand.body.vertices
    for finger in worn.rings:
        bone = f"finger{finger}-1.{hand.side}"
        start, end = hand.at(f"finger{finger}-1"), hand.at(f"finger{finger}-2")
        ahead, middle = unit(end - start), start + 0.62 * (end - start)
        offset = vertices - middle
        near = (np.abs(offset @ ahead) < 0.004) & (np.linalg.norm(offset, axis=1) < 0.016)
        if near.sum() < 4:
            continue
        # The finger's axis lies in the middle of its skin, not where the bone is.
        middle = (
            middle + (vertices[near].mean(axis=0) - middle) - ahead * ((vertices[near].mean(axis=0) - middle) @ ahead)
        )
        beside = vertices[near] - middle
        radius = np.linalg.norm(beside - np.outer(beside @ ahead, ahead), axis=1).mean() + 0.0006
        band = rounded([(radius, -0.002), (radius + 0.0016, -0.002), (radius + 0.0016, 0.002), (radius, 0.002)], 0.001)
        mesh = lathe(f"ring {finger}", band, Material(plain(worn.metal), roughness=0.2, specular=1.0), sides=24)
        mesh = mesh.carried(facing(ahead, hand.normal, middle)).carried(posed.frame(bone))
        meshes.append(_as_hand(mesh))
    return meshes


def band(worn: Adornments, hand: Hand, posed: Posed, rest: Points, points: Points, rng: Generator) -> list[Mesh]:
    """A watch, bracelet or bangles around a bare wrist; `rest` and `points` are the arm's skin, at rest and posed."""
    surface = hand.body.bodies.surfaces[f"arm.{hand.side}"]
    past = (rest - hand.wrist) @ hand.along
    place = -rng.uniform(0.022, 0.045)
    width = {"watch": 0.010, "bracelet": 0.003, "bangles": 0.0025}[worn.band or "watch"]
    places = (
        [place - 0.008 * number for number in range(int(rng.integers(2, 5)))] if worn.band == "bangles" else [place]
    )
    normals = vertex_normals(points, triangles(surface.quads))
    colour = worn.metal if worn.band != "watch" or rng.random() < 0.4 else worn.colour
    meshes = []
    for number, middle in enumerate(places):
        chosen = (np.abs(past - middle) < width)[surface.quads].any(axis=1)
        around = np.sqrt((1 - ((past - middle) / (2.5 * width)) ** 2).clip(0, 1))
        shell = points + normals * (0.0025 * around)[:, None]
        faces = triangles(surface.quads[chosen])
        material = Material(plain(colour), roughness=0.35, specular=0.8)
        meshes.append(Mesh(f"band {number}", shell, faces, material, normals=normals))
    if worn.band == "watch":
        meshes += _watch_case(worn, hand, posed, rest, place, rng)
    return meshes


def _watch_case(worn: Adornments, hand: Hand, posed: Posed, rest: Points, place: float, rng: Generator) -> list[Mesh]:
    past = (rest - hand.wrist) @ hand.along
    ring = np.abs(past - place) < 0.004
    top = rest[ring][(rest[ring] @ -hand.normal).argmax()]
    radius = rng.uniform(0.014, 0.022)
    frame = facing(-hand.normal, hand.along, top + hand.normal * 0.002)
    sides = 4 if rng.random() < 0.3 else 32
    case = lathe("watch", [(0, 0.0), (radius, 0.0), (radius, 0.007), (radius * 0.9, 0.008)], _shiny(worn.metal), sides)
    face = lathe("dial", [(radius * 0.9, 0.008), (0, 0.008)], Material(plain(linear(any_colour(rng))), 0.1, 0.8), sides)
    forearm = posed.frame(f"lowerarm02.{hand.side}")
    return [mesh.carried(frame).carried(forearm) for mesh in (case, face)]


def _shiny(metal: NDArray[np.float32]) -> Material:
    return Material(plain(metal), roughness=0.2, specular=1.0)


def _as_hand(mesh: Mesh) -> Mesh:
    return replace(mesh, past_wrist=np.ones(len(mesh.vertices), np.float32))
