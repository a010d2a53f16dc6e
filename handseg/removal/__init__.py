"""The result of it all: the hand is gone from the photo.

Every mode works in the same steps. The mask is grown by a few pixels; for each hand, inside its own window, colours are
made that cover it; and they are blended in by a weight that rises from 0 at the border of the grown mask to 1 before
the hand begins. Outside the grown mask no pixel changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from handseg.geometry import Window
from handseg.inpainters import Inpainter, PatchInpainter
from handseg.masks import Mask, check_mask, grow
from handseg.photos import Photo
from handseg.removal.covers import backdrop, blurred, inpainted, mosaic, solid
from handseg.removal.places import hand_windows, ramp
from handseg.removal.settings import MODES, Removal, default_feather, default_grow, parse_color

__all__ = ["MODES", "Removal", "default_feather", "default_grow", "parse_color", "remove"]


def remove(photo: Photo, mask: Mask, removal: Removal, inpainter: Inpainter | None = None) -> NDArray[np.uint8]:
    """The photo without its hands: RGBA, (H, W, 4) uint8, for the mode cutout, else RGB, (H, W, 3) uint8.

    `photo` is (H, W, 3) uint8 and `mask` bool (H, W), True on the hand; neither is changed. Pixels outside the grown
    mask keep their colours exactly, and alpha 255; pixels of the mask itself are replaced entirely. With an empty mask
    the photo comes back as it is. `inpainter` is for the mode inpaint; None means `PatchInpainter`.

    Raises:
        TypeError: the photo or the mask has another dtype or number of dimensions.
        ValueError: photo and mask differ in size.
    """
    _check(photo, mask)
    photo = np.ascontiguousarray(photo)
    result = _opaque(photo) if removal.mode == "cutout" else photo.copy()
    if not mask.any():
        return result
    grow_by, feather = removal.edge(*mask.shape)
    grown = grow(mask, grow_by)
    for window in hand_windows(grown):
        weight = ramp(mask[window.slices], grown[window.slices], feather)
        if removal.mode == "cutout":
            _cut(result[window.slices], backdrop(photo[window.slices], weight), weight)
        else:
            _blend(result[window.slices], _cover(photo, grown, window, removal, inpainter), weight)
    return result


def _cover(photo: Photo, grown: Mask, window: Window, removal: Removal, inpainter: Inpainter | None) -> Photo:
    """The colours, (h, w, 3), that cover the hand in `window`."""
    match removal.mode:
        case "fill":
            return solid(removal.color, window)
        case "blur":
            return blurred(photo, window)
        case "pixelate":
            return mosaic(photo, window)
        case _:
            return inpainted(photo, grown, window, inpainter or PatchInpainter())


def _cut(result: NDArray[np.uint8], colors: Photo, weight: NDArray[np.float32]) -> None:
    """Make the hand transparent, and put `colors` beneath, in place."""
    np.copyto(result[..., :3], colors, where=(weight > 0)[..., None])
    result[..., 3] = np.rint(255 * (1 - weight))


def _blend(result: Photo, colors: Photo, weight: NDArray[np.float32]) -> None:
    """Put `colors` over the hand, in place; only the soft band is computed with."""
    np.copyto(result, colors, where=(weight == 1)[..., None])
    band = (weight > 0) & (weight < 1)
    share = weight[band][:, None]
    result[band] = np.rint(result[band] * (1 - share) + colors[band] * share)


def _opaque(photo: Photo) -> NDArray[np.uint8]:
    rgba = np.full((*photo.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = photo
    return rgba


def _check(photo: Photo, mask: Mask) -> None:
    if not isinstance(photo, np.ndarray):
        raise TypeError(f"a photo is uint8 (H, W, 3), not {type(photo).__name__}")
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise TypeError(f"a photo is uint8 (H, W, 3), not {photo.dtype} {photo.shape}")
    check_mask(mask)
    if mask.shape != photo.shape[:2]:
        raise ValueError(f"photo and mask differ in size: the photo is {photo.shape}, the mask {mask.shape}")
