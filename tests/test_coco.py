"""COCO's segmentations there and back, and those that are none."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_masks

from handseg.coco import CocoError, area_and_box, from_segment, to_segments
from handseg.masks import Mask
from tests.pictures import drawn_mask

MASKS = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14))


@given(MASKS)
def test_the_parts_of_a_mask_are_the_mask_and_do_not_overlap(mask: Mask) -> None:
    parts = [from_segment(segment, *mask.shape) for segment in to_segments(mask)]
    assert np.array_equal(np.sum([np.zeros(mask.shape, int), *parts], axis=0), mask)


@given(MASKS)
def test_run_lengths_are_those_that_pycocotools_writes(mask: Mask) -> None:
    segments = [coco_masks.encode(np.asfortranarray(mask, np.uint8))] if mask.any() else []
    assert np.array_equal(_union(mask, [{**each, "counts": each["counts"].decode()} for each in segments]), mask)
    for segment in to_segments(mask):
        part = from_segment(segment, *mask.shape)
        assert coco_masks.encode(np.asfortranarray(part, np.uint8))["counts"].decode() == segment["counts"]


def _union(mask: Mask, segments: list[dict[str, object]]) -> Mask:
    return sum((from_segment(each, *mask.shape) for each in segments), np.zeros(mask.shape, bool))


def test_parts_that_touch_by_a_corner_are_one() -> None:
    assert len(to_segments(np.array([[1, 0, 0], [0, 1, 0]], bool))) == 1
    assert len(to_segments(np.array([[1, 0, 1], [1, 0, 1]], bool))) == 2


def test_area_and_box_are_those_of_the_part() -> None:
    mask = np.zeros((48, 64), bool)
    mask[5:9, 20:50] = True
    assert area_and_box(to_segments(mask)[0]) == (120, [20, 5, 30, 4])


@given(MASKS)
def test_uncompressed_run_lengths_are_read(mask: Mask) -> None:
    flat = mask.T.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff([0, *([0] if flat[0] else []), *changes, flat.size]).tolist()
    assert np.array_equal(from_segment({"size": list(mask.shape), "counts": counts}, *mask.shape), mask)


def test_polygons_are_filled_as_pycocotools_does_and_united() -> None:
    square, triangle = [10, 10, 20, 10, 20, 30, 10, 30], [40.5, 5, 60, 5, 40.5, 20.25]
    mask = from_segment([square, triangle], 48, 64)
    assert mask[10:30, 10:20].all()
    assert mask.sum() == 200 + from_segment([triangle], 48, 64).sum()
    expected = coco_masks.merge(coco_masks.frPyObjects([square, triangle], 48, 64))
    assert mask.sum() == coco_masks.area(expected)


def test_points_a_little_outside_are_taken_to_the_edge() -> None:
    assert from_segment([[-1.0, -1, 64.5, -1, 64.5, 50, -1, 50]], 48, 64).all()


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (None, "no segmentation"),
        ({"size": [4, 6]}, "no segmentation"),
        ([], "is empty"),
        ({"size": [6, 4], "counts": [24]}, r"\[6, 4\], not \[4, 6\]"),
        ({"size": [4, 6], "counts": [20]}, "20 pixels, not 4 x 6"),
        ({"size": [4, 6], "counts": [20, -1, 5]}, "whole numbers from 0"),
        ({"size": [4, 6], "counts": [20, 4.0]}, "whole numbers from 0"),
        ({"size": [4, 6], "counts": 24}, "not a list"),
        ({"size": [4, 6], "counts": "é"}, "'é' where none can be"),
        ({"size": [4, 6], "counts": "oooooooo"}, "where none can be"),
        ({"size": [4, 6], "counts": "h"}, "cut short"),
        ({"size": [4, 6], "counts": "P"}, "cut short"),
        ({"size": [4, 6], "counts": ""}, "0 pixels"),
        ([[1, 1, 2, 2]], "three points"),
        ([[1, 1, 2, 2, 3, 3, 4]], "three points"),
        ([1, 1, 2, 2, 3, 3], "three points"),
        ([[1, 1, 2, float("nan"), 3, 3]], "coordinate nan"),
        ([[1, 1, 2, 1e9, 3, 3]], "coordinate 1000000000.0"),
        ([[1, 1, 2, "3", 3, 3]], "coordinate '3'"),
    ],
)
def test_what_is_no_segmentation_is_refused(segment: object, words: str) -> None:
    with pytest.raises(CocoError, match=words):
        from_segment(segment, 4, 6)


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_any_text_is_a_mask_of_the_size_or_refused(counts: str) -> None:
    """These crash pycocotools."""
    with contextlib.suppress(CocoError):
        assert from_segment({"size": [4, 6], "counts": counts}, 4, 6).shape == (4, 6)


def test_a_mask_of_many_specks_is_parted_at_once() -> None:
    mask = np.zeros((480, 640), bool)
    mask[::4, ::4] = drawn_mask(120, 160)
    segments = to_segments(mask)
    assert len(segments) == mask.sum()
    assert {area_and_box(each)[0] for each in segments} == {1}
