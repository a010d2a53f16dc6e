"""Who may use the maintainers' page, and which weights the demo says it answers with."""

from __future__ import annotations

import gradio as gr
import pytest

from annotation.pages import Door
from annotation.service.access import Access, AccessError
from handseg.demo.handlers import Demo
from handseg.demo.page import build_page
from handseg.settings import Settings
from handseg.weights import Weights
from training.pages import add_models_page
from training.pages.handlers import Handlers
from training.pages.maintenance import Maintenance
from training.promotion import roll_back, take_over


@pytest.fixture
def app(settings: Settings) -> gr.Blocks:
    app = build_page(Demo(settings))
    add_models_page(app, settings, Door(Access(settings)))
    return app


def test_every_answer_of_the_page_asks_who_asks(app: gr.Blocks, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(gr, "Warning", said.append)
    handlers = [fn.fn for fn in app.fns.values() if fn.fn and fn.fn.__qualname__.startswith("Page._on")]
    of_this_page = [handler for handler in handlers if handler.__module__ == "training.pages.page"]
    assert len(of_this_page) >= 12
    for handler in of_this_page:
        answered = handler("a.forged token", *["x"] * (handler.__code__.co_argcount - 1))
        assert "better" not in str(answered)
    assert len(said) == len(of_this_page)
    assert all("You are not signed in" in each for each in said)


def test_a_public_space_without_a_password_keeps_the_page_closed(settings: Settings) -> None:
    door = Door(Access(Settings(home=settings.home, public=True)))
    with pytest.raises(AccessError, match="looking after models are switched off"):
        door.name_of("any")


def test_handlers_give_a_value_for_each_component(settings: Settings) -> None:
    handlers = Handlers(Maintenance(settings))
    [runs] = handlers.runs("Ann", "better")
    assert runs.count("<button") == 3
    assert len(handlers.run("Ann", "better")) == len(handlers.look_again("Ann", "")) == 14
    assert len(handlers.use("Ann", "accurate")) == 4


def test_the_demo_says_which_weights_answer_and_from_what_they_learned(settings: Settings) -> None:
    demo, run = Demo(settings), Maintenance(settings).run("better")
    shipped = demo.weights("accurate")
    assert "accurate@" in shipped
    take_over(Weights.open(run.weights), {}, "Ann", settings)
    promoted = demo.weights("accurate")
    assert "which learned from revision hands@3f9ac04be1d2." in promoted
    assert "/srv" not in promoted
    roll_back(settings, by="Ann")
    assert demo.weights("accurate") == shipped
