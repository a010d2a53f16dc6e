from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from handseg import photos
from handseg.errors import PhotoError
from handseg.intake import photo_id, take_in
from handseg.intake.alike import distance
from handseg.intake.jpeg import without_metadata
from tests.pictures import drawn_photo, encoded

FIXTURES = Path(__file__).parent / "fixtures"
SECRET = b"a place that nobody shall know"
TALKATIVE = (b"Exif\0\0", b"ICC_PROFILE", b"http://ns.adobe.com", b"MPF\0", b"nobody", SECRET)


def exif_with_place(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def talkative(kind: str = "JPEG", orientation: int = 1, **options: object) -> bytes:
    words = {"comment": SECRET} if kind == "JPEG" else {}
    return encoded(drawn_photo(), kind, exif=exif_with_place(orientation), xmp=SECRET, **words, **options)


def compressed_data(jpeg: bytes) -> bytes:
    return jpeg[jpeg.index(b"\xff\xda") :]


def segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + (len(body) + 2).to_bytes(2, "big") + body


def says_nothing(file: bytes) -> bool:
    image = Image.open(io.BytesIO(file))
    facts = set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform"}
    facts -= {"progressive", "progression"}
    return not facts and not dict(image.getexif()) and not any(word in file for word in TALKATIVE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_the_stored_file_shows_exactly_the_photo_that_was_taken_in(kind: str) -> None:
    taken = take_in(encoded(drawn_photo(), kind))
    assert np.array_equal(photos.decode(taken.file), taken.photo)
    assert taken.photo.shape == (taken.height, taken.width, 3) == (48, 64, 3)
    assert taken.suffix == (".jpg" if kind in ("JPEG", "WEBP") else ".png")


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("TIFF", {}), ("TIFF", {"big_tiff": True}), ("BMP", {})])
def test_a_lossless_photo_is_stored_without_loss(kind: str, options: dict[str, bool]) -> None:
    assert np.array_equal(take_in(encoded(drawn_photo(), kind, **options)).photo, drawn_photo())


@pytest.mark.parametrize("name", ["upright.heic", "turned.heic"])
def test_a_heic_becomes_a_jpeg(name: str) -> None:
    content = (FIXTURES / name).read_bytes()
    taken = take_in(content)
    assert taken.suffix == ".jpg"
    assert np.array_equal(photos.decode(taken.file), taken.photo)
    close = np.abs(taken.photo.astype(int) - photos.decode(content)).mean()
    assert close < 3


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": "4:2:0"}])
def test_an_upright_jpeg_keeps_its_compressed_data_and_its_pixels(options: dict) -> None:
    plain, told = encoded(drawn_photo(), "JPEG", **options), talkative(**options)
    taken = take_in(told)
    assert compressed_data(taken.file) == compressed_data(told)
    assert taken.file == without_metadata(plain)
    assert np.array_equal(taken.photo, photos.decode(told))


