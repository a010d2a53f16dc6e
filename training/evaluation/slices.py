"""Parts of a set of photos in which a model may be worse than on the whole."""

from __future__ import annotations

from collections.abc import Sequence

from training.evaluation.scores import Score

SIZES = (("small", 0.02), ("medium", 0.15), ("large", 1.0))
"""The name of each class of hands, and the share of the photo up to which a hand belongs to it."""


def slices(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """The photos by source, and by the size of their hands, none among them, as "source: shop", "hand: small"..."""
    found: dict[str, list[Score]] = {}
    for score in scores:
        found.setdefault(f"source: {score.source}", []).append(score)
        if score.has_hand or score.hand_free:
            found.setdefault(f"hand: {size_of(score.hand_share)}", []).append(score)
    return dict(sorted(found.items()))


def size_of(hand_share: float) -> str:
    """What the hands of a photo are called by the share of the photo that they cover.

    >>> size_of(0.0), size_of(0.02), size_of(0.3)
    ('none', 'small', 'large')
    """
    if hand_share == 0:
        return "none"
    return next(name for name, most in SIZES if hand_share <= most)
