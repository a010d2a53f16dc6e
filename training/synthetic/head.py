"""Faces and hair: never hands, and what models without them take for hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthetic.assets import Surface
from training.synthetic.bake import PARTS
from training.synthetic.body import Body, Posed
from training.synthetic.geometry import Points, carry, moved, triangles, turned, unit, vector, vertex_normals
from training.synthetic.noise import field
from training.synthetic.scene import Material, Mesh, linear, plain
from training.synthetic.solids import box, lathe, rounded
from training.synthetic.textures import any_colour, cloth

HAIRS = ((0.03, 0.022, 0.018), (0.05, 0.03, 0.02), (0.10, 0.055, 0.03), (0.22, 0.12, 0.06), (0.45, 0.30, 0.15),
         (0.30, 0.09, 0.04), (0.45, 0.44, 0.43))  # fmt: skip
"""Linear RGB."""

IRISES = ((0.03, 0.018, 0.01), (0.08, 0.045, 0.02), (0.05, 0.09, 0.13), (0.05, 0.09, 0.05))
HEADWEAR = ("cap", "scarf")
STYLES = ("bald", "shaved", "short", "bob", "long", *HEADWEAR)
STYLE_SHARES = (0.07, 0.1, 0.3, 0.17, 0.22, 0.06, 0.08)


@dataclass(frozen=True)
class Looks:
    """What one person's head looks like."""

    style: str
    hair: NDArray[np.float64]
    iris: NDArray[np.float64]
    lips: NDArray[np.float64]
    beard: float
    """0 none, up to 1."""
    glasses: bool

    @classmethod
    def draw(cls, tone: float, rng: Generator) -> Looks:
        """Dark hair is the most frequent, everywhere; light hair comes with light skin."""
        dark = rng.random() < 0.35 + 0.6 * tone
        hair = np.array(HAIRS[rng.integers(0, 3)] if dark else HAIRS[rng.integers(1, len(HAIRS))])
        painted = rng.random() < 0.25
        return cls(
            style=str(rng.choice(STYLES, p=STYLE_SHARES)),
            hair=linear(any_colour(rng)).astype(float) if rng.random() < 0.03 else hair * rng.uniform(0.8, 1.2),
            iris=np.array(IRISES[rng.integers(len(IRISES)) if not dark else rng.integers(2)]),
            lips=np.array([0.45, 0.04, 0.05]) if painted else np.array([0.42, 0.12, 0.11]) * np.exp(-0.9 * tone),
            beard=rng.uniform(0.2, 1) if rng.random() < 0.22 else 0.0,
            glasses=bool(rng.random() < 0.2),
        )


