from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from transformers import SamProcessor

from handseg.assistants import AssistantError
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.assistants.transformers_sam import TransformersSam, open_transformers_sam
from handseg.hub import fetch_model
from tests.hub import stand_in_hub
from tests.pictures import drawn_mask, drawn_photo


def asked(assistant: TransformersSam, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, torch.Tensor]]:
    """What reaches the prompt encoder from now on."""
    reached: list[dict[str, torch.Tensor]] = []
    encoder = assistant._model.prompt_encoder
    forward = encoder.forward

    def listen(**given: torch.Tensor) -> object:
        reached.append(given)
        return forward(**given)

    monkeypatch.setattr(encoder, "forward", listen)
    return reached


def test_the_answers_are_those_of_the_processor_and_the_model(sam_folders: dict[str, Path]) -> None:
    assistant = open_transformers_sam(str(sam_folders["sam"]), "cpu")
    photo = drawn_photo(48, 64)  # as large as the network frame, so that no size changes
    processor = SamProcessor(assistant._image_processor)
    inputs = processor(photo, input_points=[[[50.0, 40.0], [3.0, 5.0]]], input_labels=[[1, 0]], return_tensors="pt")
    sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
    inputs["input_points"] = inputs["input_points"].float()
    with torch.no_grad():
        answer = assistant._model(**inputs)
    expected = processor.post_process_masks(answer.pred_masks, *sizes)[0][0].numpy()
    prompt = Prompt((Point(50, 40, 1), Point(3, 5, 0)))
    proposals = assistant.propose(assistant.encode(photo), prompt, np.zeros((48, 64), bool))
    found = np.stack(proposals)
    agreement = (found[:, None] == expected[None]).mean(axis=(2, 3))
    assert agreement.max(axis=1).min() > 0.995


def test_the_encoder_runs_once_for_many_prompts(
    transformers_tiny: TransformersSam, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    encoder = transformers_tiny._model.vision_encoder
    forward = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda *given, **named: runs.append(1) or forward(*given, **named))
    embedding = transformers_tiny.encode(drawn_photo())
    for x in range(0, 60, 20):
        transformers_tiny.propose(embedding, Prompt((Point(x, 5, 1),)), drawn_mask())
    assert len(runs) == 1


