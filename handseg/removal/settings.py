"""What to put in the hand's place, and how wide and how soft the edge is."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeGuard

from handseg.errors import SettingError

MODES = ("cutout", "fill", "blur", "pixelate", "inpaint")
"""Transparent; one colour; blurred; a mosaic; filled with what may be behind it."""


@dataclass(frozen=True)
class Removal:
    """How to remove a hand. Raises SettingError for a value that cannot be used."""

    mode: str = "cutout"
    """One of `MODES`."""
    color: tuple[int, int, int] = (255, 255, 255)
    """For the mode fill: red, green, blue, 0 to 255; see `parse_color`."""
    grow: int | None = None
    """How far around the hand to remove, in pixels, so that no rim of skin stays; None suits the photo's size."""
    feather: int | None = None
    """How soft the edge is, in pixels, inside the grown mask; 0 is hard, None is half of `grow`.

    A feather wider than `grow` counts as `grow`: the hand itself must be gone.
    """

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise SettingError(f"the removal mode is {self.mode!r}; choose from: {', '.join(MODES)}")
        if not (isinstance(self.color, tuple) and len(self.color) == 3 and all(map(_is_byte, self.color))):
            raise SettingError(f"the color is {self.color!r}; give (red, green, blue), whole numbers from 0 to 255")
        for name, pixels in (("grow", self.grow), ("feather", self.feather)):
            if not (pixels is None or _is_whole(pixels)):
                raise SettingError(f"{name} is {pixels!r}; give a whole number of pixels, 0 or more, or leave it out")

    def edge(self, height: int, width: int) -> tuple[int, int]:
        """Grow and feather in pixels for a photo of this size, where the feather is at most the grow."""
        grow = default_grow(height, width) if self.grow is None else self.grow
        feather = default_feather(grow) if self.feather is None else self.feather
        return grow, min(feather, grow)


def default_grow(height: int, width: int) -> int:
    """The grow, in pixels, that suits a photo of this size: 0.8 % of the diagonal, from 2 to 100.

    >>> default_grow(3000, 4000)
    40
    """
    return min(max(2, round(0.008 * math.hypot(height, width))), 100)


def default_feather(grow: int) -> int:
    """The feather, in pixels, that suits this grow: half of it."""
    return grow // 2


def parse_color(text: str) -> tuple[int, int, int]:
    """The (red, green, blue), 0 to 255, of 3 or 6 hex digits with or without '#'; raises SettingError for others.

    >>> parse_color("#1a2b3c")
    (26, 43, 60)
    """
    digits = text.strip().removeprefix("#")
    if not re.fullmatch(r"(?:[0-9a-fA-F]{3}){1,2}", digits):
        raise SettingError(f"the color is {text!r}; give 3 or 6 hex digits, such as #fff or #1a2b3c")
    step = len(digits) // 3
    red, green, blue = (int(digits[start : start + step] * (3 - step), 16) for start in range(0, len(digits), step))
    return red, green, blue


def _is_byte(value: object) -> bool:
    return _is_whole(value) and value <= 255


def _is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number, 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
