"""What fills a hole in a photo with what may have been there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from handseg.inpainters.network import OnnxInpainter
from handseg.inpainters.patches import PatchInpainter
from handseg.masks import Mask
from handseg.photos import Photo

__all__ = ["Inpainter", "OnnxInpainter", "PatchInpainter", "open_inpainter"]


class Inpainter(Protocol):
    """Fills holes. The same photo and hole give the same filling."""

    def fill(self, photo: Photo, hole: Mask) -> Photo:
        """The photo, (H, W, 3) uint8, with its hole filled, and neither argument changed.

        The hole, (H, W) bool, is not all of the photo. What was in it does not show in the filling.
        """
        ...


def open_inpainter(path: Path | None, threads: int = 0) -> Inpainter:
    """The network in the ONNX file at `path`, on so many CPU threads, or the built-in `PatchInpainter` for None.

    Raises:
        WeightsError: the file is missing, no ONNX, or no inpainter of a kind that is known.
    """
    return OnnxInpainter(path, threads) if path else PatchInpainter()
