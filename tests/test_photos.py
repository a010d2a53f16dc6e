"""Photos of every kind in, upright 8-bit sRGB pixels out, or a PhotoError that says what to do.

The two HEIC fixtures were made with pillow-heif from the picture below, quality 80; `turned.heic` lies on its side,
and both its container and its EXIF say so.
"""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ExifTags, Image, ImageCms, ImageOps

from handseg import photos
from handseg.errors import PhotoError
from handseg.photos import Photo

FIXTURES = Path(__file__).parent / "fixtures"
HEIGHT, WIDTH = 48, 64
Y, X = np.mgrid[:HEIGHT, :WIDTH]
PIXELS: Photo = np.stack([X * 4, Y * 5, 255 - X * 4], axis=-1).astype(np.uint8)
PICTURE = Image.fromarray(PIXELS)
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png(colour_type: int, depth: int, rows: np.ndarray, *more: tuple[bytes, bytes]) -> bytes:
    """Write a PNG by hand, for pixels that Pillow cannot save; `more` are the names and bodies of further chunks."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    height, width = rows.shape[:2]
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = chunk(b"IHDR", size + bytes([depth, colour_type, 0, 0, 0]))
    chunks = [chunk(*each) for each in (*more, (b"IDAT", body), (b"IEND", b""))]
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


def difference(photo: Photo, expected: np.ndarray) -> int:
    """Return the largest difference of any value, after a look at what all photos have in common."""
    assert photo.dtype == np.uint8
    assert photo.flags.c_contiguous
    assert photo.shape == expected.shape
    return int(np.abs(photo.astype(int) - expected).max())


def swapped_profile() -> bytes:
    """Build a colour profile in which red and green have changed places: nobody can overlook it."""
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = body.index(b"rXYZ"), body.index(b"gXYZ")
    body[red : red + 4], body[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(body).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


SAMPLES = {
    "jpeg": encoded(NOISE, "JPEG"),
    "progressive jpeg": encoded(NOISE, "JPEG", progressive=True),
    "png": encoded(NOISE, "PNG"),
    "webp": encoded(NOISE, "WEBP"),
    "lossless webp": encoded(NOISE, "WEBP", lossless=True),
    "gif": encoded(NOISE.quantize(), "GIF"),
    "tiff": encoded(NOISE, "TIFF"),
    "deflated tiff": encoded(NOISE, "TIFF", compression="tiff_adobe_deflate"),
    "bmp": encoded(NOISE, "BMP"),
    "heic": (FIXTURES / "upright.heic").read_bytes(),
    "turned heic": (FIXTURES / "turned.heic").read_bytes(),
}


# ---- what a photo's pixels become


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("BMP", {})],
)
def test_a_lossless_photo_keeps_every_pixel(kind, options):
    assert difference(photos.decode(encoded(PICTURE, kind, **options)), PIXELS) == 0


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_lossy_photo_comes_close(kind):
    assert difference(photos.decode(encoded(PICTURE, kind, quality=95)), PIXELS) <= 12


def test_a_heic_photo_comes_close():
    assert difference(photos.read(FIXTURES / "upright.heic"), PIXELS) <= 16


def test_a_heic_photo_taken_upright_is_not_turned_twice():
    assert difference(photos.read(FIXTURES / "turned.heic"), PIXELS) <= 16


def test_a_gif_gives_its_first_frame():
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "lime")]
    photo = photos.decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert difference(photo, np.full_like(PIXELS, [255, 0, 0])) == 0


def test_a_gray_photo_has_three_equal_channels():
    gray = PICTURE.convert("L")
    assert difference(photos.decode(encoded(gray, "PNG")), np.dstack([gray] * 3)) == 0


def test_a_1_bit_photo_is_black_and_white():
    bits = X > 20
    assert difference(photos.decode(encoded(Image.fromarray(bits), "PNG")), np.dstack([bits * 255] * 3)) == 0


def test_16_bit_gray_is_scaled_and_not_clipped():
    deep = (X * 1024).astype(np.uint16)
    expected = np.dstack([X * 4] * 3)
    for kind in ("PNG", "TIFF"):
        assert difference(photos.decode(encoded(Image.fromarray(deep), kind)), expected) == 0


@pytest.mark.parametrize(
    ("bits", "zero_is_white", "stored"),
    [(16, False, "00000080ffff"), (16, True, "ffffff7f0000"), (12, False, "000800fff0")],
)
def test_a_gray_tiff_may_have_fewer_bits_or_call_0_white(bits, zero_is_white, stored):
    row = bytes.fromhex(stored).ljust(6, b"\0")
    sizes = {256: 3, 257: 1, 258: bits, 259: 1, 262: 1 - zero_is_white, 273: 8, 277: 1, 278: 1, 279: len(stored) // 2}
    directory = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in sizes.items())
    tiff = struct.pack("<2sHI", b"II", 42, 14) + row + struct.pack("<H", len(sizes)) + directory + bytes(4)
    assert photos.decode(tiff)[0, :, 0].tolist() == [0, 128, 255]


def test_16_bit_gray_that_is_transparent_shows_what_is_behind():
    transparent = png(0, 16, np.full((HEIGHT, WIDTH), 0x8000, ">u2"), (b"tRNS", b"\x80\x00"))
    assert (photos.decode(transparent) == 255).all()
    assert (photos.decode(transparent, behind="black") == 0).all()


def test_big_endian_16_bit_gray_is_scaled_too():
    deep = Image.frombytes("I;16B", (WIDTH, HEIGHT), (X * 1024).astype(">u2").tobytes())
    assert difference(photos.decode(encoded(deep, "TIFF")), np.dstack([X * 4] * 3)) == 0


@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_colour_is_scaled(channels):
    deep = np.dstack([PIXELS, np.full_like(X, 255)])[..., :channels].astype(">u2") * 257
    assert difference(photos.decode(png(2 if channels == 3 else 6, 16, deep.astype(">u2"))), PIXELS) == 0


def test_a_palette_is_looked_up():
    palette = PICTURE.quantize(200)
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        assert difference(photos.decode(encoded(palette, kind)), np.asarray(palette.convert("RGB"))) == 0


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_are_shown_over_white(kind):
    alpha = np.where(X < 20, 0, np.where(X < 40, 128, 255))[..., None]
    content = encoded(Image.fromarray(np.dstack([PIXELS, alpha]).astype(np.uint8)), kind, lossless=True)
    expected = np.rint((PIXELS * (alpha / 255.0)) + 255 - alpha)
    assert difference(photos.decode(content), expected) <= 1


def test_transparent_parts_may_be_shown_over_another_colour():
    content = encoded(Image.new("RGBA", (WIDTH, HEIGHT)), "PNG")
    assert (photos.decode(content, behind="black") == 0).all()


def test_gray_with_transparency_is_shown_over_white():
    content = encoded(Image.merge("LA", [PICTURE.convert("L"), Image.fromarray((X * 4).astype(np.uint8))]), "PNG")
    expected = np.dstack([np.asarray(PICTURE.convert("L")) * (X / 63.75) + 255 - X * 4] * 3)
    assert difference(photos.decode(content), np.rint(expected)) <= 1


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_the_transparent_colour_of_a_palette_is_shown_over_white(kind):
    palette = Image.fromarray(np.where(X < 20, 1, 2).astype(np.uint8), "L").convert("P")
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    expected = np.where((X < 20)[..., None], [255, 255, 255], [0, 0, 255])
    assert difference(photos.decode(encoded(palette, kind, transparency=1)), expected) == 0


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_single_transparent_colour_is_shown_over_white(mode):
    content = encoded(Image.new(mode, (WIDTH, HEIGHT)), "PNG", transparency=0 if mode == "L" else (0, 0, 0))
    assert (photos.decode(content) == 255).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_ink_becomes_light(kind):
    content = encoded(PICTURE.convert("CMYK"), kind, **({"quality": 98} if kind == "JPEG" else {}))
    assert difference(photos.decode(content), PIXELS) <= 6


def test_ycck_from_photoshop_becomes_light():
    ycc = 255 - np.asarray(Image.fromarray(255 - PIXELS).convert("YCbCr"))
    stored = Image.fromarray(np.dstack([ycc, np.zeros_like(X, np.uint8)]), "CMYK")
    content = bytearray(encoded(stored, "JPEG", quality=98))
    content[content.index(b"Adobe") + 11] = 2  # the transform of YCCK
    assert difference(photos.decode(bytes(content)), PIXELS) <= 6


@pytest.mark.parametrize("size", [(1, 1), (12_000, 200), (200, 12_000), (1, 70_000)])
def test_extreme_shapes_work(size):
    photo = photos.decode(encoded(Image.new("RGB", size, (10, 20, 30)), "PNG"))
    assert difference(photo, np.full((size[1], size[0], 3), [10, 20, 30])) == 0


# ---- which way is up


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_comes_out_as_a_viewer_shows_it(kind, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    plain = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    content = encoded(PICTURE, kind, exif=exif, **plain)
    with Image.open(io.BytesIO(content)) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    assert expected.shape == ((64, 48, 3) if orientation > 4 else (48, 64, 3))
    assert difference(photos.decode(content), expected) == 0


def test_an_upside_down_phone_photo_comes_out_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    assert difference(photos.decode(encoded(PICTURE.rotate(180), "PNG", exif=exif)), PIXELS) == 0


def test_a_phone_photo_on_its_side_comes_out_upright():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    on_its_side = PICTURE.transpose(Image.Transpose.ROTATE_90)
    assert difference(photos.decode(encoded(on_its_side, "PNG", exif=exif)), PIXELS) == 0


def test_a_large_photo_is_turned_without_a_seam_between_strips():
    rows, columns = 700, 900
    stored = np.random.default_rng(0).integers(0, 256, (rows, columns, 3), np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 8
    photo = photos.decode(encoded(Image.fromarray(stored), "PNG", exif=exif, compress_level=0))
    assert difference(photo, np.rot90(stored)) == 0


@pytest.mark.parametrize("exif", [b"Exif\0\0MM broken", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\xff" * 40])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_ignored(exif):
    assert difference(photos.decode(encoded(PICTURE, "PNG", exif=exif)), PIXELS) == 0


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_ignored(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert difference(photos.decode(encoded(PICTURE, "PNG", exif=exif)), PIXELS) == 0


# ---- colour profiles


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_an_embedded_profile_is_converted_to_srgb(kind):
    red = Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0))
    photo = photos.decode(encoded(red, kind, icc_profile=swapped_profile()))
    assert difference(photo, np.full_like(PIXELS, [0, 255, 0])) <= 3


def test_a_profile_holds_under_transparency_and_palettes_too():
    red = Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0))
    for mode in ("RGBA", "P"):
        photo = photos.decode(encoded(red.convert(mode), "PNG", icc_profile=swapped_profile()))
        assert difference(photo, np.full_like(PIXELS, [0, 255, 0])) <= 1


def test_an_srgb_profile_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert difference(photos.decode(encoded(PICTURE, "PNG", icc_profile=srgb)), PIXELS) == 0


@pytest.mark.parametrize("broken", [b"no profile", swapped_profile()[:200], swapped_profile()[:128] + bytes(400)])
def test_a_broken_profile_is_ignored(broken):
    assert difference(photos.decode(encoded(PICTURE, "PNG", icc_profile=broken)), PIXELS) == 0


def test_a_colour_profile_on_a_gray_photo_is_ignored():
    gray = PICTURE.convert("L")
    photo = photos.decode(encoded(gray, "PNG", icc_profile=swapped_profile()))
    assert difference(photo, np.dstack([gray] * 3)) == 0


# ---- what is refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"the photo is empty \(0 bytes\); choose another file"),
        (b"Dear diary, today", r"17 bytes beginning with b'Dear diary, '\); use JPEG, PNG"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "not a photo that handseg can read \\(52 bytes"),
        (b"\0\0\0\x18ftypheic" + bytes(40), r"the photo is damaged or cut short \(.+\); save or download it again"),
        (SAMPLES["jpeg"][:900], r"cut short \(image file is truncated .*\); save or download it again"),
        (encoded(Image.new("F", (WIDTH, HEIGHT)), "TIFF"), r"32-bit pixels \(mode F\); save it with 8 or 16 bits"),
    ],
)
def test_the_message_says_what_came_and_what_to_do(content, message):
    with pytest.raises(PhotoError, match=message):
        photos.decode(content)


def header_only(width: int, height: int, kind: str) -> bytes:
    """Forge the size in the header of a tiny photo."""
    content = bytearray(encoded(Image.new("L", (1, 1)), kind))
    if kind == "PNG":
        content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    elif kind == "BMP":
        content[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    else:
        frame = content.index(b"\xff\xc0")
        content[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(content)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_more_than_50_megapixels_are_refused_by_the_header(kind):
    with pytest.raises(PhotoError, match=r"9000 x 6000 is 54\.0 megapixels\); scale it down to at most 50 megapixels"):
        photos.decode(header_only(9000, 6000, kind))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "JPEG"])
def test_a_decompression_bomb_is_refused_by_the_header(kind):
    with pytest.raises(PhotoError, match=r"too large \(over 179 megapixels\); scale it down to at most 50 mega"):
        photos.decode(header_only(60_000, 60_000, kind))


def test_exactly_the_largest_size_is_not_refused_for_its_size(monkeypatch):
    monkeypatch.setattr(photos, "MAX_PIXELS", HEIGHT * WIDTH)
    assert difference(photos.decode(encoded(PICTURE, "PNG")), PIXELS) == 0
    with pytest.raises(PhotoError, match="too large"):
        photos.decode(encoded(PICTURE.resize((WIDTH + 1, HEIGHT)), "PNG"))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_photo_cut_short_is_whole_or_refused_and_never_half_gray(name):
    content, whole = SAMPLES[name], photos.decode(SAMPLES[name])
    for length in (*range(0, len(content), 97), *range(len(content) - 20, len(content))):
        with contextlib.suppress(PhotoError):
            assert np.array_equal(photos.decode(content[:length]), whole)


def test_a_heic_photo_with_an_unreadable_item_type_is_refused_and_the_process_lives():
    with pytest.raises(PhotoError, match="damaged or cut short"):
        photos.decode(SAMPLES["turned heic"].replace(b"\0Exif\0", b"\0\xffxif\0", 1))


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    st.booleans(),
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_damaged_bytes_give_a_photo_or_a_photo_error_and_nothing_else(name, damages, only_header):
    content = bytearray(SAMPLES[name])
    for place, value in damages:
        content[int(place * (min(200, len(content)) if only_header else len(content)))] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos, "MAX_PIXELS", 500_000)  # damaged headers may claim large sizes; keep the test light
        try:
            photo = photos.decode(bytes(content))
        except PhotoError:
            return
    assert difference(photo, np.zeros((*photo.shape[:2], 3))) <= 255


# ---- files and folders


def test_reading_a_file_gives_its_photo(tmp_path):
    (tmp_path / "hand.png").write_bytes(encoded(PICTURE, "PNG"))
    assert difference(photos.read(tmp_path / "hand.png"), PIXELS) == 0


def test_reading_names_the_file_that_is_no_photo(tmp_path):
    (tmp_path / "letter.jpg").write_text("Dear diary")
    with pytest.raises(PhotoError, match=r"letter\.jpg: this is not a photo that handseg can read \(10 bytes"):
        photos.read(tmp_path / "letter.jpg")


def test_reading_a_missing_file_or_a_folder_names_it(tmp_path):
    for path in (tmp_path / "missing.jpg", tmp_path, Path("nul\0l.jpg")):
        with pytest.raises(PhotoError, match=r"cannot be read \(.+\); check the name and its permissions") as caught:
            photos.read(path)
        assert str(caught.value).startswith(f"{path}: ")


def test_finding_lists_files_as_they_are_and_folders_sorted_without_what_is_hidden(tmp_path):
    names = ["b/z.JPG", "b/a.heic", "a.png", ".hidden.png", ".cache/x.png", "notes.txt", "b/._a.jpg", "c.webp/d.gif"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    given_paths = [tmp_path / "notes.txt", tmp_path, tmp_path / "missing.jpg"]
    found = [str(path.relative_to(tmp_path)) for path in photos.find(given_paths)]
    assert found == ["notes.txt", "a.png", "b/a.heic", "b/z.JPG", "c.webp/d.gif", "missing.jpg"]


def test_finding_in_a_hidden_folder_that_was_named_works(tmp_path):
    (tmp_path / ".photos").mkdir()
    (tmp_path / ".photos" / "a.jpg").touch()
    assert photos.find([tmp_path / ".photos"]) == [tmp_path / ".photos" / "a.jpg"]


# ---- PNG out


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 13), st.sampled_from([3, 4]))))
def test_encoded_pixels_come_back_unchanged(pixels):
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(photos.encode_png(pixels)))), pixels)


@pytest.mark.parametrize("wrong", [np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3)), np.zeros((0, 64, 3), np.uint8)])
def test_encoding_refuses_what_is_not_a_picture(wrong):
    with pytest.raises(TypeError, match=r"a picture is uint8 \(H, W, 3\) or \(H, W, 4\), not"):
        photos.encode_png(wrong)


# ---- a good neighbour


def test_no_metadata_leaves_with_the_png():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a phone"
    out = Image.open(io.BytesIO(photos.encode_png(photos.decode(encoded(PICTURE, "PNG", exif=exif)))))
    assert not out.info


def test_many_threads_may_decode_at_once():
    contents = [SAMPLES[name] for name in sorted(SAMPLES)] * 4
    one_by_one = [photos.decode(content) for content in contents]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(photos.decode, contents))
    assert all(np.array_equal(a, b) for a, b in zip(one_by_one, at_once, strict=True))


def test_decoding_leaves_pillow_as_it_was_and_importing_stays_cheap():
    script = """
import sys
from handseg import photos
from PIL import Image
loaded = {name for name in ("torch", "pi_heif", "PIL.ImageCms") if name in sys.modules}
photos.read(photos.Path(sys.argv[1]))
print(loaded, "HEIF" in Image.OPEN, Image.MAX_IMAGE_PIXELS)
"""
    command = [sys.executable, "-c", script, str(FIXTURES / "upright.heic")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "False", str(Image.MAX_IMAGE_PIXELS)]
