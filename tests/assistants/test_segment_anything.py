from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from segment_anything import SamPredictor

from handseg.assistants import AssistantError
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.assistants.segment_anything import SegmentAnything, open_segment_anything
from tests.assistants.tiny import build_tiny
from tests.pictures import drawn_mask, drawn_photo

PROMPT = Prompt((Point(50, 40, 1), Point(3, 5, 0)), Box(10, 8, 60, 45))


def asked(assistant: SegmentAnything, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What reaches the prompt encoder from now on."""
    reached: list[dict[str, object]] = []
    encoder = assistant._predictor.model.prompt_encoder
    forward = encoder.forward

    def listen(**given: object) -> object:
        reached.append(given)
        return forward(**given)

    monkeypatch.setattr(encoder, "forward", listen)
    return reached


def test_the_answers_are_those_of_the_packages_own_predictor(segment_anything_tiny: SegmentAnything) -> None:
    photo = drawn_photo(48, 64)  # as large as the network frame, so that no size changes
    predictor = SamPredictor(segment_anything_tiny._predictor.model)
    predictor.set_image(photo)
    masks, scores, _ = predictor.predict(np.array([[50, 40], [3, 5]]), np.array([1, 0]), np.array([10, 8, 59, 44]))
    embedding = segment_anything_tiny.encode(photo)
    proposals = segment_anything_tiny.propose(embedding, PROMPT, np.zeros((48, 64), bool))
    expected = sorted(zip(scores.clip(0, 1), masks, strict=True), key=lambda each: -each[0])
    assert {mask.tobytes() for _, mask in expected} == {proposal.tobytes() for proposal in proposals}
    assert np.array_equal(proposals[0], expected[0][1])


def test_the_encoder_runs_once_for_many_prompts(
    segment_anything_tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    encoder = segment_anything_tiny._predictor.model.image_encoder
    forward = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda *given: runs.append(1) or forward(*given))
    embedding = segment_anything_tiny.encode(drawn_photo())
    for x in range(0, 60, 20):
        segment_anything_tiny.propose(embedding, Prompt((Point(x, 5, 1),)), drawn_mask())
    assert len(runs) == 1


@pytest.mark.parametrize(("height", "width"), [(48, 64), (30, 40), (480, 640), (640, 200), (123, 1237)])
def test_a_pixel_reaches_the_network_at_its_centre(
    segment_anything_tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch, height: int, width: int
) -> None:
    reached = asked(segment_anything_tiny, monkeypatch)
    embedding = segment_anything_tiny.encode(drawn_photo(height, width))
    prompt = Prompt((Point(0, 0, 1), Point(width - 1, height // 3, 0)), Box(1, 2, width - 1, height))
    segment_anything_tiny.propose(embedding, prompt, np.zeros((height, width), bool))
    scale_xy = np.array([embedding.seen[1] / width, embedding.seen[0] / height])
    assert max(embedding.seen) == 64
    points, labels = reached[0]["points"]
    # The prompt encoder itself adds the half pixel.
    assert points[0].numpy() + 0.5 == pytest.approx(np.array([[0.5, 0.5], [width - 0.5, height // 3 + 0.5]]) * scale_xy)
    assert labels[0].tolist() == [1, 0]
    corners = np.array([[1.5, 2.5], [width - 1.5, height - 0.5]]) * scale_xy
    assert reached[0]["boxes"].numpy().reshape(2, 2) + 0.5 == pytest.approx(corners, rel=1e-5)


def test_the_current_mask_reaches_the_network_where_it_is_and_only_if_it_has_a_hand(
    segment_anything_tiny: SegmentAnything, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asked(segment_anything_tiny, monkeypatch)
    embedding = segment_anything_tiny.encode(drawn_photo(300, 600))
    mask = np.zeros((300, 600), bool)
    segment_anything_tiny.propose(embedding, Prompt((Point(5, 5, 1),)), mask)
    mask[150:, 300:] = True
    segment_anything_tiny.propose(embedding, Prompt((Point(5, 5, 1),)), mask)
    assert reached[0]["masks"] is None
    expected = np.zeros((1, 1, 16, 16), bool)
    expected[..., 4:8, 8:] = True
    assert np.array_equal(reached[1]["masks"].numpy() > 0, expected)


def test_large_photos_are_shrunk_before_the_predictor_sees_them(segment_anything_tiny: SegmentAnything) -> None:
    embedding = segment_anything_tiny.encode(drawn_photo(300, 400))
    assert embedding.shrunk == embedding.seen == (48, 64)
    assert embedding.nbytes == 16 * 4 * 4 * 4
    assert segment_anything_tiny.encode(drawn_photo(30, 40)).shrunk == (30, 40)


def test_its_name_tells_package_and_kind(segment_anything_tiny: SegmentAnything) -> None:
    assert segment_anything_tiny.name == "segment-anything tiny"
    assert segment_anything_tiny.device == "cpu"


def test_a_file_that_is_no_checkpoint_of_the_kind_is_refused_in_words(tmp_path: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(AssistantError, match="there is no checkpoint file"):
        open_segment_anything("tiny", str(tmp_path / "none.pth"), "cpu")
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(tiny_checkpoint.read_bytes()[:5000])
    with pytest.raises(AssistantError, match="is damaged, or no checkpoint of tiny"):
        open_segment_anything("tiny", str(damaged), "cpu")
    other = tmp_path / "other.pth"
    torch.save({"some.weight": torch.zeros(3)}, other)
    with pytest.raises(AssistantError, match="is damaged, or no checkpoint of tiny"):
        open_segment_anything("tiny", str(other), "cpu")


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole-model.pth"
    torch.save(build_tiny(), whole)
    with pytest.raises(AssistantError, match="is damaged, or no checkpoint of tiny"):
        open_segment_anything("tiny", str(whole), "cpu")
