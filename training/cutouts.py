"""Hands cut out of their photos, and pasted onto other photos.

Compositing alone generalises across scenes: Lin et al., "Ego2Hands" (arXiv:2011.07252).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.photos import Photo
from training.scenery import erase, furnish, lay, lay_texture, multiply, photo_piece, shape, texture
from training.sources.examples import Scene
from training.warp import Matrix, Pose, bounding_box, warp_label, warp_photo

GAINS = 0.3, 2.5
"""Beyond these a photo has no more detail to show."""


@dataclass(frozen=True)
class Cutout:
    """A hand without its surroundings: `photo` (H, W, 3), `label` (H, W) and `alpha` (H, W) uint8, 255 = opaque."""

    photo: Photo
    label: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


def cut_out(example: Scene) -> Cutout:
    """The skin of an example, a pixel inside its edge, without the green that a green screen leaves."""
    left, top, right, bottom = bounding_box(example.skin)
    window = slice(top, bottom), slice(left, right)
    photo = example.photo[window].copy()
    if example.source == "rps_green":
        photo[..., 1] = np.minimum(photo[..., 1], np.maximum(photo[..., 0], photo[..., 2]))
    alpha = cv2.erode(example.skin[window].astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
    return Cutout(photo=photo, label=example.label[window], alpha=alpha)


def compose(
    side: int, rng: Generator, cutouts: Sequence[Cutout], photos: Sequence[Photo]
) -> tuple[Photo, NDArray[np.uint8]]:
    """One to three hands on a random background: (side, side, 3) and its label (side, side)."""
    plain = not photos or rng.random() >= 0.7
    scene = furnish(texture(side, rng, photos) if plain else photo_piece(side, rng, photos), rng, photos)
    label = np.zeros((side, side), np.uint8)
    for _ in range(rng.choice([1, 2, 3], p=[0.72, 0.22, 0.06])):
        scene, label = paste(scene, label, cutouts[rng.integers(len(cutouts))], rng, photos)
    return scene, label


def paste(
    scene: Photo,
    label: NDArray[np.uint8],
    cutout: Cutout,
    rng: Generator,
    photos: Sequence[Photo],
    alike: tuple[int, int] | None = None,
) -> tuple[Photo, NDArray[np.uint8]]:
    """The scene and label with one more hand, perhaps with a thing behind it, a shadow, and a sleeve.

    `alike` is an (x, y) of the scene where the hand shall be, and whose colour it takes on.
    """
    side = scene.shape[0]
    height, width = cutout.alpha.shape
    reach = side * np.exp(rng.uniform(np.log(0.2), np.log(1.1)))
    pose = Pose(
        center_xy=(width / 2, height / 2),
        target_xy=alike or tuple(rng.uniform(0.05, 0.95, 2) * side),
        zoom=min(reach / max(height, width), 2.5),
        angle=rng.uniform(-180, 180) if rng.random() < 0.25 else rng.normal(0, 25),
        mirrored=rng.random() < 0.5,
        stretch=np.exp(rng.normal(0, 0.1)),
    )
    matrix = pose.matrix()
    toned = tone_of(scene, alike, cutout, rng) if alike else tone(cutout.photo, rng)
    hand, alpha = _warped(toned, cutout.alpha, matrix, side)
    hand_label = warp_label(cutout.label, matrix, side, side, cv2.BORDER_CONSTANT)
    if not alike and rng.random() < 0.5:
        behind = shape(side, bounding_box(alpha > 127), rng)
        scene, label = lay_texture(scene, behind, rng, photos), erase(label, behind)
    if rng.random() < 0.4:
        scene = cast_shadow(scene, alpha, rng)
    scene = lay(scene, hand, alpha)
    label = cv2.copyTo(hand_label, cv2.compare(alpha, 127, cv2.CMP_GT), label)
    if rng.random() < 0.5:
        scene, label = put_on_sleeve(scene, label, cutout, pose, rng, photos)
    return scene, label


def _warped(photo: Photo, alpha: NDArray[np.uint8], matrix: Matrix, side: int) -> tuple[Photo, NDArray[np.uint8]]:
    """Photo and alpha moved by `matrix` at once; around them everything is transparent."""
    around = cv2.copyMakeBorder(photo, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    clear = cv2.copyMakeBorder(alpha, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    matrix = matrix @ np.array([[1, 0, -1], [0, 1, -1], [0, 0, 1]])
    moved = warp_photo(cv2.merge([around, clear]), matrix, side, side, cv2.BORDER_CONSTANT)
    return cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB), cv2.extractChannel(moved, 3)


def tone(hand: Photo, rng: Generator) -> Photo:
    """The hand in another skin tone: a third of the hands become brown to very dark."""
    gain = np.ones(3)
    if rng.random() < 0.35:
        depth = rng.uniform(0, 1)
        gain = (1 - depth) * np.array([0.85, 0.75, 0.65]) + depth * np.array([0.34, 0.24, 0.19])
    gain = gain * rng.uniform(0.75, 1.25) * rng.normal(1, 0.04, 3)
    return cv2.transform(hand, np.diag(gain))


def tone_of(scene: Photo, place_xy: tuple[int, int], cutout: Cutout, rng: Generator) -> Photo:
    """The hand in the tone that a place of the scene has, as a hand before its owner's face."""
    x, y = place_xy
    reach = scene.shape[0] // 16
    around = scene[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    gain = (np.array(cv2.mean(around)) + 1) / (np.array(cv2.mean(cutout.photo, cutout.alpha)) + 1)
    return cv2.transform(cutout.photo, np.diag(gain[:3].clip(*GAINS) * rng.normal(1, 0.05, 3)))


def cast_shadow(scene: Photo, alpha: NDArray[np.uint8], rng: Generator) -> Photo:
    """A soft shadow of the shape `alpha`, a little beside it."""
    side = scene.shape[0]
    shift = np.float64([[1, 0, rng.normal(0, 0.04) * side], [0, 1, rng.normal(0.02, 0.04) * side]])
    soft = rng.uniform(2, 12)
    # A shadow has no details: a quarter of its size is enough to blur it.
    shift[:, 2] /= 4
    small = cv2.resize(alpha, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
    small = warp_label(small, shift, side // 4, side // 4, cv2.BORDER_CONSTANT)
    shadow = cv2.resize(cv2.GaussianBlur(small, (0, 0), soft / 4), (side, side))
    return multiply(scene, cv2.merge([cv2.convertScaleAbs(shadow, alpha=-rng.uniform(0.2, 0.7), beta=255)] * 3))


def put_on_sleeve(
    scene: Photo, label: NDArray[np.uint8], cutout: Cutout, pose: Pose, rng: Generator, photos: Sequence[Photo]
) -> tuple[Photo, NDArray[np.uint8]]:
    """A band of cloth from the arm's end outward; where the arm is unknown, from the cut-out's lower edge."""
    height, width = cutout.alpha.shape
    hand_y, hand_x = _center(cutout.label == 255, height, width)
    arm_y, arm_x = _center((cutout.alpha > 127) & (cutout.label == 0), height, width, otherwise=(height, hand_x))
    matrix = pose.matrix()
    hand_xy, arm_xy = (matrix @ np.array([x, y, 1.0]) for x, y in ((hand_x, hand_y), (arm_x, arm_y)))
    outward = (arm_xy - hand_xy) / (np.linalg.norm(arm_xy - hand_xy) + 1e-6)
    start = hand_xy + (arm_xy - hand_xy) * rng.uniform(0.75, 1.1)
    across = np.array([-outward[1], outward[0]]) * pose.zoom * min(width, height) * rng.uniform(0.25, 0.45)
    far = start + outward * 2 * scene.shape[0]
    corners = np.array([start - across, start + across, far + across * 1.3, far - across * 1.3])
    sleeve = np.zeros(label.shape, np.uint8)
    cv2.fillPoly(sleeve, [corners.astype(np.int32)], 255)
    return lay_texture(scene, sleeve, rng, photos), erase(label, sleeve)


def _center(
    mask: NDArray[np.bool_], height: int, width: int, otherwise: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The mean (y, x) of the True pixels; `otherwise`, or the middle, where there are almost none."""
    rows, columns = np.nonzero(mask)
    if rows.size < 30:
        return otherwise or (height / 2, width / 2)
    return float(rows.mean()), float(columns.mean())
