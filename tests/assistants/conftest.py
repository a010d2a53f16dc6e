from __future__ import annotations

from pathlib import Path

import pytest
import segment_anything

from handseg.assistants import Assistant
from handseg.assistants.grabcut import GrabCut
from handseg.assistants.hand import open_hand
from handseg.assistants.segment_anything import SegmentAnything, open_segment_anything
from handseg.assistants.transformers_sam import TransformersSam, open_transformers_sam
from tests.assistants import tiny

SAVE = {"sam": tiny.save_tiny_sam, "sam2": tiny.save_tiny_sam2}


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the kind "tiny", which the registry of the package then knows."""
    segment_anything.sam_model_registry["tiny"] = tiny.build_tiny
    path = tmp_path_factory.mktemp("segment_anything") / "tiny.pth"
    tiny.save_tiny_checkpoint(path)
    return path


@pytest.fixture(scope="session")
def sam_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {}
    for name, save in SAVE.items():
        folders[name] = tmp_path_factory.mktemp("transformers") / f"tiny-{name}"
        save(folders[name])
    return folders


@pytest.fixture(scope="session")
def segment_anything_tiny(tiny_checkpoint: Path) -> SegmentAnything:
    return open_segment_anything("tiny", str(tiny_checkpoint), "cpu")


@pytest.fixture(scope="session", params=SAVE)
def transformers_tiny(request: pytest.FixtureRequest, sam_folders: dict[str, Path]) -> TransformersSam:
    return open_transformers_sam(str(sam_folders[request.param]), "cpu")


@pytest.fixture(scope="session")
def hand_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_tiny_hand(tmp_path_factory.mktemp("hand") / "weights")


@pytest.fixture(params=["grabcut", "hand", "segment-anything", *SAVE])
def assistant(
    request: pytest.FixtureRequest,
    hand_folder: Path,
    segment_anything_tiny: SegmentAnything,
    sam_folders: dict[str, Path],
) -> Assistant:
    """Each assistant in turn."""
    if request.param == "grabcut":
        return GrabCut()
    if request.param == "hand":
        return open_hand(hand_folder)
    if request.param == "segment-anything":
        return segment_anything_tiny
    return open_transformers_sam(str(sam_folders[request.param]), "cpu")
