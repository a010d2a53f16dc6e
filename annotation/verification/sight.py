"""A row with its pictures decoded, as far as they can be: what the checks of one row look at."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotation.verification.findings import Finding, Level
from handseg import photos
from handseg.errors import PhotoError
from handseg.masks import Mask
from handseg.photos import MAX_PIXELS, Photo

MASKS = ("mask", "model_mask")
PICTURES = ("image", *MASKS)

Gray = NDArray[np.uint8]
"""(H, W): the pixels of a mask as they are in its file."""


@dataclass(frozen=True)
class Sight:
    """One row."""

    path: str
    """Of its shard."""
    values: dict[str, Any]
    """By column, pictures as bytes."""
    photo: Photo | None
    """(H, W, 3); None if it cannot be decoded."""
    grays: dict[str, Gray]
    """The `MASKS` that are there and can be decoded."""
    damage: dict[str, str] = field(default_factory=dict)
    """The pictures that cannot be decoded, and why."""

    @cached_property
    def hands(self) -> dict[str, Mask]:
        """Where the masks say hand: as `handseg.masks.from_png`, above 127."""
        return {name: gray > 127 for name, gray in self.grays.items()}

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photo, by its pixels if it has some."""
        return self.photo.shape[:2] if self.photo is not None else (self.values["height"], self.values["width"])

    def error(self, what: str, words: str) -> Finding:
        """A finding about this row."""
        return self._finding("error", what, words)

    def warning(self, what: str, words: str) -> Finding:
        """A finding about this row that may be as it should."""
        return self._finding("warning", what, words)

    def _finding(self, level: Level, what: str, words: str) -> Finding:
        return Finding(level, what, words, self.path, self.values["id"])


def look(path: str, values: dict[str, Any]) -> Sight:
    """Decode the pictures of a row, of which no value but model_mask is None."""
    photo, grays, damage = None, {}, {}
    try:
        photo = photos.decode(values["image"])
    except PhotoError as error:
        damage["image"] = str(error)
    for name in MASKS:
        if values[name] is not None:
            try:
                grays[name] = _gray(values[name])
            except PhotoError as error:
                damage[name] = str(error)
    return Sight(path, values, photo, grays, damage)


def _gray(content: bytes) -> Gray:
    """The pixels of an 8-bit gray PNG, as they are; raises PhotoError for anything else."""
    try:
        image = Image.open(io.BytesIO(content), formats=["PNG"])
        if image.mode != "L" or image.has_transparency_data:
            raise PhotoError(f"it is {_kind(image)}; a mask is 8-bit gray without transparency")
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(f"it is {image.height} x {image.width}, more than {MAX_PIXELS / 1e6:g} megapixels")
        return np.asarray(image)
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises nearly every kind of exception on damaged bytes
        raise PhotoError(f"it cannot be read as a PNG ({error or type(error).__name__})") from error


def _kind(image: Image.Image) -> str:
    clear = " with transparency" if image.has_transparency_data else ""
    return {"1": "of 1 bit", "I;16": "of 16 bits", "RGB": "in colour", "P": "in colour"}.get(
        image.mode, f"of mode {image.mode}"
    ) + clear
