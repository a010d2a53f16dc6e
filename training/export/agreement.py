"""Whether the files of a weights folder give the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

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
        refuse_gap(difference(torch_engine, other), type(other).__name__, weights)


def difference(first: Engine, second: Engine) -> float:
    """The largest difference of two engines' probabilities on photos of noise; NaN if one of them answers that."""
    return largest_gap((first.logits(noise), second.logits(noise)) for noise in noises(np.random.default_rng(0)))


def noises(rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Normalised photos of noise, (1, 3, H, W), in all `SIZES`."""
    for size in SIZES:
        yield rng.standard_normal((1, 3, *size), dtype=np.float32)


def largest_gap(pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> float:
    """The largest difference of the probabilities in pairs of logits; NaN if there is one among them."""
    return float(np.max([np.abs(_probability(one) - _probability(other)).max() for one, other in pairs]))


def refuse_gap(gap: float, engine: str, weights: Weights) -> None:
    """Refuse, with ExportError, a gap of more than `LARGEST_DIFFERENCE`, or NaN."""
    if not gap <= LARGEST_DIFFERENCE:
        raise ExportError(
            f"{engine} and torch differ by {gap:.2g} on {weights.folder.name}; at most {LARGEST_DIFFERENCE} is "
            "allowed, so this network cannot be exported as it is"
        )


def _probability(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return 1 / (1 + np.exp(-logits.clip(-30, 30)))
