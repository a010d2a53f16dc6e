"""Masks on the wire: exact, in one form only, and nothing else is taken for one."""

from __future__ import annotations

import base64
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.runs import RunsError, bytes_of, digest, from_runs, from_text, to_runs, to_text
from handseg.masks import Mask
from tests.pictures import HEIGHT, WIDTH, drawn_mask

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 17))
a_mask = arrays(bool, SHAPES)
two_masks = SHAPES.flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape)))


def slowly(mask: Mask) -> bytes:
    """The runs by the definition: pixel by pixel, then seven bits by seven bits."""
    lengths, now = [0], False
    for pixel in mask.ravel().tolist():
        if pixel != now:
            lengths.append(0)
            now = pixel
        lengths[-1] += 1
    written = bytearray()
    for length in lengths:
        while length > 127:
            written.append(length & 127 | 128)
            length >>= 7
        written.append(length)
    return bytes(written)


@given(a_mask)
def test_a_mask_comes_back_from_its_runs_as_it_was(mask: Mask) -> None:
    assert np.array_equal(from_runs(to_runs(mask), *mask.shape), mask)
    assert np.array_equal(from_text(to_text(mask), *mask.shape), mask)


@given(a_mask)
def test_runs_are_written_as_the_definition_says(mask: Mask) -> None:
    assert to_runs(mask) == slowly(mask)


@pytest.mark.parametrize("length", [127, 128, 16383, 16384, 2_097_151, 2_097_152])
def test_lengths_around_a_new_byte_come_back(length: int) -> None:
    mask = np.zeros((2, length), bool)
    mask[1] = True
    assert len(to_runs(mask)) == 2 * math.ceil(length.bit_length() / 7)
    assert np.array_equal(from_runs(to_runs(mask), 2, length), mask)


@given(st.binary(max_size=12), SHAPES)
def test_whatever_bytes_come_are_the_one_form_of_a_mask_or_refused(runs: bytes, shape: tuple[int, int]) -> None:
    try:
        mask = from_runs(runs, *shape)
    except RunsError:
        return
    assert mask.shape == shape
    assert to_runs(mask) == runs


@given(two_masks)
def test_digests_are_equal_exactly_for_equal_masks(masks: tuple[Mask, Mask]) -> None:
    one, other = masks
    assert (digest(to_runs(one)) == digest(to_runs(other))) == np.array_equal(one, other)


def test_a_digest_is_the_sha256_of_the_runs() -> None:
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_neither_the_layout_in_memory_nor_the_size_of_a_part_matters() -> None:
    mask = drawn_mask()
    assert to_runs(np.asfortranarray(mask)) == to_runs(mask)
    assert to_runs(mask[::2, ::3]) == to_runs(mask[::2, ::3].copy())


@pytest.mark.parametrize(
    ("runs", "complaint"),
    [
        ("", "cut short"),
        ("80", "cut short"),
        ("0284", "cut short"),
        ("020380", "cut short"),
        ("8000 06", "not in its shortest form"),
        ("8200 04", "not in its shortest form"),
        ("02 00 04", "empty run in the middle"),
        ("06 00", "empty run in the middle"),
        ("00 00 06", "empty run in the middle"),
        ("05", "5 pixels and the photo 3 x 2 = 6"),
        ("07", "7 pixels and the photo 3 x 2 = 6"),
        ("00", "0 pixels"),
        ("8080808001 06", "pixels and the photo"),
        ("808080808001", "longer than any photo"),
        ("ffffffffffff7f", "longer than any photo"),
        ("01010101010101 01", "8 bytes, more than one of 3 x 2"),
    ],
)
def test_what_is_not_the_runs_of_the_photo_is_refused_with_the_reason(runs: str, complaint: str) -> None:
    with pytest.raises(RunsError, match=complaint):
        from_runs(bytes.fromhex(runs), 2, 3)


@pytest.mark.parametrize("runs", [b"\xff\xff\xff\xff\x7f" * 600, b"\x01" * 4_000_000, b"\x80" * 4_000_000])
def test_runs_that_claim_or_have_too_much_take_no_memory(runs: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(RunsError):
        from_runs(runs, HEIGHT, WIDTH)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


@pytest.mark.parametrize("text", [None, 7, 1.5, True, ["AgQ="], {"mask": "AgQ="}, b"AgQ="])
def test_a_mask_in_json_is_a_text(text: object) -> None:
    with pytest.raises(RunsError, match=f"not {type(text).__name__}"):
        from_text(text, 2, 3)


@pytest.mark.parametrize("text", ["AgQ", "Ag Q=", "Ag*=", "Àé", "\ud800", "AgQ=\n", "-_8="])
def test_text_that_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(RunsError, match="not in base64"):
        from_text(text, 2, 3)


def test_the_text_of_a_mask_is_base64_of_its_runs() -> None:
    mask = drawn_mask()
    assert base64.b64decode(to_text(mask)) == bytes_of(to_text(mask)) == to_runs(mask)


def test_what_is_no_mask_has_no_runs() -> None:
    with pytest.raises(TypeError, match="a mask is bool"):
        to_runs(np.zeros((4, 6), np.uint8))
