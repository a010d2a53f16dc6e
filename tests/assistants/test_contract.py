"""What every assistant promises."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from handseg.assistants import Assistant
from handseg.assistants.prompts import Box, Point, Prompt, PromptError
from handseg.masks import Mask
from handseg.photos import decode
from tests.pictures import drawn_mask, drawn_photo, encoded

SIZES = [(48, 64), (64, 48), (16, 192), (300, 25), (5, 7), (1, 9), (1, 1), (90, 130)]


def check(proposals: list[Mask], height: int, width: int) -> None:
    assert 1 <= len(proposals) <= 3
    for proposal in proposals:
        assert proposal.shape == (height, width)
        assert proposal.dtype == bool


def same(some: list[Mask], others: list[Mask]) -> bool:
    return len(some) == len(others) and all(map(np.array_equal, some, others))


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("hand", ["none", "some", "all"])
def test_every_prompt_is_answered_in_the_photo_frame(assistant: Assistant, height: int, width: int, hand: str) -> None:
    mask = {"none": np.zeros, "all": np.ones}.get(hand, lambda size, _: drawn_mask(*size))((height, width), bool)
    embedding = assistant.encode(drawn_photo(height, width))
    assert (embedding.height, embedding.width) == (height, width)
    corner = Point(width - 1, height - 1, 1)
    prompts = [
        Prompt((Point(0, 0, 1),)),
        Prompt((corner,)),
        Prompt((Point(width // 2, 0, 0),)),
        Prompt((Point(0, height // 2, 0), corner)),
        Prompt(box=Box(0, 0, width, height)),
        Prompt(box=Box(width // 2, height // 2, width // 2 + 1, height // 2 + 1)),
        Prompt((corner, Point(0, height // 2, 0)), Box(0, 0, max(1, width // 2), height)),
    ]
    for prompt in prompts:
        check(assistant.propose(embedding, prompt, mask), height, width)


def test_the_same_question_gets_the_same_answer_whatever_was_asked_between(assistant: Assistant) -> None:
    photo, mask = drawn_photo(90, 130), drawn_mask(90, 130)
    embedding, other = assistant.encode(photo), assistant.encode(drawn_photo(64, 48, seed=1))
    prompt = Prompt((Point(100, 70, 1), Point(20, 20, 0)))
    first = assistant.propose(embedding, prompt, mask)
    assistant.propose(other, Prompt(box=Box(3, 4, 30, 40)), np.zeros((64, 48), bool))
    assert same(assistant.propose(embedding, prompt, mask), first)
    assert same(assistant.propose(assistant.encode(photo), prompt, mask), first)


def test_neither_photo_nor_mask_is_changed_or_kept(assistant: Assistant) -> None:
    photo, mask = drawn_photo(), drawn_mask()
    embedding = assistant.encode(photo)
    prompt = Prompt((Point(50, 40, 1),))
    first = assistant.propose(embedding, prompt, mask)
    assert np.array_equal(photo, drawn_photo())
    assert np.array_equal(mask, drawn_mask())
    photo[:] = 0
    assert same(assistant.propose(embedding, prompt, mask), first)


def test_an_embedding_says_what_it_costs(assistant: Assistant) -> None:
    assert assistant.encode(drawn_photo(64, 48)).nbytes > 0


def test_read_only_arrays_and_views_are_answered_alike(assistant: Assistant) -> None:
    photo, mask = drawn_photo(48, 64), drawn_mask(48, 64)
    wide = np.zeros((48, 128), bool)
    wide[:, ::2] = mask
    photo.flags.writeable = False
    prompt = Prompt((Point(50, 40, 1),))
    expected = assistant.propose(assistant.encode(photo.copy()), prompt, mask)
    assert same(assistant.propose(assistant.encode(photo), prompt, wide[:, ::2]), expected)


def test_a_photo_that_its_camera_turned_is_asked_about_as_people_see_it(assistant: Assistant) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = decode(encoded(drawn_photo(48, 64), "JPEG", exif=exif.tobytes()))
    assert photo.shape[:2] == (64, 48)
    embedding = assistant.encode(photo)
    check(assistant.propose(embedding, Prompt((Point(47, 63, 1),)), np.zeros((64, 48), bool)), 64, 48)
    with pytest.raises(PromptError, match=r"\(63, 47\) lies outside the photo of 48 x 64"):
        assistant.propose(embedding, Prompt((Point(63, 47, 1),)), np.zeros((64, 48), bool))


def test_what_cannot_be_answered_is_refused(assistant: Assistant) -> None:
    embedding, mask = assistant.encode(drawn_photo(48, 64)), drawn_mask(48, 64)
    with pytest.raises(PromptError, match="the prompt is empty"):
        assistant.propose(embedding, Prompt(), mask)
    with pytest.raises(PromptError, match="reaches outside"):
        assistant.propose(embedding, Prompt(box=Box(0, 0, 65, 48)), mask)
    with pytest.raises(ValueError, match=r"the mask is \(64, 48\)"):
        assistant.propose(embedding, Prompt((Point(1, 1, 1),)), mask.T)
    with pytest.raises(TypeError, match="a mask is bool"):
        assistant.propose(embedding, Prompt((Point(1, 1, 1),)), mask.astype(np.uint8))
