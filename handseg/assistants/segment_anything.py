"""Segment Anything by its own package: `SamPredictor`, which looks at a photo once and answers from its features.

A. Kirillov et al., "Segment Anything", 2023. A photo is shrunk to what the encoder sees before the predictor gets it,
so that the predictor enlarges its answers to that size only; from there, one quick step leads to the photo's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from handseg.assistants import AssistantError, check_question
from handseg.assistants.checkpoints import fetch_checkpoint
from handseg.assistants.devices import needs, torch_device
from handseg.assistants.frames import Frame, enlarged, low_resolution_logits
from handseg.assistants.prompts import Prompt
from handseg.errors import first_line
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import resized, shrunk_size

if TYPE_CHECKING:
    import torch
    from segment_anything.modeling import Sam


@dataclass(frozen=True)
class Features:
    """The embedding: the encoder's features, on its device, and the sizes that belong to them."""

    height: int
    width: int
    shrunk: tuple[int, int]
    """(height, width) of the photo as the predictor got it."""
    seen: tuple[int, int]
    """(height, width) of the photo in the network frame, whose rest is padding."""
    tensor: torch.Tensor

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return self.tensor.nbytes


class SegmentAnything:
    """A SAM of the segment-anything package, see `handseg.assistants.Assistant`."""

    def __init__(self, model: Sam, name: str, device: str = "cpu") -> None:
        from segment_anything import SamPredictor

        self.name, self.device = name, device
        self._predictor = SamPredictor(model.eval().to(device))
        self._model = model

    def encode(self, photo: Photo) -> Features:
        """Run the encoder."""
        height, width = photo.shape[:2]
        shrunk = shrunk_size(height, width, self._model.image_encoder.img_size)
        predictor = self._predictor
        predictor.set_image(resized(photo, *shrunk))
        return Features(height, width, shrunk, predictor.input_size, predictor.features)

    def propose(self, embedding: Features, prompt: Prompt, mask: Mask) -> list[Mask]:
        """SAM's three masks, by the IoU that it predicts for them."""
        check_question(embedding, prompt, mask)
        self._recall(embedding)
        logits, scores, _ = self._predictor.predict(
            **self._question(embedding, prompt), mask_input=self._feedback(embedding, mask), return_logits=True
        )
        order = np.argsort(-scores, kind="stable")
        size, threshold = (embedding.height, embedding.width), self._model.mask_threshold
        return [enlarged(logits[i], threshold, *size) for i in order]

    def _recall(self, embedding: Features) -> None:
        """Bring the predictor into the state in which it was after looking at this photo."""
        predictor = self._predictor
        predictor.features, predictor.is_image_set = embedding.tensor, True
        predictor.original_size, predictor.input_size = embedding.shrunk, embedding.seen

    def _question(self, embedding: Features, prompt: Prompt) -> dict[str, Any]:
        """Points and box as the predictor wants them: pixel indices of the photo that it got."""
        frame = Frame(embedding.height, embedding.width, *embedding.seen)
        # The predictor multiplies by this; the prompt encoder then adds the half pixel that `Frame` takes away.
        scale_yx = np.divide(embedding.seen, embedding.shrunk)
        question: dict[str, Any] = {}
        if prompt.points:
            question["point_coords"] = frame.points(prompt) / scale_yx[::-1]
            question["point_labels"] = np.array([point.label for point in prompt.points])
        if prompt.box:
            question["box"] = (frame.box(prompt.box).reshape(2, 2) / scale_yx[::-1]).reshape(4)
        return question

    def _feedback(self, embedding: Features, mask: Mask) -> np.ndarray | None:
        """The current mask as the decoder's own answers look, (1, h, w); None if there is no hand in it."""
        if not mask.any():
            return None
        side = self._model.image_encoder.img_size
        size = self._model.prompt_encoder.mask_input_size
        return low_resolution_logits(mask, embedding.seen, (side, side), size)[None]


def open_segment_anything(
    kind: str, checkpoint: str = "", device: str = "auto", progress: Callable[[float], None] | None = None
) -> SegmentAnything:
    """The SAM of a `kind` of the package's registry, with a checkpoint file or else the published one.

    Raises:
        AssistantError: no package, no such file, or a file of something else.
        HubError: the published checkpoint cannot be had.
    """
    with needs("segment-anything", "torch"):
        from segment_anything import sam_model_registry

        device = torch_device(device)
    path = Path(checkpoint) if checkpoint else fetch_checkpoint(kind, progress)
    model = sam_model_registry[kind](checkpoint=None)
    _load(model, path, kind)
    return SegmentAnything(model, f"segment-anything {kind}", device)


def _load(model: Sam, path: Path, kind: str) -> None:
    import torch

    if not path.is_file():
        raise AssistantError(f"there is no checkpoint file {path}; check the path, or leave it out to fetch {kind}")
    try:
        # Weights alone: a pickle could run any code.
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    except Exception as error:  # torch, pickle and zipfile raise nearly every kind of exception on other files
        raise AssistantError(
            f"{path} is damaged, or no checkpoint of {kind} ({first_line(error)}); fetch it again"
        ) from error
