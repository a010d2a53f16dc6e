"""A JPEG without its metadata: what is needed to decode it stays as it is, bit for bit.

A JPEG is a row of segments: a marker (0xFF and a code), and mostly a length of two bytes and as many bytes less two.
After a start-of-scan segment comes compressed data, in which 0xFF is followed by 0 or by a restart marker. See ITU-T
T.81, annex B.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
# Restart markers and TEM have no length; between segments they mean nothing.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
# Huffman tables, scans, quantisation tables, lines, restart interval.
_TABLES = frozenset({0xC4, _SCAN, 0xDB, 0xDC, 0xDD})
# Baseline, extended and progressive: what every browser shows. Arithmetic coding and lossless modes are not.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8}
_DATA_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def without_metadata(content: bytes) -> bytes:
    """The JPEG with its compressed data as it is, but without EXIF, profiles, comments, and what follows its end.

    Of the application segments, JFIF's and Adobe's stay, without thumbnail: they tell decoders what the colours mean.

    Raises:
        ValueError: its segments cannot be followed, or it is of a kind that browsers do not show alike: four colours,
            arithmetic coding, or lossless.
    """
    if content[:2] != _START:
        raise ValueError(f"a JPEG begins with ff d8, not {content[:2].hex(' ')}")
    kept = [_START]
    for code, body, data in _segments(content):
        if code in _OTHER_FRAMES or (code in _FRAMES and body[5:6] not in (b"\x01", b"\x03")):
            raise ValueError(f"a frame {code:x} of {body[5:6].hex()} colours is not shown alike by browsers")
        if code == 0xE0 and body.startswith(b"JFIF\0"):
            body = body[:12] + b"\0\0"  # the thumbnail has no rows and columns
        elif code == 0xEE and body.startswith(b"Adobe"):
            body = body[:12]
        elif code not in _TABLES | _FRAMES:
            continue
        kept += [bytes((0xFF, code)), (len(body) + 2).to_bytes(2, "big"), body, data]
    return b"".join([*kept, _END])


def _segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Code, body, and the compressed data that follows, of each segment up to the end of the (first) picture."""
    place = 2
    while True:
        # Decoders skip what lies between segments, so it must not hide anything.
        place = content.find(b"\xff", place)
        code = content[place + 1] if 0 <= place < len(content) - 1 else _END[1]
        if code == _END[1]:
            return
        if code in _BARE or code in (0x00, 0xFF):
            place += 1 if code == 0xFF else 2
            continue
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        end = place + 2 + length
        if length < 2 or end > len(content):
            raise ValueError(f"the segment {code:x} at byte {place} claims {length} bytes")
        data_end = _data_end(content, end) if code == _SCAN else end
        yield code, content[place + 4 : end], content[end:data_end]
        place = data_end


def _data_end(content: bytes, start: int) -> int:
    found = _DATA_END.search(content, start)
    return found.start() if found else len(content)
