"""Photo intake happens once: bytes go in, upright 8-bit sRGB pixels come out, and no metadata is kept.

The limit on pixels is checked on the header, before any pixel is decoded. Pixels then go strip by strip from the
decoder's picture to their upright place, so that turning, transparency, deep pixels and colour profiles cost no copy.
"""

from __future__ import annotations

import io
import os
import re
import warnings
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageColor, UnidentifiedImageError

from handseg.errors import PhotoError

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

Value = TypeVar("Value", np.bool_, np.uint8)

Photo = NDArray[np.uint8]
"""(H, W, 3) RGB, upright, sRGB."""

JPEG = b"\xff\xd8\xff"
"""How every JPEG begins."""

MOST_JPEG_SIDE = 65_500
"""Pixels; a JPEG has no longer side."""

MAX_PIXELS = 50_000_000
EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".tif", ".tiff", ".bmp"})

_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")
_HEIC_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split())
_SRGB_NAMES = frozenset({"sRGB IEC61966-2.1", "sRGB built-in", "sRGB"})
_STRIP_PIXELS = 1 << 18
# EXIF orientation -> how rows and columns of the stored picture run in the upright one; 5 to 8 also swap them.
_STEPS = {1: (1, 1), 2: (1, -1), 3: (-1, -1), 4: (-1, 1), 5: (1, 1), 6: (-1, 1), 7: (-1, -1), 8: (1, -1)}


def decode(content: bytes, behind: str = "white") -> Photo:
    """Decode a JPEG, PNG, WebP, HEIC, GIF (first frame), TIFF or BMP to (H, W, 3) uint8 RGB, upright, in sRGB.

    Transparent parts are shown over `behind`, a name of a colour; 16-bit pixels keep their high byte; colours are
    converted with the embedded profile, and a profile that is broken or does not fit is ignored.

    Raises:
        PhotoError: empty, no photo, damaged or cut short, more than `MAX_PIXELS`, or 32 bits per channel.
    """
    if not content:
        raise PhotoError("the photo is empty (0 bytes); choose another file, or download it again")
    try:
        image = _open(content)
        _check(image)
        image.load()
        return _upright(image, behind)
    except PhotoError:
        raise
    except Exception as error:  # decoders raise nearly every kind of exception on damaged bytes
        raise _refusal(content, error) from error


def read(path: Path) -> Photo:
    """Decode the photo in a file, see `decode`.

    Raises:
        PhotoError: the file cannot be read or decoded; the message begins with its path.
    """
    try:
        return decode(path.read_bytes())
    except PhotoError as error:
        raise PhotoError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"{path}: cannot be read ({reason}); check the name and its permissions") from error


def find(paths: Iterable[Path]) -> list[Path]:
    """The photos meant by `paths`: files as they are, folders as the sorted photos anywhere below them.

    In folders only files with one of `EXTENSIONS` count, in upper or lower case, and hidden files and folders are
    skipped. What does not exist or cannot be opened is kept, for `read` to report.
    """
    return [photo for path in paths for photo in (_photos_below(path) if os.path.isdir(path) else [path])]


