from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.assistants import Assistant, AssistantError, open_assistant
from annotation.assistants.checkpoints import CHECKPOINTS
from annotation.assistants.opening import Opening
from handseg.errors import HandsegError
from handseg.hub import HubError
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


@pytest.mark.parametrize("name", ["", "grabcut"])
def test_grabcut_is_what_ships(name: str) -> None:
    assert open_assistant(name, Settings()).name == "grabcut"


@pytest.mark.parametrize("name", ["sam", "vit_x", "vit_b.pth"])
def test_an_unknown_name_lists_the_ways(name: str) -> None:
    with pytest.raises(AssistantError, match=rf"no assistant called '{name}'.*grabcut.*vit_b.*facebook/sam2"):
        open_assistant(name, Settings())


def test_the_setting_is_read_from_the_environment() -> None:
    assert Settings.from_environment({"HANDSEG_ASSISTANT": "vit_b"}).assistant == "vit_b"
    assert Settings.from_environment({}).assistant == ""


def test_a_folder_and_a_checkpoint_are_opened_by_their_paths(
    sam_folders: dict[str, Path], tiny_checkpoint: Path
) -> None:
    assert open_assistant(str(sam_folders["sam2"]), Settings(device="cpu")).name == "tiny-sam2"
    # A tiny checkpoint does not fit vit_b, but that it was looked at shows in the words.
    with pytest.raises(AssistantError, match=r"tiny\.pth is damaged, or no checkpoint of vit_b"):
        open_assistant(f"vit_b:{tiny_checkpoint}", Settings(device="cpu"))


def test_what_the_hub_refuses_is_an_error_of_the_assistant(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Path:
        raise HubError("cannot fetch it: the Hub cannot be reached")

    monkeypatch.setattr("annotation.assistants.transformers_sam.fetch_model", refuse)
    monkeypatch.setattr("annotation.assistants.checkpoints.fetch_file", refuse)
    for name in ("facebook/sam2.1-hiera-tiny", "vit_h"):
        with pytest.raises(AssistantError, match="the Hub cannot be reached"):
            open_assistant(name, Settings(device="cpu"))


def test_the_known_checkpoints_are_asked_for_with_their_digests(
    monkeypatch: pytest.MonkeyPatch, tiny_checkpoint: Path
) -> None:
    asked = []

    def fetch(repo: str, file: str, sha256: str, progress: object) -> Path:
        asked.append((repo, file, sha256, progress))
        return tiny_checkpoint

    monkeypatch.setattr("annotation.assistants.checkpoints.fetch_file", fetch)
    with pytest.raises(AssistantError, match="no checkpoint of vit_b"):
        open_assistant("vit_b", Settings(device="cpu"))
    assert asked == [("ybelkada/segment-anything", CHECKPOINTS["vit_b"].file, CHECKPOINTS["vit_b"].sha256, None)]
    assert all(len(each.sha256) == 64 for each in CHECKPOINTS.values())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segment_anything", None)
    with pytest.raises(AssistantError, match="needs segment-anything and torch"):
        open_assistant("vit_b", Settings(device="cpu"))


def test_a_gpu_that_is_not_there_is_said_in_words(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(AssistantError, match="there is no CUDA GPU"):
        open_assistant(f"vit_b:{tiny_checkpoint}", Settings(device="cuda"))


def test_opening_grabcut_does_not_import_torch() -> None:
    program = (
        "import sys\n"
        "from annotation.assistance import Assistance\n"
        "from handseg.settings import Settings\n"
        "Assistance(Settings()).about()\n"
        "print(*sys.modules)"
    )
    root = Path(__file__).parents[3]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "annotation.assistants.grabcut" in loaded
    assert not {"torch", "transformers", "segment_anything", "huggingface_hub"} & loaded


def test_nothing_is_opened_where_grabcut_is_wanted() -> None:
    opened = []
    opening = Opening(Settings(), lambda name, *_: opened.append(name) or Named(name))
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
    until(lambda: opening.about() == "vit_b works.")
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
    until(lambda: opening.about() == "wanted works.")
