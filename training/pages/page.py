"""The page's layout, and which handler answers what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from handseg.demo.look import NAME_IN_NAVIGATION
from handseg.errors import HandsegError, sentence
from handseg.settings import Settings
from training.pages.handlers import Handlers
from training.pages.maintenance import Maintenance

HERE = Path(__file__).parent
MODELS_CSS = (HERE / "models.css").read_text(encoding="utf-8")
PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
EVERY = 1.5
"""Seconds between two looks at a comparison that is under way."""
HEAD = """<div class="masthead"><h1>Models</h1>
<p>What the app answers with, what was trained since, and which of the two is better.</p></div>"""


class Door(Protocol):
    """Who comes in; the app brings it, as people sign in with the annotators' password."""

    def lay_out(self) -> gr.HTML:
        """Add the place to sign in to the page that is being built; its event `signed` carries {"token": ...}."""
        ...

    def name_of(self, token: str) -> str:
        """Whom a token was given to; raises a HandsegError for a token that was not given to anybody."""
        ...


def add_models_page(app: gr.Blocks, settings: Settings, door: Door) -> None:
    """Add the page /models to the app."""
    with app.route("Models", "/models"):
        gr.Navbar(main_page_name=NAME_IN_NAVIGATION)
        with gr.Column(elem_classes=["wide-page", "models"]):
            Page(Handlers(Maintenance(settings)), door).answer()