def leave_warnings_to_us() -> None:
    """For programs that people call: Pillow warns of too many pixels, and `decode` says what to do about them."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W, 3) RGB or (H, W, 4) RGBA uint8 pixels, H and W at least 1, as a PNG without metadata.

    Raises:
        TypeError: `pixels` has another shape or dtype.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
        raise TypeError(f"a picture is uint8 (H, W, 3) or (H, W, 4), not {pixels.dtype} {pixels.shape}")
    file = io.BytesIO()
    # On photos and cut-outs run lengths are as small as the default (level 6), in a half to a fifth of its time.
    Image.fromarray(pixels).save(file, "PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()


def encode_jpeg(photo: Photo, quality: int, subsampling: str = "4:2:0") -> bytes:
    """Encode a (H, W, 3) photo, no side longer than `MOST_JPEG_SIDE`, as a JPEG; 4:4:4 keeps colours at full size."""
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return file.getvalue()


def suffix_of(content: bytes) -> str:
    """ ".jpg" for a JPEG, or else ".png", by the first bytes.

    >>> suffix_of(b"\\xff\\xd8\\xff\\xe0")
    '.jpg'
    """
    return ".jpg" if content.startswith(JPEG) else ".png"


def _photos_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    # A folder that cannot be listed stays in the list, as a file that cannot be opened does: both are reported.
    walk = os.walk(folder, onerror=lambda error: found.append(Path(error.filename)))
    for root, folders, files in walk:
        folders[:] = [name for name in folders if not name.startswith(".")]
        photos = [name for name in files if not name.startswith(".") and Path(name).suffix.lower() in EXTENSIONS]
        found.extend(Path(root, name) for name in photos)
    return sorted(found)


def _open(content: bytes) -> Image.Image:
    """Read the header. HEIC is opened by its own class, as registering it would change Pillow for the whole process."""
    if content[4:8] != b"ftyp" or content[8:12] not in _HEIC_BRANDS:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    try:
        from pi_heif import HeifImageFile
    except ImportError as error:
        raise PhotoError("HEIC photos need the package pi-heif; install it with: pip install pi-heif") from error
    _check_heic_items(content)
    image: Image.Image = HeifImageFile(io.BytesIO(content))
    return image


def _check_heic_items(content: bytes) -> None:
    """Refuse what crashes pi-heif 1.4, and with it the process: an item whose type or content type is not UTF-8."""
    for box in re.finditer(rb"(?s)(.{4})infe[\x02\x03]", content):
        end = box.start() + int.from_bytes(box[1], "big")
        content[box.start() + 16 : end].decode()  # after size, "infe", version, flags, item and protection numbers


def _check(image: Image.Image) -> None:
    """Refuse, by the header, what must not or cannot be decoded."""
    if (pixels := image.width * image.height) > MAX_PIXELS:
        raise _too_large(f"{image.width} x {image.height} is {pixels / 1e6:.1f} megapixels")
    if image.mode in ("I", "F"):
        raise PhotoError(f"the photo has 32-bit pixels (mode {image.mode}); save it with 8 or 16 bits per channel")


def _refusal(content: bytes, error: Exception) -> PhotoError:
    """Say for people what an exception of a decoder means."""
    if isinstance(error, Image.DecompressionBombError):  # raised at twice Pillow's own limit, which is above ours
        return _too_large(f"over {2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} megapixels")
    if isinstance(error, UnidentifiedImageError):
        start = f"{len(content)} bytes beginning with {content[:12]!r}"
        return PhotoError(
            f"this is not a photo that handseg can read ({start}); use JPEG, PNG, WebP, HEIC, GIF, TIFF or BMP"
        )
    reason = str(error) or type(error).__name__
    return PhotoError(f"the photo is damaged or cut short ({reason}); save or download it again")


def _too_large(reason: str) -> PhotoError:
    return PhotoError(f"the photo is too large ({reason}); scale it down to at most {MAX_PIXELS / 1e6:g} megapixels")


def _upright(image: Image.Image, behind: str) -> Photo:
    """Convert a loaded picture to sRGB and turn it, strip by strip: the only full-size array is the result."""
    # Their decoders have turned the picture already.
    orientation = 1 if image.format in ("HEIF", "TIFF") else exif_orientation(image)
    transform = _srgb_transform(image)
    width, height = image.size
    upright = np.empty((width, height, 3) if orientation > 4 else (height, width, 3), np.uint8)
    stored = as_stored(upright, orientation)
    tags = image.tag_v2 if image.format == "TIFF" else {}
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = _opaque(image.crop((0, top, width, min(top + rows, height))), tags, behind)
        stored[top : top + rows] = np.asarray(transform.apply(strip) if transform else strip.convert("RGB"))
    return upright


def as_stored(upright: NDArray[Value], orientation: int) -> NDArray[Value]:
    """View an upright array, (H, W) or (H, W, C), as it lies in a file of this EXIF orientation; 5 to 8 swap axes."""
    down, right = _STEPS[orientation]
    turned = upright.swapaxes(0, 1) if orientation > 4 else upright
    return turned[::down, ::right]


def exif_orientation(image: Image.Image) -> int:
    """How the pixels lie in the file, 1 to 8 (CIPA DC-008, 4.6.4, tag 0x0112); broken EXIF counts as 1."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        return orientation if orientation in _STEPS else 1
    except Exception:  # the parser raises nearly every kind of exception
        return 1


def _opaque(strip: Image.Image, tags: Mapping[int, Any], behind: str) -> Image.Image:
    """Convert any mode to L, RGB or CMYK: 16 bits to their high byte, transparent parts over `behind`."""
    if strip.mode.startswith("I;16"):
        return Image.fromarray(_high_byte(strip, tags, behind))
    if not strip.has_transparency_data:
        return strip.convert(_opaque_mode(strip.mode))
    rgba = strip.convert("RGBA")
    shown = Image.new("RGB", strip.size, behind)
    shown.paste(rgba, mask=rgba.getchannel("A"))
    return shown.convert(_opaque_mode(strip.mode))


def _high_byte(strip: Image.Image, tags: Mapping[int, Any], behind: str) -> NDArray[np.uint8]:
    """Of gray pixels of up to 16 bits; TIFFs say in their `tags` how many they are, and whether 0 is white."""
    pixels, clear = np.asarray(strip), strip.info.get("transparency")
    gray = (pixels >> (tags.get(ExifTags.Base.BitsPerSample, (16,))[0] - 8)).astype(np.uint8)
    if tags.get(ExifTags.Base.PhotometricInterpretation) == 0:
        gray = 255 - gray
    return gray if clear is None else np.where(pixels == clear, np.uint8(ImageColor.getcolor(behind, "L")), gray)


def _opaque_mode(mode: str) -> str:
    if mode == "CMYK":
        return "CMYK"
    return "L" if mode in ("1", "L", "LA", "La") or mode.startswith("I;16") else "RGB"


def _srgb_transform(image: Image.Image) -> ImageCmsTransform | None:
    """Build the way from the embedded profile to sRGB; None where there is nothing to convert, or no usable profile."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.profile_description in _SRGB_NAMES:
            return None
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        return ImageCms.ImageCmsTransform(source, srgb, _opaque_mode(image.mode), "RGB")
    except Exception:  # a broken profile must not cost the photo
        return None
