"""Masks that other programs saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotation.exchange.drawing import ZERO_ONE, draw_png
from annotation.exchange.errors import PairError
from handseg.masks import to_png
from tests.pictures import drawn_mask, drawn_photo, encoded


def drawn(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "mask.png"
    path.write_bytes(content)
    return path


def test_black_and_white_is_read_in_one_bit_and_in_eight(tmp_path: Path) -> None:
    for content in (to_png(drawn_mask()), encoded(drawn_mask())):
        read = draw_png(drawn(tmp_path, content))
        assert np.array_equal(read.mask, drawn_mask())
        assert read.note == ""


def test_zeros_and_ones_are_read_and_that_is_said(tmp_path: Path) -> None:
    read = draw_png(drawn(tmp_path, encoded(drawn_mask().astype(np.uint8))))
    assert np.array_equal(read.mask, drawn_mask())
    assert read.note == ZERO_ONE


@pytest.mark.parametrize("value", [0, 255])
def test_a_mask_may_be_empty_or_full(tmp_path: Path, value: int) -> None:
    read = draw_png(drawn(tmp_path, encoded(np.full((48, 64), value, np.uint8))))
    assert (read.mask == (value == 255)).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (encoded(np.ones((48, 64), np.uint8)), "all its pixels have the value 1"),
        (encoded(np.where(drawn_mask(), 255, 127).astype(np.uint8)), r"2 values \(127, 255\)"),
        (encoded(np.arange(256, dtype=np.uint8).reshape(8, 32)), r"256 values \(0, 1, 2, 3, 4, ...\)"),
        (encoded(drawn_photo()), "not RGB"),
        (encoded(drawn_mask().astype(np.uint16)), "not I;16"),
        (encoded(drawn_mask().astype(np.uint8), "GIF"), "no mask can be read"),
        (b"", "no mask can be read"),
        (to_png(drawn_mask())[:60], "no mask can be read"),
    ],
)
def test_other_pictures_are_refused_with_their_name(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(PairError, match=rf"mask\.png: .*{words}"):
        draw_png(drawn(tmp_path, content))


def test_colours_by_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(drawn_mask().astype(np.uint8)).convert("P").save(path)
    with pytest.raises(PairError, match="not P"):
        draw_png(path)


def test_a_mask_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PairError, match=r"none\.png: cannot be read \(No such file"):
        draw_png(tmp_path / "none.png")
