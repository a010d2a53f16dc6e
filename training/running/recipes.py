"""What decides a run's result beside its photos: recipes with names."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handseg.errors import HandsegError, UnknownNameError

DEEPEST = 32
"""Pixels of a side that the deepest networks see as one."""


class RecipeError(HandsegError):
    """Values by which nothing can be trained."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One way to train. Lengths are told in samples, so that they do not depend on the size of a batch."""

    samples: int = 60_000
    """How many augmented samples are learned from in all."""
    side: int = 256
    """Of a sample, in pixels."""
    batch: int = 16
    """Samples per step, over all processes and accumulated parts."""
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    schedule: str = "cosine"
    """"cosine" after a warm-up, or "plateau": a tenth whenever validation does not improve."""
    warmup: float = 0.05
    """The share of the run during which the learning rate rises."""
    patience: int = 0
    """Evaluations without a better score after which the run ends; 0 for never."""
    evaluations: int = 10
    """How often the run is measured on validation photos."""
    average: float = 0.998
    """Decay of the moving average of the weights, per step; 0 for none."""
    cross_entropy: float = 1.0
    dice: float = 1.0
    boundary: float = 0.0
    """The weights of the terms of the loss."""
    augmentation: str = "default"
    """See `training.augment`."""
    threshold: float | None = None
    """From which probability a pixel is hand; None: chosen on validation photos."""

    def __post_init__(self) -> None:
        if self.side % DEEPEST or self.side < DEEPEST:
            raise RecipeError(f"the side is {self.side} pixels; give a multiple of {DEEPEST}")
        if not 1 <= self.batch <= self.samples:
            raise RecipeError(
                f"{self.samples} samples in steps of {self.batch} do not make one step; give more samples"
            )

    def but(self, **wishes: float | str | None) -> Recipe:
        """The recipe with what a person wishes; None leaves a value as it is. Raises RecipeError."""
        return replace(self, **{name: value for name, value in wishes.items() if value is not None})

    @property
    def steps(self) -> int:
        """How often the weights change."""
        return self.samples // self.batch


_SEED = Recipe(
    learning_rate=1e-4,
    weight_decay=0.0,
    schedule="plateau",
    warmup=0.0,
    patience=10,
    evaluations=50,
    average=0.0,
    augmentation="seed",
    threshold=0.5,
)

RECIPES = {
    "quick": Recipe(samples=4_000, evaluations=4),
    "default": Recipe(),
    "quality": Recipe(samples=400_000, side=384, average=0.9995, boundary=0.2, evaluations=20, patience=6),
    "seed-unet": replace(_SEED, threshold=0.45),
    "seed-hgrnet": replace(_SEED, side=320, learning_rate=1e-3, dice=0.0),
    "seed-vit": replace(_SEED, dice=0.0),
}
"""quick: minutes on a laptop, to see that all works. default: an hour or two there. quality: for a GPU.

The seeds train as the posts describe from which this project began: Adam at 1e-4, a plateau scheduler, patience 10, 256
pixels, the black box, and a fixed threshold; HGR-Net at its authors' 320 pixels and 1e-3."""


def recipe_called(name: str) -> Recipe:
    """The recipe with this name; raises UnknownNameError, listing those that exist."""
    if name not in RECIPES:
        raise UnknownNameError("recipe", name, RECIPES)
    return RECIPES[name]
