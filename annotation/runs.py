"""Masks on the wire: the lengths of their runs, exact and small whatever the photo's size.

Row by row from the top left, the runs alternate between background and hand, beginning with background (of length 0 if
the first pixel is hand). Each length is an unsigned LEB128 number: seven bits per byte, lowest first, the eighth bit
set on all but its last byte. A mask has exactly one such form, so that equal masks have equal digests in the browser
and on the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import numpy as np
from numpy.typing import NDArray

from handseg.errors import HandsegError
from handseg.masks import Mask, check_mask

LONGEST = 5
"""Bytes of a length: 35 bits, more than any photo has pixels."""


class RunsError(HandsegError):
    """The bytes are not the runs of a mask of this size."""


def to_runs(mask: Mask) -> bytes:
    """The runs of a mask, bool (H, W). Its inverse is `from_runs`.

    >>> to_runs(np.array([[0, 0, 1], [1, 1, 1]], bool)).hex()
    '0204'
    """
    check_mask(mask)
    flat = np.ravel(mask)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate([[0], changes, [flat.size]])
    lengths = np.diff(edges)
    return _leb128(np.concatenate([[0], lengths]) if flat[0] else lengths)


def from_runs(runs: bytes, height: int, width: int) -> Mask:
    """The mask, bool (height, width), that `runs` describe.

    Raises:
        RunsError: a length is cut short, longer than any photo or not in its shortest form, a run in the middle is
            empty, or the lengths do not add up to height x width.
    """
    # Each byte is one pixel or more, but for an empty first run; longer bytes are not worth the memory to read them.
    if len(runs) > height * width + 1:
        raise RunsError(f"the mask has {len(runs)} bytes, more than one of {width} x {height} pixels; send it again")
    lengths = _lengths(runs)
    if (lengths[1:] == 0).any():
        raise RunsError("the mask has an empty run in the middle; send it again")
    if (total := int(lengths.sum())) != height * width:
        raise RunsError(f"the mask has {total} pixels and the photo {width} x {height} = {width * height}")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(height, width)


def digest(runs: bytes) -> str:
    """The sha256 by which browser and server agree that they hold the same mask, as 64 hex digits."""
    return hashlib.sha256(runs).hexdigest()


def to_text(mask: Mask) -> str:
    """The runs of a mask for JSON, in base64. Its inverse is `from_text`."""
    return base64.b64encode(to_runs(mask)).decode("ascii")


def from_text(text: object, height: int, width: int) -> Mask:
    """The mask in a JSON value; raises RunsError for anything that is not the mask of a (height, width) photo."""
    return from_runs(bytes_of(text), height, width)


def bytes_of(text: object) -> bytes:
    """The runs in a JSON value; raises RunsError if it is no base64 text."""
    if not isinstance(text, str):
        raise RunsError(f"a mask is a text in base64, not {type(text).__name__}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RunsError(f"the mask is not in base64 ({error}); send it again") from error


def _leb128(lengths: NDArray[np.int64]) -> bytes:
    # A byte for each place of each number, of which those beyond the highest are left out.
    used = np.stack([lengths >= (place and 1 << 7 * place) for place in range(LONGEST)], axis=1)
    sevens = np.stack([(lengths >> 7 * place & 127).astype(np.uint8) for place in range(LONGEST)], axis=1)
    sevens[:, :-1] |= used[:, 1:].view(np.uint8) << 7
    return sevens[used].tobytes()


def _lengths(runs: bytes) -> NDArray[np.int64]:
    numbers = np.frombuffer(runs, np.uint8).astype(np.int64)
    if not numbers.size or numbers[-1] > 127:
        raise RunsError("the mask is cut short; send it again")
    last = np.flatnonzero(numbers < 128)
    first = np.concatenate([[0], last[:-1] + 1])
    if (last - first).max() >= LONGEST:
        raise RunsError("the mask has a run that is longer than any photo; send it again")
    if ((numbers[last] == 0) & (last > first)).any():
        raise RunsError("the mask is not in its shortest form; send it again")
    place = np.arange(numbers.size) - np.repeat(first, last - first + 1)
    return np.add.reduceat((numbers & 127) << (7 * place), first)
