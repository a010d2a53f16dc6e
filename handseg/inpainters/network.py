"""Inpainting networks in ONNX files: LaMa and MI-GAN, told apart by what they ask for.

| network | image | mask | gives |
| --- | --- | --- | --- |
| LaMa (Suvorov et al., WACV 2022) | float32, 0 to 1 | float32, 1 = hole, 0 = known | float32, 0 to 255 |
| MI-GAN pipeline v2 (Sargsyan et al., ICCV 2023) | uint8 | uint8, 0 = hole, 255 = known | uint8 |

Images are (1, 3, H, W) RGB, masks (1, 1, H, W); the inputs are called image and mask. A network with a fixed H and W
sees the photo resized, one without sees it as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.engines import start_session
from handseg.errors import WeightsError
from handseg.masks import Mask
from handseg.photos import Photo

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, NodeArg

_REMEDY = "give the ONNX file of LaMa or MI-GAN"
_FLOAT, _BYTE = "tensor(float)", "tensor(uint8)"


class OnnxInpainter:
    """LaMa or MI-GAN on the CPU.

    Raises WeightsError, naming the file, if it is missing, no ONNX, or asks for something else.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        self._path, self._session = path, _start(path, threads)
        image = _image_input(self._session, path)
        self._dtype = image.type
        sides = tuple(image.shape[2:])
        self._shape = sides if all(isinstance(side, int) for side in sides) else None

    def fill(self, photo: Photo, hole: Mask) -> Photo:
        """See `Inpainter.fill`. Raises WeightsError if the network fails on a photo of this size."""
        shape = self._shape or hole.shape
        seen = cv2.resize(hole.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) > 0
        filled = _resized(self._run(_resized(photo, shape), seen), hole.shape)
        return np.where(hole[..., None], filled, photo)

    def _run(self, photo: Photo, hole: Mask) -> Photo:
        image = photo.transpose(2, 0, 1)[None]
        if self._dtype == _FLOAT:
            tensors = {"image": image.astype(np.float32) / 255, "mask": hole[None, None].astype(np.float32)}
        else:
            tensors = {"image": image, "mask": np.where(hole, 0, 255)[None, None].astype(np.uint8)}
        try:
            filled = self._session.run(None, tensors)[0]
        except Exception as error:  # ONNX Runtime's own exceptions have no common public base
            raise WeightsError(f"{self._path} failed on a photo of {photo.shape}: {error}") from error
        if filled.shape != image.shape:
            raise WeightsError(f"{self._path} made {filled.shape} of a photo of {image.shape}; both should be the same")
        return _to_bytes(filled[0].transpose(1, 2, 0))


def _start(path: Path, threads: int) -> InferenceSession:
    try:
        return start_session(path.read_bytes(), path, threads)
    except OSError as error:
        raise WeightsError(f"there is no inpainter at {path} ({error.strerror}); {_REMEDY}") from error
    except WeightsError as error:
        raise WeightsError(f"{error}; {_REMEDY}") from error


def _image_input(session: InferenceSession, path: Path) -> NodeArg:
    """The input for the photo. Raises WeightsError unless it and the one for the hole are those of an inpainter."""
    inputs = {each.name: each for each in session.get_inputs()}
    if set(inputs) == {"image", "mask"}:
        image, mask = inputs["image"], inputs["mask"]
        if image.type == mask.type in (_FLOAT, _BYTE) and _has(image, 3) and _has(mask, 1):
            return image
    came = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs.values())
    raise WeightsError(
        f"{path} is not a known inpainter: it takes {came}; LaMa and MI-GAN take image (1, 3, H, W) and "
        "mask (1, 1, H, W), both float32 or both uint8"
    )


def _has(argument: NodeArg, channels: int) -> bool:
    return len(argument.shape) == 4 and (argument.shape[1] == channels or not isinstance(argument.shape[1], int))


def _resized(photo: Photo, shape: tuple[int, int]) -> Photo:
    shrinks = shape[0] * shape[1] < photo.shape[0] * photo.shape[1]
    return cv2.resize(photo, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _to_bytes(colors: NDArray[np.float32] | NDArray[np.uint8]) -> Photo:
    return np.ascontiguousarray(np.clip(np.rint(colors), 0, 255).astype(np.uint8))
