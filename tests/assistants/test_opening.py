from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from handseg import assistants
from handseg.assistants import AssistantError, open_assistant
from handseg.assistants.checkpoints import CHECKPOINTS
from handseg.hub import HubError
from handseg.settings import SHIPPED, Settings


def test_the_hand_assistant_is_the_default_where_its_weights_are(
    monkeypatch: pytest.MonkeyPatch, hand_folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(assistants, "SHIPPED", hand_folder)
    assert open_assistant("", Settings()).name == open_assistant("hand", Settings()).name
    assert open_assistant("", Settings()).name.startswith("hand@")
    assert open_assistant("grabcut", Settings()).name == "grabcut"
    monkeypatch.setattr(assistants, "SHIPPED", tmp_path / "nowhere")
    assert open_assistant("", Settings()).name == "grabcut"
    with pytest.raises(AssistantError, match=r"cannot read .*card\.json"):
        open_assistant("hand", Settings())


def test_other_weights_of_a_hand_assistant_are_opened_by_their_folder(hand_folder: Path, tmp_path: Path) -> None:
    assert open_assistant(str(hand_folder), Settings()).name.startswith("hand@")
    damaged = tmp_path / "damaged"
    shutil.copytree(hand_folder, damaged)
    (damaged / "model.onnx").write_bytes(b"no network")
    with pytest.raises(AssistantError, match="not the one its card describes"):
        open_assistant(str(damaged), Settings())


def test_a_model_that_finds_hands_by_itself_is_no_assistant() -> None:
    with pytest.raises(AssistantError, match=r"fast answers no clicks, as it takes photos?;"):
        open_assistant(str(SHIPPED / "fast"), Settings())


def test_what_ships_fits_into_25_megabytes() -> None:
    assert sum(path.stat().st_size for path in assistants.SHIPPED.glob("*")) <= 25_000_000


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

    monkeypatch.setattr("handseg.assistants.transformers_sam.fetch_model", refuse)
    monkeypatch.setattr("handseg.assistants.checkpoints.fetch_file", refuse)
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

    monkeypatch.setattr("handseg.assistants.checkpoints.fetch_file", fetch)
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
