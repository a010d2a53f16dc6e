"""Light as a camera stores it: exposure, highlights that roll off, sRGB. Noise and compression are training's part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.synthetic.scene import screen

KEY = 0.22
"""The brightness a camera aims at, as light."""

SHOULDER = 0.6
"""Above this, light is compressed towards white."""


def expose(light: NDArray[np.float32], opacity: NDArray[np.float32], hand: NDArray[np.float32], stops: float) -> float:
    """The factor a camera would choose: for the picture's middle, mostly for hands where there are some.

    `light` is (H, W, 3), the others (H, W).
    """
    height, width = opacity.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = opacity * np.exp(-(x**2 + y**2)) + 1e-6
    brightness = np.log(light.mean(axis=2) + 1e-3)
    factor = KEY / np.exp((brightness * weight).sum() / weight.sum())
    factor = np.clip(factor, 0.2, 5.0)
    if (hand > 0.5).sum() > 20:
        # Not so bright that skin burns out, not so dark that nobody could outline it.
        seen = np.median(light[hand > 0.5].mean(axis=1)) + 1e-4
        factor = np.clip(factor, 0.035 / seen, 0.62 / seen)
    return float(factor * 2.0**stops)


def develop(light: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Linear light (H, W, 3) to a screen's values 0..1."""
    light = light * factor
    bright = light > SHOULDER
    light[bright] = SHOULDER + (1 - SHOULDER) * (1 - np.exp(-(light[bright] - SHOULDER) / (1 - SHOULDER)))
    return screen(light)
