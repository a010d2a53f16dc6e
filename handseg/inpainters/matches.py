"""Which patch outside the hole is most like one that sees it: sought among all, or near places that are known.

The cost of a match is the sum of squared differences, and a little for the distance between the two places, so that
among equals the nearer wins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handseg.inpainters.levels import Floats, Level, Places, clip, patches

_LOCALITY = 0.01
"""What a distance as long as the photo's diagonal costs, as a mean square difference."""

_STEPS = 4095
"""Of a colour between 0 and 1, where patches are compared with all others."""

_SHORTLIST = 2_000
_AT_ONCE = 256
_PASSES = 2
_NEIGHBOURS = ((0, 2), (2, 0), (0, -2), (-2, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
_REACHES = (8, 3, 1)


def find(level: Level, targets: Places, known: Floats) -> tuple[Places, Floats]:
    """The best of all usable places, or of 2,000 taken evenly, for each of the `targets`; and what they cost.

    `known`, (h, w) of 0 and 1, says which pixels of the targets count.
    """
    usable = np.array(np.nonzero(level.usable))
    offered = usable[:, :: -(-usable.shape[1] // _SHORTLIST)]
    every_patch, every_weight = patches(level.colors), np.tile(patches(known), 3)
    best, costs = [], []
    for start in range(0, targets.shape[1], _AT_ONCE):
        part = targets[:, start : start + _AT_ONCE]
        weights = every_weight[*part]
        table = _differences(every_patch[*part], weights, every_patch[*offered])
        table += weights.sum(axis=1, keepdims=True) * _remoteness(level, part[:, :, None], offered[:, None])
        best.append(table.argmin(axis=1))
        costs.append(table.min(axis=1))
    return offered[:, np.concatenate(best)], np.maximum(np.concatenate(costs), 0).astype(np.float32)


class Matches:
    """A usable place for each target of a level, and the search for better ones: section 3.2 of PatchMatch."""

    places: Places
    costs: Floats

    def __init__(self, level: Level, places: Places) -> None:
        self._level = level
        self._patches = patches(level.colors)
        self._wanted = self._patches[*level.targets]
        self._squares = _dot(self._patches, self._patches)
        self.places, self.costs = places.copy(), self._cost(places)

    def improve(self, random: np.random.Generator) -> None:
        """Try the places beside those of the neighbours, then random ones, ever closer to the best so far."""
        targets = self._level.targets
        everywhere = max(self._level.hole.shape) // 4
        for _ in range(_PASSES):
            for neighbour in self._neighbours():
                self._try(self.places[:, neighbour] + targets - targets[:, neighbour])
            for reach in (everywhere, *_REACHES):
                self._try(self.places + random.integers(-reach, reach, targets.shape, endpoint=True))

    def _neighbours(self) -> list[NDArray[np.int64]]:
        """For each direction, the number of each target's neighbour; its own where there is none."""
        targets = self._level.targets
        own = np.arange(targets.shape[1])
        number = np.full(self._level.hole.shape, -1)
        number[*targets] = own
        beside = [number[*clip(targets + np.array(step)[:, None], self._level.hole.shape)] for step in _NEIGHBOURS]
        return [np.where(numbers < 0, own, numbers) for numbers in beside]

    def _try(self, places: Places) -> None:
        """Take over those of the places that are usable and better."""
        places = clip(places, self._level.hole.shape)
        costs = np.where(self._level.usable[*places], self._cost(places), np.inf)
        better = costs < self.costs
        self.places[:, better], self.costs[better] = places[:, better], costs[better]

    def _cost(self, places: Places) -> Floats:
        found = self._patches[*places]
        squares = self._squares[*self._level.targets] + self._squares[*places] - 2 * _dot(self._wanted, found)
        return np.maximum(squares, 0) + found.shape[1] * _remoteness(self._level, self._level.targets, places)


def _dot(some: Floats, others: Floats) -> Floats:
    return np.einsum("...i,...i->...", some, others)


def _differences(wanted: Floats, weights: Floats, offered: Floats) -> Floats:
    """The weighted sums of squared differences of every wanted patch, (N, D), to every offered one, (M, D).

    Gives (N, M) float64. It is computed with whole numbers, `weights` being 0 and 1: their sums are exact, while those
    of fractions depend on the number of threads in the last digit, which would choose another patch now and then.
    """
    wanted, offered = (np.rint(_STEPS * each).astype(np.float64) for each in (wanted, offered))
    weights = weights.astype(np.float64)
    weighted = weights * wanted
    differences = _dot(weighted, wanted)[:, None] - 2 * weighted @ offered.T + weights @ (offered**2).T
    return differences / _STEPS**2


def _remoteness(level: Level, some: Places, others: Places) -> Floats:
    """What the way between places costs per value of a patch."""
    height, width = level.hole.shape
    rows, columns = some - others
    return (_LOCALITY / (height**2 + width**2) * (rows**2 + columns**2)).astype(np.float32)
