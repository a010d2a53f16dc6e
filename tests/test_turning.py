"""Masks of photos that EXIF turns."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from handseg import photos
from handseg.errors import PhotoError
from handseg.masks import Mask
from handseg.turning import upright
from tests.pictures import drawn_mask, drawn_photo, encoded


def turned_by(orientation: int, mask: Mask, kind: str = "JPEG") -> bytes:
    """A photo whose pixels, as they lie in the file, are white where the mask is."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(np.repeat(mask[..., None], 3, axis=2) * np.uint8(255), kind, exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_of_the_pixels_as_they_lie_is_turned_with_them(orientation: int, kind: str) -> None:
    mask = drawn_mask()
    content = turned_by(orientation, mask, kind)
    shown = photos.decode(content)[..., 0] > 127
    assert shown.shape == (64, 48)
    turned = upright(mask, content, shown.shape)
    assert np.mean(turned == shown) > 0.99
    # One that was drawn on the upright photo stays as it is.
    assert upright(turned, content, shown.shape) is turned


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_where_the_size_tells_nothing_the_pair_is_refused(orientation: int) -> None:
    content = turned_by(orientation, drawn_mask())
    with pytest.raises(PhotoError, match=rf"orientation {orientation}.*before or after"):
        upright(drawn_mask(), content, (48, 64))
    with pytest.raises(PhotoError, match="before or after"):
        upright(drawn_mask(64, 64), turned_by(6, drawn_mask(64, 64)), (64, 64))


def test_a_mask_that_turning_leaves_alone_means_one_thing_only() -> None:
    for mask in (np.zeros((48, 64), bool), np.ones((48, 64), bool)):
        assert np.array_equal(upright(mask, turned_by(3, mask), (48, 64)), mask)


@pytest.mark.parametrize(
    "content", [encoded(drawn_photo()), encoded(drawn_photo(), "JPEG"), turned_by(1, drawn_mask())]
)
def test_without_a_turn_only_the_photo_s_size_fits(content: bytes) -> None:
    assert np.array_equal(upright(drawn_mask(), content, (48, 64)), drawn_mask())
    with pytest.raises(PhotoError, match="48 x 64 pixels and the upright photo 64 x 48"):
        upright(drawn_mask(64, 48), content, (48, 64))


def test_broken_exif_turns_nothing() -> None:
    content = bytearray(turned_by(3, drawn_mask()))
    content[content.index(b"Exif") + 8] ^= 0xFF
    assert Image.open(io.BytesIO(bytes(content))).size == (64, 48)
    assert np.array_equal(upright(drawn_mask(), bytes(content), (48, 64)), drawn_mask())