@pytest.mark.parametrize(("height", "width"), [(48, 64), (30, 40), (480, 640), (640, 200), (123, 1237)])
def test_a_pixel_reaches_the_network_at_its_centre(
    transformers_tiny: TransformersSam, monkeypatch: pytest.MonkeyPatch, height: int, width: int
) -> None:
    reached = asked(transformers_tiny, monkeypatch)
    embedding = transformers_tiny.encode(drawn_photo(height, width))
    prompt = Prompt((Point(0, 0, 1), Point(width - 1, height // 3, 0)), Box(1, 2, width - 1, height))
    transformers_tiny.propose(embedding, prompt, np.zeros((height, width), bool))
    keeps_shape = transformers_tiny.name == "tiny-sam"
    assert (min(embedding.seen) == 64) != keeps_shape
    assert max(embedding.seen) == 64
    scale_xy = np.array([embedding.seen[1] / width, embedding.seen[0] / height])
    points = reached[0]["input_points"][0, 0].numpy()
    # The prompt encoder itself adds the half pixel.
    assert points + 0.5 == pytest.approx(np.array([[0.5, 0.5], [width - 0.5, height // 3 + 0.5]]) * scale_xy, rel=1e-5)
    assert reached[0]["input_labels"][0, 0].tolist() == [1, 0]
    corners = np.array([[1.5, 2.5], [width - 1.5, height - 0.5]]) * scale_xy
    assert reached[0]["input_boxes"].numpy().reshape(2, 2) + 0.5 == pytest.approx(corners, rel=1e-5)


def test_the_current_mask_reaches_the_network_where_it_is_and_only_if_it_has_a_hand(
    transformers_tiny: TransformersSam, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asked(transformers_tiny, monkeypatch)
    embedding = transformers_tiny.encode(drawn_photo(300, 600))
    mask = np.zeros((300, 600), bool)
    transformers_tiny.propose(embedding, Prompt((Point(5, 5, 1),)), mask)
    mask[150:, 300:] = True
    transformers_tiny.propose(embedding, Prompt((Point(5, 5, 1),)), mask)
    assert reached[0]["input_masks"] is None
    expected = np.zeros((1, 1, 16, 16), bool)
    lower_half = slice(4, 8) if transformers_tiny.name == "tiny-sam" else slice(8, 16)
    expected[..., lower_half, 8:] = True
    assert np.array_equal(reached[1]["input_masks"].numpy() > 0, expected)


def test_an_image_moved_in_the_photo_moves_in_the_network_frame(transformers_tiny: TransformersSam) -> None:
    photo = np.zeros((60, 90, 3), np.uint8)
    photo[:, 60:] = 255
    seen: list[torch.Tensor] = []
    hook = transformers_tiny._model.vision_encoder.register_forward_pre_hook(
        lambda _, given, named: seen.append(given[0] if given else named["pixel_values"]), with_kwargs=True
    )
    embedding = transformers_tiny.encode(photo)
    hook.remove()
    columns = seen[0][0, 0, embedding.seen[0] // 2]
    assert columns[: embedding.seen[1] * 2 // 3 - 2].max() < 0 < columns[embedding.seen[1] * 2 // 3 + 2].min()


def test_a_name_on_the_hub_is_fetched_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sam_folders: dict[str, Path]
) -> None:
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        hub.repos["someone/tiny-sam2"] = {path.name: path.read_bytes() for path in sam_folders["sam2"].iterdir()}
        monkeypatch.setattr("handseg.assistants.transformers_sam.fetch_model", partial(fetch_model, endpoint=hub.url))
        heard: list[float] = []
        fetched = open_transformers_sam("someone/tiny-sam2", "cpu", heard.append)
        assert fetched.name == "someone/tiny-sam2"
        assert heard[-1] == 1
        local = open_transformers_sam(str(sam_folders["sam2"]), "cpu")
        prompt, photo, mask = Prompt((Point(5, 6, 1),)), drawn_photo(), drawn_mask()
        answers = [each.propose(each.encode(photo), prompt, mask)[0] for each in (fetched, local)]
        assert np.array_equal(answers[0], answers[1])


def test_what_is_no_folder_or_no_sam_is_refused_in_words(tmp_path: Path, sam_folders: dict[str, Path]) -> None:
    with pytest.raises(AssistantError, match="there is no folder"):
        open_transformers_sam(str(tmp_path / "none"), "cpu")
    with pytest.raises(AssistantError, match=r"holds no assistant: .* of a run, give the folder weights in it"):
        open_transformers_sam(str(tmp_path), "cpu")
    other = tmp_path / "bert"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({"model_type": "bert"}))
    shutil.copy(sam_folders["sam"] / "preprocessor_config.json", other)
    with pytest.raises(AssistantError, match="holds no SAM"):
        open_transformers_sam(str(other), "cpu")


def test_incomplete_and_damaged_weights_are_refused(tmp_path: Path, sam_folders: dict[str, Path]) -> None:
    folder = tmp_path / "incomplete"
    shutil.copytree(sam_folders["sam2"], folder)
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    removed = next(name for name in weights if name.startswith("mask_decoder"))
    del weights[removed]
    safetensors.torch.save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(AssistantError, match="are incomplete"):
        open_transformers_sam(str(folder), "cpu")
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(AssistantError, match="holds no SAM"):
        open_transformers_sam(str(folder), "cpu")


def test_a_pickle_is_not_opened(tmp_path: Path, sam_folders: dict[str, Path]) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(sam_folders["sam"], folder)
    torch.save(safetensors.torch.load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(AssistantError, match="holds no SAM"):
        open_transformers_sam(str(folder), "cpu")
