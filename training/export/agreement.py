"""Whether the files of a weights folder give the same answers."""

from __future__ import annotations

import numpy as np

from handseg.engines import Engine, OnnxEngine, ProgramEngine, TorchEngine
from handseg.errors import HandsegError
from handseg.weights import PROGRAM, Weights

LARGEST_DIFFERENCE = 1e-3
"""Between the probabilities of two engines."""

SIZES = ((224, 416), (96, 64))
"""Of the photos they are shown, neither of which the export was traced with."""


class ExportError(HandsegError):
    """A network cannot become a weights folder."""


def check_agreement(weights: Weights) -> None:
    """Refuse, with ExportError, weights whose engines differ from torch by more than `LARGEST_DIFFERENCE`."""
    torch_engine = TorchEngine(weights)
    others: list[Engine] = [OnnxEngine(weights)]
    if weights.has(PROGRAM):
        others.append(ProgramEngine(weights))
    for other in others:
        if (gap := difference(torch_engine, other)) > LARGEST_DIFFERENCE:
            raise ExportError(
                f"{type(other).__name__} and torch differ by {gap:.2g} on {weights.folder.name}; at most "
                f"{LARGEST_DIFFERENCE} is allowed, so this network cannot be exported as it is"
            )


def difference(first: Engine, second: Engine) -> float:
    """The largest difference of two engines' probabilities on photos of noise."""
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal((1, 3, *size), dtype=np.float32) for size in SIZES]
    # Not "more than": one that answers NaN is refused, too.
    return max(float(np.nan_to_num(np.abs(_sure(first, each) - _sure(second, each)), nan=1).max()) for each in noise)


def _sure(engine: Engine, photos: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-engine.logits(photos).clip(-30, 30)))
