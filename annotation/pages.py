"""The annotator's pages: the canvas is mounted in gr.HTML, and talks to the service beside gradio."""

from __future__ import annotations

import html
import json
from contextlib import AbstractContextManager

import gradio as gr
import pandas as pd
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from annotation.assistance import Assistance
from annotation.publishing.background import Background
from annotation.service import build_service
from annotation.service.access import Access
from annotation.service.reviewing import Reviewing
from annotation.service.routes import CANVAS
from annotation.service.visits import Visits
from annotation.service.workbench import Workbench
from handseg.demo.desk import OpenPhoto
from handseg.demo.look import NAME_IN_NAVIGATION
from handseg.errors import HandsegError, sentence
from handseg.masks import Mask
from handseg.records.opening import full_address, open_place
from handseg.settings import Settings

PATH = "/workbench"
PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
PLACE = '<div class="canvas-place"></div>'
FIGURES = ("annotator", "records", "median_seconds", "agreement")


class Pages:
    """What the annotator's wing adds to the app: three pages, the canvas for the demo, and the service behind them."""

    def __init__(self, settings: Settings) -> None:
        workbench = Workbench(settings, Assistance(settings))
        self.access, self.reviewing = Access(settings), Reviewing(workbench.store)
        self.door = Door(self.access)
        visits = Visits(workbench)
        self.repair = Repair(visits)
        address = full_address(settings.dataset_address)
        self.background = Background(workbench.store, lambda: open_place(address), address, settings.reviewed_only)
        service = build_service(workbench, self.reviewing, visits, self.background, self.access)
        self.routes = [Mount(PATH, app=BelowAnyRoot(service))]

        # Through gradio, which makes these rules stronger than its own.
        self.css = "".join((CANVAS / name).read_text(encoding="utf-8") for name in ("workbench.css", "dataset.css"))

    def publishing(self) -> AbstractContextManager[None]:
        """Publish corrected masks every now and then meanwhile."""
        return self.background.running()

    def add_to(self, app: gr.Blocks) -> None:
        """Add the pages /annotate, /review and /dataset to the app."""
        with app.route("Annotate", "/annotate"):
            gr.Navbar(main_page_name=NAME_IN_NAVIGATION)
            gr.HTML(html_template=PLACE, js_on_load=_mount("annotate.js"), elem_classes="full-page")
        with app.route("Review", "/review"):
            gr.Navbar(main_page_name=NAME_IN_NAVIGATION)
            review = gr.HTML(html_template=PLACE, js_on_load=_mount("review.js", "signed"), elem_classes="full-page")
            plots = _lay_out_figures()
            review.signed(self._figures, None, plots, **PRIVATE)
        with app.route("Dataset", "/dataset"):
            gr.Navbar(main_page_name=NAME_IN_NAVIGATION)
            gr.HTML(html_template=PLACE, js_on_load=_mount("dataset.js"), elem_classes="wide-page")

    def _figures(self, happened: gr.EventData) -> list[gr.BarPlot]:
        """The plots, for those who have signed in."""
        try:
            self.access.name_of(str((happened._data or {}).get("token", "")))
        except HandsegError as error:
            raise gr.Error(sentence(error), print_exception=False) from error
        agreements = dict(self.reviewing.agreements())
        rows = [
            (tally.annotator, tally.records, tally.median_seconds, agreements.get(tally.annotator))
            for tally in self.reviewing.tallies()
        ]
        frame = pd.DataFrame(rows, columns=list(FIGURES))
        known = [frame.dropna(subset=[figure]) for figure in FIGURES[1:]]
        return [gr.BarPlot(each, visible=not each.empty) for each in known]


class BelowAnyRoot:
    """ASGI middleware for an app at `PATH`: finds its paths though gradio has a root path that a proxy cuts off.

    Starlette looks for the root path at the beginning of each path, and there such a proxy leaves nothing of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope.get("path", "").startswith(f"{PATH}/"):
            scope = {**scope, "root_path": PATH}
        await self.app(scope, receive, send)


class Repair:
    """The canvas in the demo, for visitors who correct the mask of their own photo."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits

    def lay_out(self) -> gr.HTML:
        """See `handseg.demo.page.Repair`."""
        return gr.HTML(
            html_template=PLACE + f'<span class="consent" hidden>{html.escape(self.visits.consent)}</span>',
            js_on_load=_mount("fix.js", "kept"),
        )

    def expect(self, opened: OpenPhoto) -> None:
        """See `handseg.demo.page.Repair`."""
        self.visits.expect(opened)

    def begin(self, opened: OpenPhoto, mask: Mask) -> str:
        """See `handseg.demo.page.Repair`."""
        return self.visits.begin(opened, mask)


class Door:
    """Lets those in who know the annotators' password, for pages that other wings bring."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def lay_out(self) -> gr.HTML:
        """Add the place to sign in to the page that is being built; its event `signed` carries {"token": ...}."""
        return gr.HTML(html_template=PLACE, js_on_load=_mount("door.js", "signed"), elem_classes="door")

    def name_of(self, token: str) -> str:
        """Whom a token was given to; raises AccessError for a token that was not given to anybody."""
        return self._access.name_of(token)


def _lay_out_figures() -> list[gr.BarPlot]:
    titles = ("Records", "Median seconds per photo", "Agreement on photos asked twice (mean IoU)")
    with gr.Row():
        return [
            gr.BarPlot(x="annotator", y=figure, title=title, x_title=" ", y_title=" ", y_lim=[0, None], visible=False)
            for figure, title in zip(FIGURES[1:], titles, strict=True)
        ]


def _mount(module: str, event: str = "") -> str:
    """The JavaScript that starts a module of the canvas in a gr.HTML; `event` is what the module tells gradio."""
    tell = f'(detail) => trigger("{event}", detail)' if event else "() => {}"
    return f"""
        const base = (window.gradio_config?.root || location.origin).replace(/\\/$/, "");
        const root = base + {json.dumps(PATH)};
        import(root + "/canvas/{module}")
            .then((page) => page.mount({{element, root, props, watch, tell: {tell}}}))
            .catch((error) => {{
                const place = element.querySelector(".canvas-place");
                place.textContent = `This page cannot start (${{error.message}}). Reload it, or try a newer browser.`;
            }});
    """
