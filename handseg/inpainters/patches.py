"""The inpainter that is always there: it fills a hole with patches of its own surroundings, from coarse to fine.

Coarsely, the hole is peeled like an onion, each pixel taken from the patch that fits best what is known around it. Then
every patch that sees the hole looks for its most similar one outside, and all that were found vote for the colours
(Wexler, Shechtman, Irani, "Space-Time Completion of Video", PAMI 2007; Newson et al., "Non-Local Patch-Based Image
Inpainting", IPOL 2017). Finer levels begin with the places found on the coarser one and improve them as PatchMatch does
(Barnes et al., SIGGRAPH 2009). At last the details too fine for any level are copied from those places of the photo.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from handseg.inpainters.levels import Floats, Level, Places, clip, pyramid
from handseg.inpainters.matches import Matches, find
from handseg.masks import Mask
from handseg.photos import Photo

_COARSE_ROUNDS, _FINE_ROUNDS = 8, (4, 2)
"""How often to search and vote; the last number holds for all finer levels."""

_MOST_COMPARED = 8_000
"""So many targets are compared with every place; more would take minutes."""

_AT_ONCE = 1 << 18


class PatchInpainter:
    """Fills a hole with patches from around it. It needs no weights, and the same hole gets the same filling."""

    def fill(self, photo: Photo, hole: Mask) -> Photo:
        """See `Inpainter.fill`. Where not even one patch lies outside the hole, the mean of what does fills it."""
        if not hole.any():
            return photo.copy()
        levels = pyramid(photo, hole)
        if not levels:
            mean = cv2.mean(photo, (~hole).astype(np.uint8))[:3]
            return np.where(hole[..., None], np.rint(mean).astype(np.uint8), photo)
        return _with_details(photo, hole, levels[-1], _complete(levels))


def _complete(levels: list[Level]) -> Places:
    """Fill the holes of all levels, in place; gives the places found for the targets of the finest."""
    random = np.random.default_rng(0)
    places = _begin(levels[0], random)
    for number, (coarse, fine) in enumerate(pairwise(levels)):
        fine.colors[fine.hole] = _resized(coarse.colors, fine.hole.shape)[fine.hole]
        places = _usable(fine, _carried(places, coarse, fine.targets, fine.hole.shape), random)
        places = _improve(fine, places, _FINE_ROUNDS[min(number, len(_FINE_ROUNDS) - 1)], random)
    return places


def _improve(level: Level, places: Places, rounds: int, random: np.random.Generator) -> Places:
    """Look for better places than these, and fill the hole with them; gives the places found."""
    for _ in range(rounds):
        matches = Matches(level, places)
        matches.improve(random)
        level.vote(matches.places, matches.costs)
        places = matches.places
    return places


def _begin(coarsest: Level, random: np.random.Generator) -> Places:
    """Fill the hole where every patch can be compared with every other.

    Where too little is known around it for a level that is coarse enough, with what is nearest, and places by chance.
    """
    if coarsest.targets.shape[1] > _MOST_COMPARED:
        coarsest.fill_with_nearest()
        nowhere = np.zeros_like(coarsest.targets)
        return _improve(coarsest, _usable(coarsest, nowhere, random), _COARSE_ROUNDS, random)
    _peel(coarsest)
    everything = np.ones(coarsest.hole.shape, np.float32)
    for _ in range(_COARSE_ROUNDS):
        places, costs = find(coarsest, coarsest.targets, everything)
        coarsest.vote(places, costs)
    return places


def _peel(level: Level) -> None:
    """Fill the hole from its rim inwards with the centres of the patches that fit best what is known by then."""
    known = (~level.hole).astype(np.float32)
    while not known.all():
        widened = cv2.dilate(known, np.ones((3, 3)))
        rim = np.array(np.nonzero(widened > known))
        places, _ = find(level, rim, known)
        level.colors[*rim] = level.colors[*places]
        known = widened


def _carried(places: Places, level: Level, targets: Places, shape: tuple[int, int]) -> Places:
    """The `places` found on a level for `targets` on a finer one, or in the photo, of this (height, width)."""
    scale = np.divide(shape, level.hole.shape)[:, None]
    found = np.indices(level.hole.shape)
    found[:, *level.targets] = places
    parents = ((targets + 0.5) / scale).astype(np.int64)
    return clip(targets + np.rint((found[:, *parents] - parents) * scale).astype(np.int64), shape)


def _usable(level: Level, places: Places, random: np.random.Generator) -> Places:
    """The places, those that are not usable replaced by any that are."""
    usable = np.array(np.nonzero(level.usable))
    chosen = usable[:, random.integers(usable.shape[1], size=places.shape[1])]
    return np.where(level.usable[*places], places, chosen)


def _with_details(photo: Photo, hole: Mask, level: Level, places: Places) -> Photo:
    """The photo with its hole filled as in `level`, plus what that is too coarse to show where it was copied from."""
    result, everything = photo.copy(), np.array(np.nonzero(hole))
    smooth = _resized(np.rint(255 * level.colors.clip(0, 1)).astype(np.uint8), hole.shape)
    for start in range(0, everything.shape[1], _AT_ONCE):
        targets = everything[:, start : start + _AT_ONCE]
        sources = _carried(places, level, targets, hole.shape)
        details = photo[*sources].astype(np.int16) - smooth[*sources]
        result[*targets] = np.clip(smooth[*targets] + details, 0, 255)
    return result


def _resized(pixels: Photo | Floats, shape: tuple[int, int]) -> Photo | Floats:
    return cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_CUBIC)
