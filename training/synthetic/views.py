"""Where cameras are."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from training.synthetic.geometry import unit, vector
from training.synthetic.scene import Camera


def at_eyes(eyes: NDArray[np.float64], target: NDArray[np.float64], width: float, rng: Generator) -> Camera:
    """A camera on somebody's head or held before their chest; `width` metres at the target fill the picture."""
    position = eyes + vector(rng.normal(0, 0.04), -rng.uniform(0.02, 0.1), rng.uniform(-0.14, 0.1))
    return framing(position, target + rng.normal(0, 0.03, 3), width, rng, widest=95)


def around(target: NDArray[np.float64], direction: ArrayLike, distance: float, width: float, rng: Generator) -> Camera:
    """A camera `distance` away in a direction from the target; `width` metres there fill the picture."""
    return framing(target + unit(direction) * distance, target, width, rng)


def framing(
    position: NDArray[np.float64], target: NDArray[np.float64], width: float, rng: Generator, widest: float = 80
) -> Camera:
    """Look at the target so that `width` metres fill the picture; mostly level, sometimes with a shallow focus."""
    distance = float(np.linalg.norm(target - position))
    fov = float(np.degrees(2 * np.arctan(width / 2 / distance)).clip(10, widest))
    roll = rng.normal(0, 0.09) if rng.random() < 0.9 else rng.uniform(-1.2, 1.2)
    forward = unit(target - position)
    level = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.97 else np.array([0.0, -1.0, 0.0])
    right = unit(np.cross(forward, level))
    shallow = rng.random() < 0.35
    return Camera(
        position=position,
        target=target,
        up=unit(level + roll * right),
        fov=fov,
        aperture=float(rng.uniform(0.002, 0.012) * min(1.0, distance)) if shallow else 0.0,
        focus=distance,
    )


def clear_of(camera: Camera, points: NDArray[np.float64], margin: float) -> bool:
    """Whether no point (N, 3) is closer to the camera than the margin."""
    return bool((np.linalg.norm(points - camera.position, axis=1) > margin).all())
