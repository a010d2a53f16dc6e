from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.opening import Opening
from handseg.assistants import Assistant
from handseg.errors import HandsegError
from handseg.settings import Settings


class Named:
    device = "cpu"

    def __init__(self, name: str) -> None:
        self.name = name


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not happen within five seconds"
        time.sleep(0.005)


def test_opening_grabcut_does_not_import_torch() -> None:
    program = (
        "import sys\n"
        "from annotation.assistance import Assistance\n"
        "from handseg.settings import Settings\n"
        "Assistance(Settings(assistant='grabcut')).about()\n"
        "print(*sys.modules)"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "handseg.assistants.grabcut" in loaded
    assert not {"torch", "transformers", "segment_anything", "huggingface_hub"} & loaded


def test_nothing_is_opened_where_grabcut_is_wanted() -> None:
    opened = []
    opening = Opening(Settings(assistant="grabcut"), lambda name, *_: opened.append(name) or Named(name))
    assert opening.about() == "GrabCut works: it needs no weights."
    assert (opening.current.name, opened) == ("grabcut", ["grabcut"])


def test_the_floor_works_until_the_wanted_assistant_is_open() -> None:
    fetching, go_on, opened = threading.Event(), threading.Event(), threading.Event()

    def open_slowly(name: str, _: Settings, progress: Callable[[float], None] | None) -> Assistant:
        if name == "vit_b":
            fetching.wait(5)
            progress(0.345)
            go_on.wait(5)
            progress(1.0)
            opened.wait(5)
        return Named(name)

    opening = Opening(Settings(assistant="vit_b"), open_slowly)
    assert opening.about() == "vit_b is being opened; GrabCut works until then."
    assert opening.current.name == "grabcut"
    fetching.set()
    until(lambda: opening.about() == "vit_b is being fetched (34 %); GrabCut works until then.")
    go_on.set()
    until(lambda: opening.about() == "vit_b is being opened; GrabCut works until then.")
    opened.set()
    until(lambda: opening.about() == "The assistant “vit_b” helps you.")
    assert opening.current.name == "vit_b"


@pytest.mark.parametrize("error", [HandsegError("no /secret/sam.pth"), MemoryError("1 TB for /secret/sam.pth")])
def test_an_assistant_that_cannot_be_opened_leaves_grabcut_at_work_and_the_log_alone_says_why(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(name: str, *_: object) -> Assistant:
        if name != "grabcut":
            raise error
        return Named(name)

    opening = Opening(Settings(assistant="vit_l:/secret/sam.pth"), fail)
    until(lambda: "opened, and" in opening.about())
    assert opening.about() == "vit_l could not be opened, and the server's log tells why; GrabCut works instead."
    assert opening.current.name == "grabcut"
    assert str(error) in caplog.text


@pytest.mark.parametrize(
    ("wanted", "called"),
    [("vit_b:/secret/sam.pth", "vit_b"), ("/secret/sam2", "sam2"), ("facebook/sam2.1-hiera-tiny", "sam2.1-hiera-tiny")],
)
def test_no_path_of_the_server_is_told_while_an_assistant_is_opened(wanted: str, called: str) -> None:
    opened = threading.Event()

    def open_slowly(name: str, *_: object) -> Assistant:
        assert name == "grabcut" or opened.wait(5)
        return Named("wanted")

    opening = Opening(Settings(assistant=wanted), open_slowly)
    assert opening.about() == f"{called} is being opened; GrabCut works until then."
    opened.set()
    until(lambda: opening.about() == "The assistant “wanted” helps you.")