class Page:
    """The components of the page, from top to bottom, and what they answer."""

    def __init__(self, handlers: Handlers, door: Door) -> None:
        self.handlers, self.door = handlers, door
        self.token, self.run_name, self.expected = gr.State(""), gr.State(""), gr.State("")
        gr.HTML(HEAD)
        self.entrance = door.lay_out()
        with gr.Column(visible=False) as self.inside:
            self._lay_out_use()
            self._lay_out_growth()
            self._lay_out_runs()
            gr.HTML("<h2>History</h2>")
            self.history = gr.HTML(elem_id="history")
        self.timer = gr.Timer(EVERY, active=False)

    def _lay_out_use(self) -> None:
        gr.HTML("<h2>In use</h2>")
        names = self.handlers.maintenance.names()
        self.model = gr.Dropdown(names, value=names[0], label="Model", visible=len(names) > 1, elem_id="which-model")
        self.in_use = gr.HTML(elem_id="in-use")
        self.back = gr.Button("Roll back…", size="sm", elem_classes="narrow")
        with gr.Column(visible=False, elem_classes="confirm") as self.back_confirm:
            self.back_says = gr.HTML()
            with gr.Row():
                self.back_yes = gr.Button("Yes, roll back", variant="stop", size="sm")
                self.back_no = gr.Button("Leave it as it is", size="sm")

    def _lay_out_growth(self) -> None:
        gr.HTML("<h2>Dataset</h2>")
        self.growth = gr.HTML("<p class='means'>Counting…</p>", elem_id="growth")

    def _lay_out_runs(self) -> None:
        with gr.Row(elem_classes="headed"):
            gr.HTML("<h2>Runs</h2>")
            self.again = gr.Button("Look again", size="sm", elem_classes="narrow")
        self.runs = gr.HTML(elem_id="runs", js_on_load=(HERE / "pick.js").read_text(encoding="utf-8"))
        with gr.Column(visible=False, elem_id="run") as self.run_place:
            self.run = gr.HTML()
            with gr.Row(elem_classes="ask") as self.asking:
                self.revision = gr.Dropdown([], label="Test split of revision", scale=2, min_width=220)
                self.compare = gr.Button("Compare with what is in use", variant="primary", scale=1, min_width=220)
            self.trial = gr.Dropdown([], label="Comparison", visible=False)
            self.progress = gr.HTML(visible=False, elem_id="progress")
            self.cancel = gr.Button("Cancel the comparison", size="sm", visible=False, elem_classes="narrow")
            self.verdict = gr.HTML(elem_id="verdict")
            self.promote = gr.Button("Promote…", variant="primary", visible=False, elem_classes="narrow")
            with gr.Column(visible=False, elem_classes="confirm") as self.promote_confirm:
                self.promote_says = gr.HTML()
                with gr.Row():
                    self.promote_yes = gr.Button("Yes, promote", variant="primary", size="sm")
                    self.promote_no = gr.Button("Leave it as it is", size="sm")
            self.numbers = gr.HTML(elem_id="numbers")

    # ------------------------------------------------------------------ what is answered

    @property
    def _use(self) -> list[Block]:
        return [self.in_use, self.back, self.back_confirm, self.history]

    @property
    def _trial(self) -> list[Block]:
        return [self.progress, self.cancel, self.verdict, self.promote, self.promote_confirm, self.numbers, self.timer]

    @property
    def _run(self) -> list[Block]:
        return [
            self.run_name,
            self.runs,
            self.run_place,
            self.run,
            self.asking,
            self.revision,
            self.trial,
            *self._trial,
        ]

    def answer(self) -> None:
        """Say which handler answers which component."""
        self._answer_entrance()
        self._answer_runs()
        self._answer_trial()
        self._answer_decisions()

    def _answer_entrance(self) -> None:
        do = self.handlers

        def let_in(token: str) -> Sequence[Any]:
            self.door.name_of(token)
            return [token, gr.Column(visible=True)]

        def enter(happened: gr.EventData) -> Sequence[Any]:
            return _in_words(2, lambda: let_in(str((happened._data or {}).get("token", ""))))

        entered = self.entrance.signed(enter, None, [self.token, self.inside], **PRIVATE)
        seen = self._on(entered.success, do.use, [self.model], self._use)
        seen = self._on(seen.success, do.runs, [self.run_name], [self.runs])
        self._on(seen.success, do.growth, [], [self.growth])
        self._on(self.model.input, do.use, [self.model], self._use)

    def _answer_runs(self) -> None:
        do = self.handlers

        def pick(token: str, happened: gr.EventData) -> Sequence[Any]:
            run = str((happened._data or {}).get("run", ""))
            return _in_words(len(self._run), lambda: do.run(self.door.name_of(token), run))

        picked = self.runs.pick(pick, [self.token], self._run, **PRIVATE)
        picked.success(None, js="() => setTimeout(() => document.querySelector('#run').scrollIntoView(), 100)")
        self._on(self.again.click, do.look_again, [self.run_name], self._run)

    def _answer_trial(self) -> None:
        do, which = self.handlers, [self.run_name, self.trial]
        begun = [self.trial, *self._trial]
        self._on(self.compare.click, do.compare, [self.run_name, self.model, self.revision], begun)
        self._on(self.trial.input, do.trial, which, self._trial)
        # Else a page that was left open would say the same again and again.
        self._on(self.timer.tick, do.follow, which, self._trial, otherwise=do.follow_no_more)
        self._on(self.cancel.click, do.cancel, which, self._trial)

    def _answer_decisions(self) -> None:
        do, which = self.handlers, [self.run_name, self.trial]
        self._on(self.promote.click, do.ask_to_promote, which, [self.promote_says, self.promote_confirm])
        self._on(self.promote_yes.click, do.promote, [*which, self.model], [*self._trial, *self._use])
        self._on(self.back.click, do.ask_to_return, [self.model], [self.back_says, self.back_confirm, self.expected])
        returned = [self.model, self.expected, *which]
        self._on(self.back_yes.click, do.roll_back, returned, [*self._trial, *self._use])
        for button, group in ((self.promote_no, self.promote_confirm), (self.back_no, self.back_confirm)):
            button.click(lambda: gr.Column(visible=False), None, [group], **PRIVATE)

    def _on(
        self,
        event: Callable[..., Dependency],
        handler: Callable[..., Sequence[Any]],
        inputs: Sequence[Block],
        outputs: Sequence[Block],
        otherwise: Callable[[], Sequence[Any]] | None = None,
    ) -> Dependency:
        """Answer an event by `handler`, which is told who asks, and gives a value for each of the outputs.

        What goes wrong is said in words, and the page stays as it was, or gets the values of `otherwise`.
        """

        def answer(token: str, *values: Any) -> Any:
            return _in_words(len(outputs), lambda: handler(self.door.name_of(token), *values), otherwise)

        return event(answer, [self.token, *inputs], list(outputs), **PRIVATE)


def _in_words(
    count: int, handler: Callable[[], Sequence[Any]], otherwise: Callable[[], Sequence[Any]] | None = None
) -> Any:
    try:
        results = handler()
    except HandsegError as error:
        gr.Warning(sentence(error))
        results = otherwise() if otherwise else [gr.skip()] * count
    return results[0] if count == 1 else tuple(results)
