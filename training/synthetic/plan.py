"""Which scene each number is: pure arithmetic, so that any worker, at any time, makes the same picture of a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

SHARES = {
    "egocentric": 0.15,
    "partner": 0.06,
    "product": 0.22,
    "gesturing": 0.09,
    "face": 0.10,
    "closeup": 0.07,
    "tabletop": 0.07,
    "gathering": 0.03,
    "people": 0.06,
    "forearm": 0.06,
    "empty": 0.09,
}
"""How often each kind of scene is drawn; see the modules of `kinds`."""

GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Job:
    """One picture to be made."""

    number: int
    seed: int
    kind: str
    tone: float
    """Of the main person's skin: 0 lightest to 1 darkest."""

    @property
    def stem(self) -> str:
        """The name of its files."""
        return f"{self.seed}-{self.number:06d}"

    def rng(self, attempt: int = 0) -> Generator:
        """Its randomness; a later attempt, after a view that showed too little, draws anew."""
        return np.random.default_rng([self.seed, self.number, attempt])


def job(seed: int, number: int) -> Job:
    """Picture `number` of the endless series of `seed`.

    Tones follow a low-discrepancy sequence: any run of pictures covers the range of skin tones evenly.
    """
    rng = np.random.default_rng([seed, number, 1 << 20])
    kinds, shares = list(SHARES), np.array(list(SHARES.values()))
    kind = str(rng.choice(kinds, p=shares / shares.sum()))
    offset = np.random.default_rng(seed).random()
    return Job(number, seed, kind, float((offset + GOLDEN * number) % 1))
