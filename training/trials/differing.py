"""The photos about which two models differ most, as pictures to lay side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import shrunk
from training.evaluation.side_by_side import Pair
from training.sources.labels import HAND, IGNORE

MOST = 6
LONG_SIDE = 480
"""Of a picture, in pixels."""

FOUND, FALSE, MISSED = (0, 158, 115), (213, 94, 0), (0, 114, 178)
"""Hand that is seen, background that is taken for hand, and hand that is missed; all can tell them apart (Okabe and
Ito, 2008)."""


@dataclass(frozen=True)
class Difference:
    """A photo that the two see differently."""

    name: str
    share: float
    """Of the photo's known pixels, on which one is right and the other wrong."""
    ious: tuple[float, float]
    """Of the incumbent and of the candidate."""
    views: tuple[Photo, ...]
    """As `VIEWS` of `training.trials.folder`."""


@dataclass
class Differing:
    """Collects the differences while the models are measured; only the greatest are kept in memory."""

    found: list[Difference] = field(default_factory=list)
    """Greatest first."""

    def look(self, pair: Pair) -> None:
        """Keep the photo if the two differ enough about it."""
        share = _share(pair)
        if share and (len(self.found) < MOST or share > self.found[-1].share):
            one, other = (score.counts.iou for score in pair.scores)
            self.found.append(Difference(pair.case.name, share, (one, other), _views(pair)))
            self.found.sort(key=lambda each: -each.share)
            del self.found[MOST:]


def coloured(photo: Photo, mask: Mask, hand: Mask, known: Mask) -> Photo:
    """The photo with what `mask` finds, takes wrongly for hand, and misses; all of the same (H, W)."""
    painted = photo.copy()
    for colour, where in ((FOUND, mask & hand), (FALSE, mask & ~hand & known), (MISSED, ~mask & hand)):
        painted[where] = (0.45 * photo[where] + 0.55 * np.array(colour)).astype(np.uint8)
    return painted


def _share(pair: Pair) -> float:
    one, other = (prediction.mask() for prediction in pair.predictions)
    known = pair.case.label != IGNORE
    return float(((one != other) & known).sum() / max(known.sum(), 1))


def _views(pair: Pair) -> tuple[Photo, ...]:
    photo, hand, known = pair.case.photo, pair.case.label == HAND, pair.case.label != IGNORE
    seen = [coloured(photo, prediction.mask(), hand, known) for prediction in pair.predictions]
    return tuple(shrunk(picture, LONG_SIDE) for picture in (photo, coloured(photo, hand, hand, known), *seen))