def paint_face(
    looks: Looks, body: Body, surface: Surface, points: Points, skin: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The skin's colours (N, 3), with eyes, brows, lips and beard painted in; `points` are those at rest."""
    colours = skin.astype(float)
    if surface.lips is not None:
        lips = surface.lips[:, None]
        colours = colours * (1 - 0.65 * lips) + 0.65 * lips * looks.lips
    rng = np.random.default_rng(5)
    grain = 0.7 + 0.3 * (field(points, 1500, rng) > 0)
    for side in "RL":
        eye = body.head_of(f"eye.{side}")
        offset = points - eye
        # Brows rise a little outwards; hair is painted, as nothing finer shows at this size.
        outwards = offset[:, 0] * (-1 if side == "R" else 1)
        arch = 0.0225 + 0.12 * outwards - 9.0 * np.square(outwards + 0.002).clip(0, 4e-4)
        brow = np.exp(-(((offset[:, 2] - arch) / 0.0035) ** 4)) * (np.abs(outwards) < 0.021) * (offset[:, 1] < 0.02)
        colours = _over(colours, looks.hair, 0.75 * brow * grain)
    if looks.beard:
        colours = _over(colours, looks.hair, 0.8 * looks.beard * _beard(body, points) * grain)
    for side in "RL":
        colours = _paint_eye(looks, body, surface, points, colours, side)
    return colours.astype(np.float32)


def _beard(body: Body, points: Points) -> NDArray[np.float64]:
    eyes = body.eyes
    low = 1 / (1 + np.exp((points[:, 2] - eyes[2] + 0.062) / 0.006))
    high_enough = 1 / (1 + np.exp(-(points[:, 2] - eyes[2] + 0.135) / 0.006))
    return low * high_enough * (points[:, 1] < body.head_of("head")[1] + 0.01)


def _paint_eye(
    looks: Looks, body: Body, surface: Surface, points: Points, colours: NDArray[np.float64], side: str
) -> NDArray[np.float64]:
    eyeball = np.zeros(len(points), bool)
    kinds = [PARTS.index("eye_front"), PARTS.index("eye_back")]
    eyeball[surface.quads[np.isin(surface.parts, kinds)].ravel()] = True
    eye = body.head_of(f"eye.{side}")
    off_centre = np.hypot(points[:, 0] - eye[0], points[:, 2] - eye[2])
    eyeball &= np.linalg.norm(points - eye, axis=1) < 0.03
    eye_colours = np.where((off_centre < 0.0062)[:, None], looks.iris, np.array([0.72, 0.69, 0.66]))
    eye_colours = np.where((off_centre < 0.0028)[:, None], 0.005, eye_colours)
    return np.where(eyeball[:, None], eye_colours, colours)


def _over(colours: NDArray[np.float64], paint: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    return colours * (1 - share[:, None]) + paint * share[:, None]


def hair(looks: Looks, posed: Posed, rng: Generator) -> list[Mesh]:
    """Hair, a cap or a scarf on a posed head."""
    if looks.style == "bald":
        return []
    body, surface = posed.body, posed.body.bodies.surfaces["body"]
    rest, points = surface.matrix @ body.vertices, surface.matrix @ posed.vertices
    normals = vertex_normals(points, triangles(surface.quads))
    on_head = surface.parts == PARTS.index("head")
    centre = rest[surface.quads].mean(axis=1)
    chosen = on_head & _scalp(looks.style, body, centre, rng)
    thick = {"shaved": 0.002, "short": 0.013, "bob": 0.016, "long": 0.014, "cap": 0.012, "scarf": 0.012}[looks.style]
    strands = rest * (1, 1, 0.2)
    uneven = 1 + 0.25 * field(rest, 80, rng) + 0.3 * field(strands, 700, rng)
    shell = points + normals * (thick * uneven)[:, None]
    faces = triangles(surface.quads[chosen])
    if looks.style in HEADWEAR:
        uv = np.stack([rest[:, 0] * 4, rest[:, 2] * 4], axis=1).astype(np.float32)
        material = Material(cloth(rng), roughness=0.85, specular=0.2, sheen=0.3)
        return [Mesh("headwear", shell, faces, material, uv=uv, normals=vertex_normals(shell, faces))]
    colours = (looks.hair * (1 + 0.4 * field(strands, 1500, rng))[:, None].clip(0.2)).astype(np.float32)
    material = Material(roughness=0.45, specular=0.5)
    cap = Mesh("hair", shell, faces, material, colours=colours, normals=vertex_normals(shell, faces))
    return [cap, *_locks(looks, posed, centre[chosen], rng)]


def glasses(looks: Looks, posed: Posed) -> list[Mesh]:
    """Two frames with a bridge before the eyes, for those who wear glasses."""
    if not looks.glasses:
        return []
    body, metal = posed.body, Material(plain(0.3 * looks.hair), roughness=0.3, specular=0.8)
    ring = rounded([(0.021, -0.001), (0.0235, -0.001), (0.0235, 0.001), (0.021, 0.001)], 0.0005)
    front = body.eyes[1] - 0.027
    meshes = []
    for side, out in (("R", -1.0), ("L", 1.0)):
        x, _, z = body.head_of(f"eye.{side}")
        frame = moved(x, front, z - 0.004) @ turned((1, 0, 0), 90)
        meshes.append(lathe("glasses", ring, metal, sides=20).carried(frame))
        temple = box("glasses", (0.002, 0.09, 0.003), metal)
        meshes.append(temple.carried(moved(x + out * 0.026, front + 0.045, z)))
    meshes.append(box("glasses", (0.02, 0.002, 0.002), metal).carried(moved(0, front, body.eyes[2])))
    return [mesh.carried(posed.frame("head")) for mesh in meshes]


def _scalp(style: str, body: Body, centre: Points, rng: Generator) -> NDArray[np.bool_]:
    """Which faces of the head, by their centres at rest, grow hair or lie below cloth."""
    eyes, head = body.eyes, body.head_of("head")
    ears = head[1] + 0.005
    line = eyes[2] + rng.uniform(0.055, 0.075) + 0.006 * field(centre, 60, rng)
    front = (centre[:, 2] > line) & (centre[:, 1] <= ears)
    nape = head[2] - (0.02 if style in ("short", "shaved", "cap") else 0.06)
    back = (centre[:, 1] > ears) & (centre[:, 2] > nape)
    sides = (np.abs(centre[:, 0]) > 0.058) & (centre[:, 2] > eyes[2] + 0.005) & (centre[:, 1] > ears - 0.045)
    if style == "scarf":
        face = np.hypot(centre[:, 0] / 0.062, (centre[:, 2] - eyes[2] + 0.03) / 0.095)
        return (face > 1) | (centre[:, 1] > ears)
    return front | back | sides


def _locks(looks: Looks, posed: Posed, roots: Points, rng: Generator) -> list[Mesh]:
    """Ribbons of hair that fall from the scalp, for hair long enough to fall."""
    if looks.style not in ("bob", "long") or len(roots) == 0:
        return []
    length = rng.uniform(0.12, 0.2) if looks.style == "bob" else rng.uniform(0.25, 0.5)
    head = posed.body.head_of("head")
    low = roots[roots[:, 2] < head[2] + 0.1]
    starts = low[rng.integers(0, len(low), 260)] if len(low) else roots[rng.integers(0, len(roots), 260)]
    middle = head + vector(0, 0.0, 0.06)
    out = unit((starts - middle) * (1, 1, 0.2))
    steps = np.linspace(0, 1, 9)[:, None, None]
    paths = starts + out * (0.012 + 0.02 * np.sqrt(steps)) - np.array([0, 0, 1]) * length * steps
    paths = paths + out * 0.02 * np.sin(3 * steps * np.pi / 2) + 0.006 * rng.normal(size=(1, 260, 3)) * (0.3 + steps)
    # Not through the face: what hangs in front of the ears moves behind them.
    paths[..., 1] = np.maximum(paths[..., 1], head[1] - 0.015 + 0.01 * rng.random(260))
    across = unit(np.cross(out, (0, 0, 1))) * rng.uniform(0.004, 0.009, (260, 1))
    sides = np.stack([paths - across, paths + across], axis=2)
    vertices = carry(posed.frame("head"), sides.reshape(-1, 3))
    index = np.arange(9 * 260 * 2).reshape(9, 260, 2)
    quads = np.stack([index[:-1, :, 0], index[:-1, :, 1], index[1:, :, 1], index[1:, :, 0]], axis=-1).reshape(-1, 4)
    shade = rng.normal(1, 0.25, (1, 260, 1, 1)).clip(0.4)
    colours = (looks.hair * np.broadcast_to(shade, (9, 260, 2, 1))).reshape(-1, 3).astype(np.float32)
    faces = triangles(quads)
    material = Material(roughness=0.45, specular=0.5)
    return [Mesh("locks", vertices, faces, material, colours=colours, normals=vertex_normals(vertices, faces))]
