"""An answer on its way to the disk, and what is said about it when it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation import runs
from handseg.errors import HandsegError
from handseg.masks import Mask


class SaveError(HandsegError):
    """What was sent to be saved contradicts itself; nothing was saved."""


@dataclass(frozen=True)
class Saved:
    """What the server has on its disk after a save, read back from there."""

    id: str
    sha256: str
    pixels: int


@dataclass(frozen=True)
class Save:
    """One annotator's answer, as the browser sends it."""

    id: str
    verdict: str
    mask: str
    """Runs, in base64."""
    sha256: str
    """Of the runs."""
    pixels: int
    prompts: Sequence[dict[str, Any]]
    """What was done, act by act."""
    seconds: float


def check(answer: Save, mask: Mask, model_mask: Mask) -> None:
    """Refuse, with SaveError, an answer that was damaged or whose verdict is not true of its mask; masks are (H, W)."""
    pixels = int(np.count_nonzero(mask))
    if runs.digest(runs.bytes_of(answer.mask)) != answer.sha256 or pixels != answer.pixels:
        raise SaveError(f"the mask was damaged on its way: {answer.pixels} pixels left, {pixels} arrived; save again")
    if answer.verdict == "no_hand" and pixels:
        raise SaveError(f"the verdict is no_hand, but the mask has {pixels} pixels of hand; clear it first")
    if answer.verdict == "accepted" and not np.array_equal(mask, model_mask):
        raise SaveError("the verdict is accepted, but the mask is not the model's; save it as edited")
    if answer.verdict in ("accepted", "edited") and not pixels:
        raise SaveError(f"the verdict is {answer.verdict}, but the mask is empty; save it as no_hand")
    if answer.verdict == "edited" and np.array_equal(mask, model_mask):
        raise SaveError("the verdict is edited, but the mask is the model's; save it as accepted")
