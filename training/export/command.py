"""What `python -m training export --int8` does and says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handseg import photos
from handseg.weights import INT8, ONNX, Weights
from training.evaluation.cases import FolderCases, Several
from training.export.twin import MOST_LOST, add_int8

CALIBRATION_PHOTOS = 64
"""As many as are taken, evenly, from a folder that has more."""


def try_int8(weights: Weights, calibration: Path, validation: Sequence[Path]) -> str:
    """Try 8 bits on the photos of folders; the outcome in a sentence.

    Raises ExportError or CaseError for folders without photos, or without hands to judge by.
    """
    cases = Several([FolderCases(folder / "images", folder / "masks") for folder in validation])
    found = photos.find([calibration])
    step = max(1.0, len(found) / CALIBRATION_PHOTOS)
    chosen = [found[int(number * step)] for number in range(min(len(found), CALIBRATION_PHOTOS))]
    return outcome(add_int8(weights, [photos.read(path) for path in chosen], cases))


def outcome(weights: Weights) -> str:
    """What the card says about 8 bits, for people."""
    tried = weights.card.int8
    lost = f"8 bits {_change(-tried['points_lost'])} points of IoU on {tried['photos']} photos"
    if not tried["kept"]:
        return f"{lost}, and {MOST_LOST} is the most: {INT8} was not kept"
    which = f"{INT8} serves on CPUs" if weights.card.serves == INT8 else f"{ONNX} goes on serving, {INT8} lies beside"
    return f"{lost}, at {tried['speedup']} times the speed and {tried['size']} of the size: {which}"


def _change(gained: float) -> str:
    return f"lose {-gained:g}" if gained <= 0 else f"gain {gained:g}"
