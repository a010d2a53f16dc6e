"""The named endpoints, for programs: `gradio_client` calls /predict and /remove."""

from __future__ import annotations

import gradio as gr

from handseg import masks, photos
from handseg.demo.desk import OpenPhoto
from handseg.demo.handlers import MASK, RESULT, Demo, NamedPhoto, PhotoInput, for_download, for_people
from handseg.errors import SettingError
from handseg.removal import MODES, Removal, parse_color, remove
from handseg.weights import choose


def offer_api(demo: Demo) -> None:
    """Add the endpoints to the page that is being built; visitors do not see them."""

    @for_people
    def predict(photo: NamedPhoto, model: str | None, threshold: float | None) -> tuple[str, dict]:
        mask, facts = _look(demo, photo, model, threshold)
        return for_download(MASK.format(photo.stem), masks.to_png(mask)), facts

    @for_people
    def remove_hand(
        photo: NamedPhoto,
        mode: str,
        color: str,
        grow: int | None,
        feather: int | None,
        model: str | None,
        threshold: float | None,
    ) -> str:
        removal = Removal(mode=mode, color=parse_color(color), grow=grow, feather=feather)
        mask, _ = _look(demo, photo, model, threshold)
        pixels = remove(photo.photo, mask, removal, demo.inpainter)
        return for_download(RESULT.format(photo.stem), photos.encode_png(pixels))

    with gr.Row(visible=False):
        photo = PhotoInput(label="photo")
        mode = gr.Radio(list(MODES), value="cutout", label="mode")
        color = gr.Textbox("#ffffff", label="color")
        grow, feather = gr.Number(None, precision=0, label="grow"), gr.Number(None, precision=0, label="feather")
        model = gr.Textbox(None, label="model", info="default: the page's")
        threshold = gr.Number(None, label="threshold", info="default: the model's own")
        file, facts = gr.File(label="file"), gr.JSON(label="facts")
        gr.Button().click(predict, [photo, model, threshold], [file, facts], api_name="predict")
        gr.Button().click(remove_hand, [photo, mode, color, grow, feather, model, threshold], [file], api_name="remove")


def _look(demo: Demo, given: NamedPhoto, model: str | None, threshold: float | None) -> tuple[masks.Mask, dict]:
    """The mask, and what is worth knowing about it."""
    if threshold is not None and not 0 < threshold < 1:
        raise SettingError(f"the threshold is {threshold}; give a number between 0 and 1")
    name = choose(demo.settings, model).card.name
    timed = demo.desk.predict(OpenPhoto(given.photo, given.stem), name)
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