def test_a_gray_jpeg_stays_as_it_is() -> None:
    gray = io.BytesIO()
    Image.fromarray(drawn_photo()).convert("L").save(gray, "JPEG")
    assert compressed_data(take_in(gray.getvalue()).file) == compressed_data(gray.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_no_place_no_comment_and_no_profile_is_left(kind: str, orientation: int) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = talkative(kind, orientation, icc_profile=profile)
    assert SECRET in content
    assert says_nothing(take_in(content).file)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_stored_upright(kind: str, orientation: int) -> None:
    content = talkative(kind, orientation)
    taken, upright = take_in(content), photos.decode(content)
    assert taken.photo.shape == upright.shape
    assert np.abs(taken.photo.astype(int) - upright).mean() < 3
    assert np.array_equal(photos.decode(taken.file), taken.photo)


def test_a_jpeg_with_a_foreign_profile_is_converted() -> None:
    content = encoded(drawn_photo(), "JPEG", icc_profile=wide_profile())
    assert not np.array_equal(photos.decode(content), photos.decode(encoded(drawn_photo(), "JPEG")))
    taken = take_in(content)
    assert np.abs(taken.photo.astype(int) - photos.decode(content)).mean() < 3
    assert says_nothing(taken.file)


def wide_profile() -> bytes:
    """An sRGB profile whose curves are those of another gamma: enough to change every colour."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for place in range(128 + 4, 128 + 4 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        start = int.from_bytes(profile[place + 4 : place + 8], "big")
        if profile[place : place + 4] == b"desc":
            profile[start + 12 : start + 40] = bytes(28)
        if profile[place + 1 : place + 4] == b"TRC" and profile[start : start + 4] == b"para":
            profile[start + 12 : start + 16] = (65536).to_bytes(4, "big")
    return bytes(profile)


def test_a_jpeg_of_four_colours_becomes_one_that_browsers_show_alike() -> None:
    inks = io.BytesIO()
    Image.fromarray(drawn_photo()).convert("CMYK").save(inks, "JPEG")
    file = take_in(inks.getvalue()).file
    assert Image.open(io.BytesIO(file)).mode == "RGB"


def test_what_follows_the_end_of_a_jpeg_is_cut() -> None:
    plain = encoded(drawn_photo(), "JPEG")
    second = io.BytesIO()
    images = [Image.fromarray(drawn_photo(seed=seed)) for seed in (0, 1)]
    images[0].save(second, "MPO", save_all=True, append_images=images[1:])
    for content in (plain + SECRET, plain + plain, second.getvalue()):
        file = take_in(content).file
        assert file.count(b"\xff\xd8\xff") == 1
        assert says_nothing(file)
        assert np.array_equal(photos.decode(file), photos.decode(content))


def test_a_thumbnail_in_the_jfif_segment_is_dropped() -> None:
    plain = encoded(drawn_photo(), "JPEG")
    assert plain[2:4] == b"\xff\xe0"
    thumbnail = plain[6:18] + bytes((5, 2)) + SECRET
    file = take_in(plain[:2] + segment(0xE0, thumbnail) + plain[20:]).file
    assert file == plain


@pytest.mark.parametrize("code", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
def test_no_segment_can_hide_words(code: int) -> None:
    plain = encoded(drawn_photo(), "JPEG")
    told = plain[:2] + segment(code, SECRET) + b"\xff\xff" + plain[2:]
    assert take_in(told).file == plain


def test_words_between_segments_are_dropped() -> None:
    plain = encoded(drawn_photo(), "JPEG")
    assert without_metadata(plain[:20] + SECRET + plain[20:]) == plain


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken_in_or_refused_with_words(noise: bytes) -> None:
    plain = encoded(drawn_photo(12, 17), "JPEG")
    for content in (noise, plain[:2] + noise, plain[:150] + noise + plain[150:]):
        try:
            taken = take_in(content)
        except PhotoError:
            continue
        assert np.array_equal(photos.decode(taken.file), taken.photo)


def test_taking_in_what_is_stored_changes_nothing() -> None:
    for content in (talkative("JPEG", 6), talkative("WEBP"), talkative("PNG")):
        first = take_in(content)
        again = take_in(first.file)
        assert (again.file, again.photo_id, again.phash) == (first.file, first.photo_id, first.phash)


def test_the_id_depends_on_pixels_and_size_and_nothing_else() -> None:
    photo = drawn_photo()
    assert take_in(encoded(photo, "PNG")).photo_id == take_in(talkative("TIFF")).photo_id == photo_id(photo)
    flat = np.zeros((4, 6, 3), np.uint8)
    assert len({photo_id(flat), photo_id(flat.reshape(6, 4, 3)), photo_id(flat + np.uint8(1))}) == 3
    turned = photo.swapaxes(0, 1)
    assert photo_id(turned) == photo_id(np.ascontiguousarray(turned))


def test_the_perceptual_hash_survives_scaling_and_compression() -> None:
    photo = Image.open(Path(__file__).parents[1] / "docs" / "before_after.png").convert("RGB")
    pixels = np.asarray(photo)
    small = np.asarray(photo.resize((photo.width // 2, photo.height // 2)))
    first = take_in(encoded(pixels)).phash
    assert distance(first, take_in(encoded(small, "JPEG", quality=60)).phash) <= 4
    assert distance(first, take_in(encoded(pixels[:, ::-1])).phash) > 16


def test_an_empty_or_foreign_file_is_refused() -> None:
    for content in (b"", b"no photo"):
        with pytest.raises(PhotoError):
            take_in(content)
