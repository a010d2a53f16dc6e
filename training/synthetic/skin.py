"""Skin by two pigments: melanin and blood, spread as they are on hands, and the relief that catches light.

The colours follow an exponential absorption by both pigments; the coefficients were chosen by eye, so that the range of
tones covers what people have, and photos of people have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import Points, unit
from training.synthetic.hand import FINGERS, Hand
from training.synthetic.noise import field

PAPER = np.array([0.86, 0.79, 0.72])
"""What comes back from skin without pigment, linear RGB."""

MELANIN = np.array([1.15, 1.65, 2.15])
BLOOD = np.array([0.12, 0.85, 0.62])

LIGHTEST, DARKEST = 0.06, 2.3
"""Amounts of melanin at the ends of the range."""


def colour(melanin: ArrayLike, blood: ArrayLike) -> NDArray[np.float64]:
    """Linear RGB (..., 3) of skin with so much pigment (...,)."""
    melanin, blood = np.asarray(melanin, float), np.asarray(blood, float)
    return PAPER * np.exp(-melanin[..., None] * MELANIN - blood[..., None] * BLOOD)


def melanin_of(tone: float) -> float:
    """The melanin of a tone from 0 (lightest) to 1 (darkest), even in perceived lightness.

    >>> round(melanin_of(0.0), 2), round(melanin_of(1.0), 2)
    (0.06, 2.3)
    """
    amounts = np.linspace(LIGHTEST, DARKEST, 400)
    lightness = np.cbrt(colour(amounts, np.full(400, 0.45)) @ (0.2126, 0.7152, 0.0722))
    return float(np.interp(lightness[0] + tone * (lightness[-1] - lightness[0]), lightness[::-1], amounts[::-1]))


@dataclass(frozen=True)
class Skin:
    """One person's skin."""

    tone: float
    """0 lightest to 1 darkest."""
    blood: float
    roughness: float
    freckles: float
    age: float
    """0..1: how deep wrinkles and veins are."""
    seed: int

    @classmethod
    def draw(cls, tone: float, rng: Generator) -> Skin:
        """Skin of this tone."""
        freckles = rng.uniform(0.3, 1) if rng.random() < 0.2 and tone < 0.6 else 0.0
        return cls(
            tone, rng.uniform(0.22, 0.75), rng.uniform(0.33, 0.6), freckles, rng.random(), int(rng.integers(1 << 30))
        )

    def pigments(self, points: Points, rng: Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Melanin and blood at points of the body at rest, (N,) each, uneven as skin is."""
        melanin = melanin_of(self.tone) * (1 + 0.07 * field(points, 60, rng) + 0.06 * field(points, 300, rng))
        blood = self.blood * (1 + 0.2 * field(points, 110, rng) + 0.09 * field(points, 500, rng))
        if self.freckles:
            melanin = melanin * (1 + self.freckles * (field(points, 700, rng) - 1.4).clip(0, 0.8))
        return melanin, blood

    def paint(self, points: Points) -> NDArray[np.float32]:
        """Colours (N, 3) of skin anywhere but on hands."""
        melanin, blood = self.pigments(points, np.random.default_rng(self.seed))
        return colour(melanin.clip(0.03), blood.clip(0.05)).astype(np.float32)


@dataclass
class _Coat:
    """What is laid over an arm's points, (N,) each: pigments, and relief in metres."""

    melanin: NDArray[np.float64]
    blood: NDArray[np.float64]
    relief: NDArray[np.float64]

    def add(self, where: NDArray, melanin: NDArray, blood: NDArray, relief: NDArray | float) -> None:
        """Add to all three at some points."""
        self.melanin[where] += melanin
        self.blood[where] += blood
        self.relief[where] += relief


def paint_hand(
    skin: Skin, hand: Hand, points: Points, normals: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Colours (N, 3) and relief (N,) in metres of an arm with its hand; points and normals are those at rest."""
    rng = np.random.default_rng(skin.seed)
    melanin, blood = skin.pigments(points, rng)
    past, back = (points - hand.wrist) @ hand.along, -normals @ hand.normal
    palm = 1 / (1 + np.exp(-past / 0.008)) / (1 + np.exp((back + 0.15) / 0.18))
    # Palms hold little melanin, however much there is elsewhere.
    melanin = melanin * (1 - palm) + palm * np.minimum(melanin, 0.15 + 0.27 * melanin)
    coat = _Coat(melanin, blood + 0.12 * palm, _unevenness(skin, points, palm, back, rng))
    for finger in (1, *FINGERS):
        _add_joints(coat, skin, hand, finger, points, palm, back)
    for line in PALM_LINES:
        across = past + 0.3 * (points - hand.wrist) @ hand.sideways - line
        crease = np.exp(-((across / 0.0015) ** 2)) * palm
        coat.add(np.arange(len(points)), 0.06 * crease, 0.13 * crease, -0.0007 * crease)
    return colour(coat.melanin.clip(0.03), coat.blood.clip(0.05)).astype(np.float32), coat.relief


PALM_LINES = (0.05, 0.068)
"""Metres past the wrist at which lines cross the palm."""


def _unevenness(
    skin: Skin, points: Points, palm: NDArray[np.float64], back: NDArray[np.float64], rng: Generator
) -> NDArray[np.float64]:
    """Pores, folds and, on the back of the hand, veins, in metres."""
    pores = 0.0002 * field(points, 900, rng) - 0.00025 * skin.age * field(points, 350, rng)
    veins = (field(points, 110, rng) - 0.9).clip(0, 1) * (1 - palm) * back.clip(0, 1)
    return pores + 0.0013 * skin.age * veins


def _add_joints(
    coat: _Coat,
    skin: Skin,
    hand: Hand,
    finger: int,
    points: Points,
    palm: NDArray[np.float64],
    back: NDArray[np.float64],
) -> None:
    """Darker, redder, wrinkled skin over a finger's joints, creases below them, and a redder end."""
    heads = [hand.at(f"finger{finger}-{joint}") for joint in (1, 2, 3)]
    for joint, head in enumerate(heads):
        if finger == 1 and joint == 0:
            continue
        # Only the skin nearby: exponentials over the whole arm would cost more than the rest of the person.
        near = np.flatnonzero(((points - head) ** 2).sum(axis=1) < 0.03**2)
        offset = points[near] - head
        nearness = np.exp(-(offset**2).sum(axis=1) / 0.014**2)
        behind = nearness * (0.2 + back[near]).clip(0, 1)
        before = nearness * palm[near]
        coat.add(near, behind * (0.1 + 0.2 * melanin_of(skin.tone)), 0.2 * behind + 0.06 * before, 0.0)
        if joint:
            along = offset @ unit(heads[joint + 1] - head if joint < 2 else head - heads[1])
            wrinkle = (np.cos(along * 2 * np.pi / 0.003) * np.exp(-((along / 0.006) ** 2)) * behind).clip(0)
            crease = np.exp(-((along / 0.0014) ** 2)) * before
            relief = -0.0004 * (0.4 + skin.age) * wrinkle - 0.0006 * crease
            coat.add(near, 0.1 * (wrinkle + crease), 0.13 * crease, relief)
    coat.blood += 0.12 * np.exp(-((points - heads[2]) ** 2).sum(axis=1) / 0.025**2)
