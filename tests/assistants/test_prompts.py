from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.assistants.prompts import MOST_POINTS, Box, Point, Prompt, PromptError

edges = st.integers(0, 9000)
points = st.builds(Point, edges, edges, st.integers(0, 1))
boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    edges,
    edges,
    st.integers(1, 9000),
    st.integers(1, 9000),
)
prompts = st.builds(Prompt, st.lists(points, max_size=9).map(tuple), st.none() | boxes)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["points", "box", "x"]), inner),
    max_leaves=10,
)


@given(prompts)
def test_a_prompt_comes_back_from_json_as_it_was(prompt: Prompt) -> None:
    assert Prompt.from_json(json.loads(json.dumps(prompt.to_json()))) == prompt


@given(anything)
def test_whatever_a_client_sends_is_a_prompt_or_refused_in_few_words(value: object) -> None:
    try:
        prompt = Prompt.from_json(value)
    except PromptError as refusal:
        words = str(refusal)
    else:
        words = ""
        assert Prompt.from_json(prompt.to_json()) == prompt
    assert len(words) < 150


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "a prompt is an object"),
        ([], "a prompt is an object"),
        ({"points": {}}, "the points of a prompt are a list"),
        ({"points": [[1, 2]]}, "a point is a list of 3 whole numbers"),
        ({"points": [[1, 2, 1, 1]]}, "a point is a list of 3 whole numbers"),
        ({"points": ["121"]}, "a point is a list of 3 whole numbers"),
        ({"points": [[1.5, 2, 1]]}, "whole numbers of pixels, not 1.5"),
        ({"points": [[float("nan"), 2, 1]]}, "whole numbers of pixels, not nan"),
        ({"points": [[float("inf"), 2, 1]]}, "whole numbers of pixels, not inf"),
        ({"points": [[True, 2, 1]]}, "whole numbers of pixels, not True"),
        ({"points": [["1", 2, 1]]}, "whole numbers of pixels, not '1'"),
        ({"points": [[10**400, 2, 1]]}, "no photo is that large"),
        ({"points": [[1e300, 2, 1]]}, "no photo is that large"),
        ({"points": [[1, 2, 2]]}, "the label of a point is 2"),
        ({"points": [[1, 2, -1]]}, "the label of a point is -1"),
        ({"points": [[1, 2, True]]}, "the label of a point is True"),
        ({"points": [[1, 2, 1]] * (MOST_POINTS + 1)}, "201 points, and the most is 200"),
        ({"box": [1, 2, 3]}, "a box is a list of 4 whole numbers"),
        ({"box": "1234"}, "a box is a list of 4 whole numbers"),
        ({"box": [5, 2, 5, 9]}, r"the box \(5, 2, 5, 9\) is empty"),
        ({"box": [5, 9, 6, 2]}, r"the box \(5, 9, 6, 2\) is empty"),
        ({"box": [1, 2, 3, None]}, "whole numbers of pixels, not None"),
    ],
)
def test_what_is_no_prompt_is_refused_with_the_value(value: object, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        Prompt.from_json(value)


def test_a_whole_float_is_a_whole_number() -> None:
    assert Prompt.from_json({"points": [[3.0, 4, 1.0]]}) == Prompt((Point(3, 4, 1),))


def test_values_are_refused_in_code_as_they_are_from_a_client() -> None:
    with pytest.raises(PromptError, match="whole numbers"):
        Point(np.float64(3), 4, 1)
    with pytest.raises(PromptError, match="label"):
        Point(3, 4, 5)
    with pytest.raises(PromptError, match="empty"):
        Box(3, 4, 3, 9)


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt((Point(0, 0, 1), Point(639, 479, 0)), Box(0, 0, 640, 480)),
        Prompt(box=Box(639, 479, 640, 480)),
        Prompt(),
    ],
)
def test_a_prompt_inside_the_photo_is_taken(prompt: Prompt) -> None:
    prompt.check_inside(480, 640)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (
            Prompt((Point(1, 1, 1), Point(900, 20, 1))),
            r"the point \(900, 20\) lies outside the photo of 640 x 480 pixels",
        ),
        (Prompt((Point(640, 20, 1),)), r"\(640, 20\) lies outside"),
        (Prompt((Point(20, 480, 1),)), r"\(20, 480\) lies outside"),
        (Prompt((Point(-1, 20, 1),)), r"\(-1, 20\) lies outside"),
        (Prompt(box=Box(0, 0, 641, 480)), r"the box \(0, 0, 641, 480\) reaches outside the photo of 640 x 480"),
        (Prompt(box=Box(0, 0, 640, 481)), "reaches outside"),
        (Prompt(box=Box(0, -1, 640, 480)), "reaches outside"),
    ],
)
def test_a_prompt_outside_the_photo_is_refused_with_the_place(prompt: Prompt, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        prompt.check_inside(480, 640)


def test_a_prompt_without_points_and_box_is_false() -> None:
    assert not Prompt()
    assert Prompt((Point(0, 0, 0),))
    assert Prompt(box=Box(0, 0, 1, 1))
