"""The demo page's layout, and which handler answers what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component
from gradio.events import Dependency

from handseg import photos
from handseg.demo import pictures
from handseg.demo.api import offer_api
from handseg.demo.desk import CORRECTED, OpenPhoto
from handseg.demo.handlers import Asked, Demo, Wishes
from handseg.demo.look import DROP, NAME_IN_NAVIGATION
from handseg.demo.uploads import as_upload, photo_input
from handseg.errors import HandsegError, sentence
from handseg.masks import Mask
from handseg.weights import GREATEST_THRESHOLD, LEAST_THRESHOLD

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples"
LARGEST_UPLOAD = "80mb"
MOST_PIXELS = 100
"""Of growth and feather; no photo gets more unless asked."""

MODES = [("Cut out", "cutout"), ("Fill", "fill"), ("Blur", "blur"), ("Pixelate", "pixelate"), ("Inpaint", "inpaint")]

MASTHEAD = """<div class="masthead"><h1>handseg</h1>
<p>Finds the hand in your photo and makes it disappear.</p></div>
<div class="away" role="alert" hidden>
The server cannot be reached. The page waits, and goes on as soon as it can.</div>"""

RULE = """<p class="note">A hand ends at the wrist. Rings and gloves go with it; sleeves, forearms and what it holds
stay.</p>"""

PRIVACY = """<p class="note">Your photo is not kept. It stays in memory, and is forgotten minutes after you leave this
page, at the latest half an hour after you last used it.</p>"""

PAINTED_ELSEWHERE = """Download the mask, paint it right in any editor (white is hand), and put it back here."""

INTO_SIGHT = "() => document.querySelector('#picture').scrollIntoView({{block: '{}'}})"

PRIVATE = {"api_visibility": "private"}
NEWEST = {"trigger_mode": "always_last"}
"""Gradio drops what happens while it waits for an answer: a pasted photo, as just before it there was none."""

LIVE = {"show_progress": "hidden", **NEWEST, **PRIVATE}


class Repair(Protocol):
    """Where visitors correct the mask of their photo; the app brings it, as the canvas for it lives upstairs."""

    def lay_out(self) -> gr.HTML:
        """Add the canvas to the page that is being built; it has an event `kept`, for when the mask was corrected."""
        ...

    def expect(self, opened: OpenPhoto) -> None:
        """A photo was opened; its mask may have to be corrected soon."""
        ...

    def begin(self, opened: OpenPhoto, mask: Mask) -> str:
        """Give the canvas the value with which it opens this mask; the result comes by `OpenPhoto.correct`."""
        ...


def build_page(demo: Demo, repair: Repair | None = None) -> gr.Blocks:
    """The demo's page, ready to launch; nothing that visitors give it outlives their visit by more than minutes."""
    with gr.Blocks(title="handseg", analytics_enabled=False, delete_cache=(300, 600)) as blocks:
        gr.Navbar(main_page_name=NAME_IN_NAVIGATION)
        gr.HTML(MASTHEAD, js_on_load=_script("patience.js"))
        page = Page(demo, repair)
        page.answer()
        # Whoever comes after a promotion is told so, though the page was built before.
        blocks.load(lambda: demo.weights(demo.settings.model), None, [page.weights], **PRIVATE, show_progress="hidden")
        offer_api(demo)

        def leave(request: gr.Request) -> None:
            demo.desk.leave(request.session_hash)

        blocks.unload(leave)
    return blocks


