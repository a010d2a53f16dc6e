"""The named endpoints, for programs: `gradio_client` calls /predict and /remove."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import gradio as gr
from gradio.data_classes import ImageData

from handseg import masks, photos
from handseg.demo.desk import OpenPhoto
from handseg.demo.handlers import MASK, RESULT, Demo, for_download
from handseg.demo.uploads import Upload, photo_input
from handseg.errors import HandsegError, PhotoError
from handseg.removal import MODES, Removal, parse_color, remove
from handseg.weights import check_threshold, choose

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def offer_api(demo: Demo) -> None:
    """Add the endpoints to the page that is being built; visitors do not see them."""

    @_errors_for_programs
    def predict(photo: Upload | None, model: str | None = None, threshold: float | None = None) -> tuple[str, dict]:
        opened = _opened(photo)
        mask, facts = _look(demo, opened, model, threshold)
        return for_download(MASK.format(opened.stem), masks.to_png(mask)), facts

    @_errors_for_programs
    def remove_hand(
        photo: Upload | None,
        mode: str = "cutout",
        color: str = "#ffffff",
        grow: int | None = None,
        feather: int | None = None,
        model: str | None = None,
        threshold: float | None = None,
    ) -> str:
        opened = _opened(photo)
        removal = Removal(mode=mode, color=parse_color(color or "#ffffff"), grow=grow, feather=feather)
        mask, _ = _look(demo, opened, model, threshold)
        pixels = remove(opened.photo, mask, removal, demo.inpainter)
        return for_download(RESULT.format(opened.stem), photos.encode_png(pixels))

    with gr.Row(visible=False):
        photo = photo_input(label="photo")
        photo.data_model = FileOrNothing
        mode = gr.Radio(list(MODES), value="cutout", label="mode")
        color = gr.Textbox("#ffffff", label="color")
        grow, feather = gr.Number(None, precision=0, label="grow"), gr.Number(None, precision=0, label="feather")
        model = gr.Textbox(None, label="model", info="default: the page's")
        threshold = gr.Number(None, label="threshold", info="default: the model's own")
        for setting in (mode, grow, feather, threshold):
            setting.preprocess = lambda value: value  # gradio would end in a traceback where handseg has words
        file, facts = gr.File(label="file"), gr.JSON(label="facts")
        gr.Button().click(predict, [photo, model, threshold], [file, facts], api_name="predict")
        gr.Button().click(remove_hand, [photo, mode, color, grow, feather, model, threshold], [file], api_name="remove")


class FileOrNothing(ImageData):
    """What a program gives for a photo. What is no file is none; gradio would end in a traceback."""

    @classmethod
    def model_validate(cls, given: object, **options: object) -> FileOrNothing:
        """Raises nothing."""
        try:
            return super().model_validate(given, **options)
        except ValueError:
            return cls()


def _errors_for_programs(endpoint: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Hand handseg's errors to the caller, as gradio does with its own."""

    @wraps(endpoint)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return endpoint(*args, **kwargs)
        except HandsegError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return wrapped


def _opened(upload: Upload | None) -> OpenPhoto:
    if upload is None:
        raise PhotoError("there is no photo; give one")
    return OpenPhoto(upload.take(), upload.stem)


def _look(demo: Demo, opened: OpenPhoto, model: str | None, threshold: float | None) -> tuple[masks.Mask, dict]:
    """The mask, and what is worth knowing about it."""
    if threshold is not None:
        check_threshold(threshold)
    name = choose(demo.settings, model).card.name
    timed = demo.desk.predict(opened, name)
    used = threshold if threshold is not None else timed.prediction.threshold
    mask = timed.prediction.mask(used)
    height, width = mask.shape
    return mask, {
        "model": name,
        "threshold": used,
        "seconds": round(timed.seconds, 4),
        "height": height,
        "width": width,
        "share": masks.share(mask),
    }
