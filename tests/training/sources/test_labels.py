from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from handseg.errors import PhotoError
from tests.pictures import drawn_mask, drawn_photo, encoded
from tests.training.conftest import write
from training.sources import labels
from training.sources.labels import BACKGROUND, HAND, IGNORE, Label

LABELS = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.sampled_from([0, 127, 255]))


@given(LABELS)
def test_a_label_comes_back_from_its_png(label: Label) -> None:
    assert np.array_equal(labels.from_png(labels.to_png(label)), label)


def test_other_values_are_no_label() -> None:
    with pytest.raises(TypeError, match="0, 127 and 255, not 3, 254"):
        labels.to_png(np.array([[0, 3, 254]], np.uint8))
    with pytest.raises(TypeError, match=r"uint8 \(H, W\), not bool \(48, 64\)"):
        labels.to_png(drawn_mask())


@pytest.mark.parametrize("hand", [1, 255])
def test_masks_of_zero_and_one_and_of_black_and_white_are_read_alike(hand: int, tmp_path: Path) -> None:
    write(tmp_path / "mask.png", encoded(drawn_mask().astype(np.uint8) * hand))
    assert np.array_equal(labels.read_label(tmp_path / "mask.png"), labels.of_mask(drawn_mask()))


def test_a_palette_s_indices_are_read_and_not_its_colours(tmp_path: Path) -> None:
    image = Image.fromarray(drawn_mask().astype(np.uint8), "L").convert("P")
    image.putpalette([0, 0, 0, 128, 0, 0])
    image.save(tmp_path / "mask.png")
    assert np.array_equal(labels.read_label(tmp_path / "mask.png"), labels.of_mask(drawn_mask()))


def test_a_jpeg_s_blurred_edges_are_cut_in_the_middle(tmp_path: Path) -> None:
    write(tmp_path / "mask.jpg", encoded(drawn_mask(96, 128).astype(np.uint8) * 255, "JPEG", quality=95))
    assert (labels.read_label(tmp_path / "mask.jpg") == labels.of_mask(drawn_mask(96, 128))).mean() > 0.99


def test_a_photo_in_place_of_a_mask_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "mask.png", encoded(drawn_photo()))
    with pytest.raises(PhotoError, match=r"mask.png: has \d+ values"):
        labels.read_label(tmp_path / "mask.png")
    write(tmp_path / "mask.png", b"<html>")
    with pytest.raises(PhotoError, match=r"mask.png: no mask can be read from 6 bytes"):
        labels.read_label(tmp_path / "mask.png")


def test_the_size_of_a_photo_is_that_of_the_upright_one() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert labels.size_of(encoded(drawn_photo(), "JPEG")) == (48, 64)
    assert labels.size_of(encoded(drawn_photo(), "JPEG", exif=exif)) == (64, 48)


def test_unknown_pixels_are_neither_hand_nor_background() -> None:
    label = labels.of_mask(drawn_mask(), unknown=np.eye(48, 64, dtype=bool))
    assert (np.diagonal(label) == IGNORE).all()
    assert {HAND, BACKGROUND} <= set(label.ravel().tolist())