class Page:
    """The components of the page, from top to bottom, and what they answer."""

    def __init__(self, demo: Demo, repair: Repair | None) -> None:
        self.demo, self.repair = demo, repair
        self.examples = [(path.read_bytes(), path.stem) for path in photos.find([EXAMPLES])]
        with gr.Column() as self.entrance:
            self._lay_out_entrance()
        with gr.Row(visible=False) as self.workplace:
            with gr.Column(scale=3, min_width=320):
                self.picture = gr.HTML(elem_id="picture", js_on_load=_script("before_after.js"))
                self.status = gr.HTML(elem_id="status")
                self._lay_out_actions()
                gr.HTML(RULE)
            with gr.Column(scale=1, min_width=280):
                self._lay_out_controls()
        with gr.Column(visible=False, elem_id="repair") as self.repair_place:
            self._lay_out_repair()
        with gr.Accordion("Compare models", open=False, visible=False) as self.comparison:
            self.compare = gr.Button("Run every model on this photo")
            self.gallery = gr.HTML(elem_id="gallery")
        self.weights = gr.HTML(demo.weights(demo.settings.model), elem_id="weights")

    def _lay_out_entrance(self) -> None:
        self.photo = photo_input(
            label="Your photo",
            sources=["upload", "clipboard", "webcam"],
            placeholder=DROP,
            height=320,
            buttons=[],
            elem_id="photo",
        )
        gr.HTML(PRIVACY, js_on_load=_script("paste.js"))
        gr.HTML("<b>Or try one of these</b>")
        self.thumbnails = gr.HTML(
            pictures.thumbnails([(photos.decode(content), stem.replace("-", " ")) for content, stem in self.examples]),
            elem_id="examples",
            js_on_load=_script("examples.js"),
        )

    def _lay_out_repair(self) -> None:
        self.canvas = self.repair.lay_out() if self.repair else None
        with gr.Accordion("Or use a mask that you painted elsewhere", open=self.repair is None):
            gr.Markdown(PAINTED_ELSEWHERE)
            self.own_mask = photo_input(
                label="Your mask", sources=["upload", "clipboard"], height=160, buttons=[], elem_id="own-mask"
            )

    def _lay_out_controls(self) -> None:
        self.mode = gr.Radio(MODES, value="cutout", label="Instead of the hand")
        self.color = gr.ColorPicker(value="#ffffff", label="Colour", visible=False)
        self.view = gr.Radio([("Result", "result"), ("Mask", "mask")], value="result", label="Show")
        self.threshold = gr.Slider(
            LEAST_THRESHOLD, GREATEST_THRESHOLD, step=0.01, label="Threshold", info="Lower finds more hand"
        )
        self.grow = gr.Slider(0, MOST_PIXELS, step=1, label="Grow", info="Pixels around the hand to take away with it")
        self.feather = gr.Slider(0, MOST_PIXELS, step=1, label="Feather", info="Pixels over which the edge is soft")
        self.model = gr.Dropdown(self.demo.models, value=self.demo.settings.model, label="Model")

    def _lay_out_actions(self) -> None:
        with gr.Row(elem_classes="actions"):
            self.get_result = gr.Button("Download result", variant="primary", min_width=150)
            self.get_mask = gr.Button("Download mask", min_width=150)
        with gr.Row(elem_classes="actions"):
            self.fix = gr.Button("Looks wrong? Fix it", min_width=150)
            self.another = gr.Button("Another photo", min_width=150, elem_id="another")
        self.result_file = gr.DownloadButton(elem_id="result-file")
        self.mask_file = gr.DownloadButton(elem_id="mask-file")

    def answer(self) -> None:
        """Say which handler answers which component."""
        self._answer_entrance()
        self._answer_controls()
        self._answer_actions()

    def _answer_entrance(self) -> None:
        def open_upload(asked: Asked) -> Sequence:
            if not asked.given:
                return [gr.skip()] * len(opened)
            with asked.given.content() as content:
                return open_photo(content, asked.given.stem, asked)

        def open_example(asked: Asked) -> Sequence:
            return open_photo(*self.examples[asked.chosen], asked)

        def open_photo(content: bytes, stem: str, asked: Asked) -> Sequence:
            suited = self.demo.open(content, stem, asked)
            if self.repair:
                self.repair.expect(self.demo.desk.get(asked.visitor))
            shown = self.demo.show(asked.wishing(**suited._asdict()))
            sliders = [gr.Slider(value=suited.threshold, interactive=True), suited.grow, suited.feather]
            several = gr.Accordion(visible=len(self.demo.models) > 1)
            return [*sliders, None, gr.Column(visible=False), gr.Row(visible=True), several, "", *shown]

        opened = [self.threshold, self.grow, self.feather, self.photo, self.entrance, self.workplace, self.comparison]
        # A new photo brings all to its state: of what changed when the last one was left, gradio may still be drawing.
        opened += [self.gallery, *self._shown]
        waiting = {"show_progress_on": [self.photo]}
        for shown in (
            self._on(self.photo.input, open_upload, opened, given=self.photo, **waiting, **NEWEST),
            self._on(self.thumbnails.pick, open_example, opened, **waiting),
        ):
            # A browser keeps in its place what is below the examples, and on a small screen that is far below a photo.
            shown.success(None, js=INTO_SIGHT.format("nearest"))

    def _answer_controls(self) -> None:
        def change_model(asked: Asked) -> Sequence:
            if asked.wishes.model == CORRECTED:
                return [gr.Slider(interactive=False), *self.demo.show(asked)]
            threshold = self.demo.threshold(asked)
            return [gr.Slider(value=threshold, interactive=True), *self.demo.show(asked.wishing(threshold=threshold))]

        def offer_color(mode: str) -> gr.ColorPicker:
            return gr.ColorPicker(visible=mode == "fill")

        self.mode.input(offer_color, [self.mode], [self.color], **LIVE)
        sliders = self.threshold, self.grow, self.feather
        for control in (self.mode, self.view, *sliders):
            self._on(control.input, self.demo.show, self._shown, **LIVE)
        self._on(self.color.change, self.demo.show, self._shown, **LIVE)  # a typed one is no input
        for slider in sliders:  # the button that brings back its first value says nothing else
            self._on(slider.release, self.demo.show, self._shown, **LIVE)
        changed = [self.threshold, *self._shown]
        self._on(self.model.input, change_model, changed, show_progress_on=[self.picture], **NEWEST)

    def _answer_actions(self) -> None:
        def leave(asked: Asked) -> Sequence:
            self.demo.desk.forget(asked.visitor)
            hidden = gr.update(visible=False)
            cleared = [""] * (1 + len(self._canvas)) + [None] * 3
            own, first = asked.wishes.model == CORRECTED, self.demo.settings.model
            model = first if own else asked.wishes.model
            models = gr.Dropdown(choices=self.demo.models, value=model)
            return [gr.Column(visible=True), hidden, hidden, hidden, *cleared, models, self.demo.weights(model)]

        def use_painted(asked: Asked) -> Sequence:
            if not asked.given:
                return [gr.skip()] * (1 + len(corrected))
            with asked.given.content() as content:
                self.demo.use_mask(content, asked)
                return [gr.skip(), *use_own(asked)]

        def use_own(asked: Asked) -> Sequence:
            models = gr.Dropdown(choices=[*self.demo.models, CORRECTED], value=CORRECTED)
            return [models, gr.Slider(interactive=False), *self.demo.show(asked.wishing(model=CORRECTED))]

        for button, make, file in (
            (self.get_result, self.demo.make_result, self.result_file),
            (self.get_mask, self.demo.make_mask, self.mask_file),
        ):
            made = self._on(button.click, make, [file], show_progress_on=[self.picture])
            made.success(None, js=f"() => document.querySelector('#{file.elem_id}').click()")
        self._on(self.fix.click, self._begin_repair, [self.repair_place, *self._canvas])
        corrected = [self.model, self.threshold, *self._shown]
        if self.canvas:
            kept = self._on(self.canvas.kept, use_own, corrected)
            kept.success(None, js=INTO_SIGHT.format("center"))
        self._on(self.own_mask.input, use_painted, [self.own_mask, *corrected], given=self.own_mask, **NEWEST)
        self._on(self.compare.click, self.demo.compare, [self.gallery])
        left = [self.entrance, self.workplace, self.repair_place, self.comparison, self.picture]
        left += [*self._canvas, self.own_mask, self.result_file, self.mask_file]
        left += [self.model, self.weights]
        self._on(self.another.click, leave, left, show_progress="hidden")

    @property
    def _shown(self) -> list[Block]:
        """What each answer changes."""
        return [self.picture, self.status, self.weights]

    @property
    def _canvas(self) -> list[Block]:
        return [self.canvas] if self.canvas else []

    def _begin_repair(self, asked: Asked) -> Sequence:
        shown = [gr.Column(visible=True)]
        return [*shown, self.repair.begin(*self.demo.mask(asked))] if self.repair else shown

    def _on(
        self,
        event: Callable[..., Dependency],
        handler: Callable[[Asked], Sequence],
        outputs: list[Block],
        given: gr.Image | None = None,
        **options: object,
    ) -> Dependency:
        """Answer an event by `handler`, which gives a value for each of the outputs.

        What goes wrong is said in words, and the page stays as it was; a file that cannot be used is taken away.
        """
        checked = [self.mode, self.color, self.threshold, self.grow, self.feather, self.view]

        def answer(values: dict, request: gr.Request, happened: gr.EventData) -> object:
            told = happened._data
            chosen = told.get("index") if isinstance(told, dict) else None
            # Any model's name: a server that was started anew knows of no mask that it had offered, and the handlers
            # say so.
            wishes = Wishes(values[self.model], *(_checked(control, values[control]) for control in checked))
            try:
                results = handler(Asked(wishes, request.session_hash, as_upload(values.get(given)), chosen))
            except HandsegError as error:
                gr.Warning(sentence(error))
                taken_back = (given, self.result_file, self.mask_file)
                results = [None if output in taken_back else gr.skip() for output in outputs]
            return results[0] if len(outputs) == 1 else tuple(results)

        inputs = {self.model, *checked, given} if given else {self.model, *checked}
        # Of what an answer changes or skips, gradio makes the visitor a copy, in which a `preprocess` of ours is lost.
        return event(answer, inputs, outputs, preprocess=False, **{**PRIVATE, **options})


def _checked(control: Component, value: object) -> object:
    if isinstance(control, gr.Slider):  # whoever types passes by an empty field, and by numbers that are out of range
        return min(max(value or 0, control.minimum), control.maximum)
    return control.preprocess(value)


def _script(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
