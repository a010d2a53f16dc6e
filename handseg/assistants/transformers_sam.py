"""The SAM families of transformers: SAM, SAM-HQ, SAM 2, SAM 3's tracker, EdgeTAM, from a folder or the Hub.

They differ in how a photo becomes the network frame: SAM and SAM-HQ keep its shape and pad, the others stretch it to a
square. The image processor of each tells; from there on all are asked alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from handseg.addresses import is_repo
from handseg.assistants import AssistantError, check_question
from handseg.assistants.devices import needs, torch_device
from handseg.assistants.frames import Frame, enlarged, low_resolution_logits
from handseg.assistants.prompts import Prompt
from handseg.errors import first_line
from handseg.hub import fetch_model
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.resizing import resized, shrunk_size

if TYPE_CHECKING:
    import torch
    from transformers import BaseImageProcessor, PreTrainedModel

THRESHOLD = 0.0
"""Of the logits; all these models are trained for it."""


@dataclass(frozen=True)
class Features:
    """The embedding: what the model's encoder gives, on its device, and the sizes that belong to it."""

    height: int
    width: int
    seen: tuple[int, int]
    """(height, width) of the photo in the network frame..."""
    whole: tuple[int, int]
    """...and of that frame; what the photo leaves is padding."""
    given: dict[str, Any]
    """By the name under which the model takes it back: a tensor, or several."""

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return sum(tensor.nbytes for tensor in _tensors(self.given.values()))


class TransformersSam:
    """A SAM of transformers, see `handseg.assistants.Assistant`."""

    def __init__(
        self, model: PreTrainedModel, image_processor: BaseImageProcessor, name: str, device: str = "cpu"
    ) -> None:
        self.name, self.device = name, device
        self._model = model.eval().to(device)
        self._image_processor = image_processor

    def encode(self, photo: Photo) -> Features:
        """Run the encoder."""
        height, width = photo.shape[:2]
        # Torch takes no array that must not be written to.
        shrunk = np.require(self._shrunk(photo), requirements=["C", "W"])
        inputs = self._image_processor(images=shrunk, return_tensors="pt")
        pixels = inputs["pixel_values"].to(self.device)
        whole = tuple(pixels.shape[-2:])
        seen = tuple(map(int, inputs["reshaped_input_sizes"][0])) if "reshaped_input_sizes" in inputs else whole
        features = self._model.get_image_embeddings(pixels)
        if isinstance(features, tuple):  # SAM-HQ
            given = dict(zip(("image_embeddings", "intermediate_embeddings"), features, strict=True))
        else:
            given = {"image_embeddings": features}
        return Features(height, width, seen, whole, given)

    def propose(self, embedding: Features, prompt: Prompt, mask: Mask) -> list[Mask]:
        """The model's three masks, by the IoU that it predicts for them."""
        import torch

        check_question(embedding, prompt, mask)
        with torch.inference_mode():
            answer = self._model(
                **embedding.given, **self._question(embedding, prompt), **self._feedback(embedding, mask)
            )
        logits, scores = (tensor[0, 0].float().cpu().numpy() for tensor in (answer.pred_masks, answer.iou_scores))
        order = np.argsort(-scores, kind="stable")
        return [_unfit(logits[i], embedding) for i in order]

    def _shrunk(self, photo: Photo) -> Photo:
        """The photo, no larger than the network sees it: the image processor is slow with large ones."""
        height, width = photo.shape[:2]
        size = self._image_processor.size
        if size.longest_edge:
            return resized(photo, *shrunk_size(height, width, size.longest_edge))
        return resized(photo, min(height, size.height), min(width, size.width))

    def _question(self, embedding: Features, prompt: Prompt) -> dict[str, torch.Tensor]:
        """Points and box in the network frame, each for one photo and one object."""
        import torch

        frame = Frame(embedding.height, embedding.width, *embedding.seen)
        question: dict[str, np.ndarray] = {}
        if prompt.points:
            question["input_points"] = frame.points(prompt)[None, None].astype(np.float32)
            question["input_labels"] = np.array([[[point.label for point in prompt.points]]])
        if prompt.box:
            question["input_boxes"] = frame.box(prompt.box)[None, None].astype(np.float32)
        return {name: torch.from_numpy(array).to(self.device) for name, array in question.items()}

    def _feedback(self, embedding: Features, mask: Mask) -> dict[str, torch.Tensor]:
        """The current mask as the decoder's own answers look, (1, 1, h, w); nothing if there is no hand in it."""
        import torch

        if not mask.any():
            return {}
        size = tuple(4 * length for length in self._model.prompt_encoder.image_embedding_size)
        logits = low_resolution_logits(mask, embedding.seen, embedding.whole, size)
        return {"input_masks": torch.from_numpy(logits)[None, None].to(self.device)}


def open_transformers_sam(
    name: str, device: str = "auto", progress: Callable[[float], None] | None = None
) -> TransformersSam:
    """The SAM in a folder, or of this name on the Hub.

    Raises:
        AssistantError: no package, no such folder, no SAM, or incomplete weights.
        HubError: it cannot be had from the Hub.
    """
    with needs("transformers", "torch"):
        from transformers import AutoImageProcessor, AutoModelForMaskGeneration

        device = torch_device(device)
    folder = _folder(name, progress)
    with _in_words(name):
        image_processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        # Never a pickle: it could run any code.
        model, found = AutoModelForMaskGeneration.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True, dtype="float32"
        )
    if missing := sorted(found["missing_keys"]):
        raise AssistantError(
            f"the weights of {name} are incomplete: {missing[0]} and {len(missing) - 1} more are missing"
        )
    return TransformersSam(model, image_processor, folder.name if Path(name).is_dir() else name, device)


def _folder(name: str, progress: Callable[[float], None] | None) -> Path:
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise AssistantError(
                f"{name} holds no assistant: neither one of ours, with card.json, nor a SAM, with config.json; "
                "of a run, give the folder weights in it"
            )
        return folder
    if not is_repo(name):
        raise AssistantError(f"there is no folder {name}; give one with config.json and model.safetensors")
    return fetch_model(name, progress=progress)


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except AssistantError:
        raise
    except Exception as error:  # transformers raises nearly every kind of exception on other files
        raise AssistantError(f"{name} holds no SAM that transformers can open: {first_line(error)}") from error


def _unfit(logits: np.ndarray, embedding: Features) -> Mask:
    """The (h, w) logits of the whole network frame as the mask of the photo."""
    if embedding.seen != embedding.whole:
        height, width = embedding.whole
        logits = cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR)
        logits = logits[: embedding.seen[0], : embedding.seen[1]]
    return enlarged(logits, THRESHOLD, embedding.height, embedding.width)


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    for value in values:
        if hasattr(value, "nbytes"):
            yield value
        else:
            yield from _tensors(value)
