"""How photos are varied for training: one frozen value, which a recipe chooses by name or makes."""

from __future__ import annotations

from dataclasses import dataclass, fields

from handseg.errors import HandsegError, UnknownNameError

Range = tuple[float, float]


class AugmentationError(HandsegError):
    """A value by which no photo can be varied."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What is done to a photo and how often; without arguments nothing, but that it is brought to the sample's size.

    All that is named a share is a probability. Sizes in pixels are those of the sample.
    """

    zoom: Range = (1.0, 1.0)
    """Relative to the zoom at which the photo has as many pixels as the sample."""
    move: bool = False
    """Whether the hand may be anywhere; otherwise the photo's middle is the sample's."""
    turn: float = 0.0
    """Degrees, the standard deviation."""
    any_turn: float = 0.0
    """Share that is turned by any angle."""
    stretch: float = 0.0
    """Standard deviation of the logarithm of width over height."""
    mirror: float = 0.0
    """Share."""

    hue: float = 0.0
    """Degrees on the colour circle, the standard deviation."""
    wide_hue: float = 0.0
    """Share with any hue, so that skin has no colour to be known by."""
    saturation: Range = (1.0, 1.0)
    brightness: Range = (1.0, 1.0)
    balance: float = 0.0
    """Standard deviation of each channel's gain."""
    gamma: float = 0.0
    """Standard deviation of the logarithm."""
    offset: float = 0.0
    """Standard deviation of what is added to all channels, of 255."""
    gray: float = 0.0
    """Share without colours."""

    detail: float = 0.0
    """Share that loses detail, as if it had been taken smaller."""
    blur: float = 0.0
    """Share out of focus."""
    shake: float = 0.0
    """Share that moved."""
    noise: float = 0.0
    """Share."""
    jpeg: float = 0.0
    """Share that is compressed, at quality 20 to 90."""

    cover: float = 0.0
    """Share of the hands that are partly hidden, by something with a texture or by a black box."""
    black: float = 0.0
    """Share of these covers that is plain black..."""
    upright: bool = False
    """...and whether covers are upright rectangles: with `black` 1, the black box that imitates a held object."""

    anonymous: float = 0.0
    """Share with a place of skin, a face for one, that was made unknowable."""

    composite: float = 0.0
    """Share of the hands that are cut out and laid onto another photo."""
    alike: float = 0.0
    """Share of these that come before something of skin colour, often a face, and take on its tone."""
    empty: float = 0.0
    """Share of samples without a hand, beside those photos that have none."""
    furnish: bool = False
    """Whether surfaces are laid into photos that are behind a hand, or without one."""

    def __post_init__(self) -> None:
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise AugmentationError(f"{name} is {getattr(self, name)}; a share is a number from 0 to 1")
        for name in RANGES:
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise AugmentationError(
                    f"{name} is from {low} to {high}; give two numbers above 0, the lower one first"
                )


SHARES = (
    *("any_turn", "mirror", "wide_hue", "gray", "detail", "blur", "shake", "noise", "jpeg", "cover", "black"),
    *("anonymous", "composite", "alike", "empty"),
)
RANGES = tuple(field.name for field in fields(Augmentation) if field.type == "Range")

GEOMETRY = {"zoom": (0.5, 2.0), "move": True, "turn": 12.0, "any_turn": 0.15, "stretch": 0.12, "mirror": 0.5}
COLOUR = {
    "hue": 8.0,
    "wide_hue": 0.05,
    "saturation": (0.4, 1.5),
    "brightness": (0.6, 1.4),
    "balance": 0.07,
    "gamma": 0.2,
    "offset": 8.0,
    "gray": 0.07,
}
CAMERA = {"detail": 0.12, "blur": 0.15, "shake": 0.10, "noise": 0.30, "jpeg": 0.30}

AUGMENTATIONS = {
    "none": Augmentation(),
    "light": Augmentation(zoom=(0.8, 1.25), move=True, mirror=0.5, saturation=(0.8, 1.2), brightness=(0.8, 1.2)),
    "default": Augmentation(
        **GEOMETRY,
        **COLOUR,
        **CAMERA,
        cover=0.3,
        black=0.3,
        anonymous=0.25,
        composite=0.25,
        alike=0.4,
        empty=0.05,
        furnish=True,
    ),
    "strong": Augmentation(
        **GEOMETRY | {"zoom": (0.4, 2.5), "turn": 25.0},
        **COLOUR | {"wide_hue": 0.2, "gray": 0.1},
        **CAMERA,
        cover=0.4,
        black=0.3,
        anonymous=0.25,
        composite=0.3,
        alike=0.4,
        empty=0.1,
        furnish=True,
    ),
    # The mission's seed: zoom, translation, rotation, flips, saturation, brightness, colour, and the black box.
    "seed": Augmentation(
        **GEOMETRY | {"zoom": (0.8, 1.5), "stretch": 0.0, "any_turn": 0.0},
        hue=8.0,
        saturation=(0.6, 1.4),
        brightness=(0.7, 1.3),
        cover=0.5,
        black=1.0,
        upright=True,
    ),
}
"""The augmentations that have names."""


def augmentation_called(name: str) -> Augmentation:
    """The augmentation of this name; raises UnknownNameError, with all names, if there is none."""
    try:
        return AUGMENTATIONS[name]
    except KeyError:
        raise UnknownNameError("augmentation", name, AUGMENTATIONS) from None
