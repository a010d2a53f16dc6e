"""The demo page's layout, and which handler answers what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from handseg import photos
from handseg.demo import pictures
from handseg.demo.api import offer_api
from handseg.demo.handlers import Demo, NamedPhoto, PhotoInput, Wishes
from handseg.settings import Settings

HERE = Path(__file__).parent
CSS = (HERE / "page.css").read_text(encoding="utf-8")
EXAMPLES = HERE / "examples"
LARGEST_UPLOAD = "80mb"

MODES = [("Cut out", "cutout"), ("Fill", "fill"), ("Blur", "blur"), ("Pixelate", "pixelate"), ("Inpaint", "inpaint")]

MASTHEAD = """<div class="masthead"><h1>handseg</h1>
<p>Finds the hand in your photo and makes it disappear.</p></div>"""

PRIVACY = """<p class="note">Your photo is not kept. It stays in memory while this page is open, for half an hour at
most.</p>"""

FIX_IT = """First choose *Show: Mask* and move the threshold; that is often enough. If it is not, download the mask,
paint it right in any editor (white is hand), and put it back here. The annotator, with clicks and a brush, will open
from this place."""

PRIVATE = {"api_visibility": "private"}
LIVE = {"show_progress": "hidden", "trigger_mode": "always_last", **PRIVATE}


def theme() -> gr.themes.Default:
    """Calm, and without fonts from elsewhere, so that the page is complete offline."""
    return gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )


def build_page(settings: Settings) -> gr.Blocks:
    """The demo, ready to launch; nothing that visitors give it outlives their visit."""
    demo = Demo(settings)
    with gr.Blocks(title="handseg", analytics_enabled=False, delete_cache=(300, 600)) as blocks:
        gr.HTML(MASTHEAD)
        Page(demo).answer()
        offer_api(demo)

        def forget(request: gr.Request) -> None:
            demo.desk.forget(request.session_hash)

        blocks.unload(forget)
    return blocks


class Page:
    """The components of the page, from top to bottom, and what they answer."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.examples = [(photos.read(path), path.stem) for path in photos.find([EXAMPLES])]
        with gr.Column() as self.entrance:
            self._lay_out_entrance()
        with gr.Row(visible=False) as self.workplace:
            with gr.Column(scale=3, min_width=320):
                self.picture = gr.HTML(elem_id="picture", js_on_load=_script("before_after.js"))
                self.status = gr.HTML(elem_id="status")
                self._lay_out_actions()
            with gr.Column(scale=1, min_width=280):
                self._lay_out_controls()
        with gr.Column(visible=False) as self.repair:
            gr.Markdown(FIX_IT)
            self.own_mask = PhotoInput(
                label="Your mask", sources=["upload", "clipboard"], height=160, buttons=[], elem_id="own-mask"
            )
        with gr.Accordion("Compare models", open=False, visible=False) as self.comparison:
            self.compare = gr.Button("Run every model on this photo")
            self.gallery = gr.HTML(elem_id="gallery")

    def _lay_out_entrance(self) -> None:
        self.photo = PhotoInput(
            label="Your photo", sources=["upload", "clipboard", "webcam"], height=320, buttons=[], elem_id="photo"
        )
        gr.HTML(PRIVACY)
        gr.HTML("<b>Or try one of these</b>")
        self.thumbnails = gr.HTML(
            pictures.thumbnails(self.examples), elem_id="examples", js_on_load=_script("examples.js")
        )

    def _lay_out_controls(self) -> None:
        self.mode = gr.Radio(MODES, value="cutout", label="Instead of the hand")
        self.color = gr.ColorPicker(value="#ffffff", label="Colour", visible=False)
        self.view = gr.Radio([("Result", "result"), ("Mask", "mask")], value="result", label="Show")
        self.threshold = gr.Slider(0.02, 0.98, step=0.01, label="Threshold", info="Lower finds more hand")
        self.grow = gr.Slider(0, 80, step=1, label="Grow", info="Pixels around the hand to take away with it")
        self.feather = gr.Slider(0, 80, step=1, label="Feather", info="Pixels over which the edge is soft")
        self.model = gr.Dropdown(self.demo.models, value=self.demo.settings.model, label="Model")

    def _lay_out_actions(self) -> None:
        with gr.Row():
            self.get_result = gr.Button("Download result", variant="primary", min_width=150)
            self.get_mask = gr.Button("Download mask", min_width=150)
        with gr.Row():
            self.fix = gr.Button("Looks wrong? Fix it", min_width=150)
            self.another = gr.Button("Another photo", min_width=150)
        self.result_file = gr.DownloadButton(visible="hidden", elem_id="result-file")
        self.mask_file = gr.DownloadButton(visible="hidden", elem_id="mask-file")

    def answer(self) -> None:
        """Say which handler answers which component."""
        self._answer_entrance()
        self._answer_controls()
        self._answer_actions()

    def _answer_entrance(self) -> None:
        opened = [self.threshold, self.grow, self.feather, self.photo, self.entrance, self.workplace, self.comparison]

        def open_photo(given: NamedPhoto | None, model: str, request: gr.Request) -> tuple:
            if given is None:
                return (gr.skip(),) * len(opened)
            suited = self.demo.open(given, model, request.session_hash)
            several = len(self.demo.models) > 1
            return *suited, None, gr.Column(visible=False), gr.Row(visible=True), gr.Accordion(visible=several)

        def open_example(model: str, request: gr.Request, chosen: gr.EventData) -> tuple:
            return open_photo(NamedPhoto(*self.examples[int(chosen.index)]), model, request)

        self._then_show(self.photo.input(open_photo, [self.photo, self.model], opened, **PRIVATE))
        self._then_show(self.thumbnails.pick(open_example, [self.model], opened, **PRIVATE))

    def _answer_controls(self) -> None:
        def change_model(model: str, request: gr.Request) -> float:
            return self.demo.change_model(model, request.session_hash)

        def offer_color(mode: str) -> gr.ColorPicker:
            return gr.ColorPicker(visible=mode == "fill")

        self.mode.input(offer_color, [self.mode], [self.color], **LIVE)
        for control in (self.mode, self.color, self.view, self.threshold, self.grow, self.feather):
            control.input(**self._showing(), **LIVE)
        self._then_show(self.model.input(change_model, [self.model], [self.threshold], **PRIVATE))

    def _answer_actions(self) -> None:
        def leave(request: gr.Request) -> tuple:
            self.demo.desk.forget(request.session_hash)
            hidden = gr.update(visible=False)
            return gr.Column(visible=True), hidden, hidden, hidden, "", ""

        def use_mask(given: NamedPhoto | None, request: gr.Request) -> None:
            if given is not None:
                self.demo.use_mask(given, request.session_hash)

        def compare(request: gr.Request) -> str:
            return self.demo.compare(request.session_hash)

        for button, handler, file in (
            (self.get_result, self.demo.download_result, self.result_file),
            (self.get_mask, self.demo.download_mask, self.mask_file),
        ):
            made = button.click(self._with_wishes(handler), set(self._controls), [file], **PRIVATE)
            made.success(None, js=f"() => document.querySelector('#{file.elem_id}').click()")
        left = [self.entrance, self.workplace, self.repair, self.comparison, self.picture, self.gallery]
        self.another.click(leave, None, left, **PRIVATE)
        self.fix.click(lambda: gr.Group(visible=True), None, [self.repair], **PRIVATE)
        self._then_show(self.own_mask.input(use_mask, [self.own_mask], None, **PRIVATE))
        self.compare.click(compare, None, [self.gallery], **PRIVATE)

    @property
    def _controls(self) -> list[gr.components.Component]:
        """In the order of `Wishes`."""
        return [self.model, self.mode, self.color, self.threshold, self.grow, self.feather, self.view]

    def _with_wishes(self, handler: Callable[[Wishes, str], object]) -> Callable:
        def handle(values: dict, request: gr.Request) -> object:
            return handler(Wishes(*(values[control] for control in self._controls)), request.session_hash)

        return handle

    def _showing(self) -> dict[str, object]:
        return {
            "fn": self._with_wishes(self.demo.show),
            "inputs": set(self._controls),
            "outputs": [self.picture, self.status],
        }

    def _then_show(self, event: gr.events.Dependency) -> None:
        event.success(**self._showing(), **PRIVATE)


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
