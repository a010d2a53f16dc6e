"""A folder for `datasets.load_dataset("imagefolder", data_dir=<folder>)`, with columns `image` and `mask`.

<folder>/
    images/<photo_id>.jpg|png
    masks/<photo_id>.png        0 background, 255 hand
    metadata.jsonl              a line for each photo
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from annotation.exchange.drawing import draw_png
from annotation.exchange.errors import ExchangeError, PairError
from annotation.exchange.facts import facts_in, facts_of
from annotation.exchange.folder import Folder
from annotation.exchange.incoming import Found, Incoming, below, content_of
from annotation.exchange.outgoing import Outgoing
from annotation.exchange.png import write_pair

METADATA = "metadata.jsonl"
ABOUT = """
Load it with `datasets.load_dataset("imagefolder", data_dir=...)`. `image` is a photo, `mask` its mask, in 8-bit gray: 0
is background, 255 is hand. A photo without hands has an empty mask. Photos of one `group_id` belong together: keep them
on one side when you split for training. `licence` is an SPDX identifier.
"""


def write(folder: Folder, items: Iterable[Outgoing]) -> list[str]:
    """Write the photos, masks and `METADATA`; there is nothing to report."""
    lines = []
    for item in items:
        write_pair(folder, item)
        lines.append(f"{json.dumps(_line(item), ensure_ascii=False)}\n")
    folder.put(METADATA, "".join(lines).encode())
    return []


def read(folder: Path) -> Found:
    """The photos that `METADATA` in the folder, and in folders in it, name with their masks.

    Raises ExchangeError if there is none.
    """
    paths = sorted(folder.rglob(METADATA))
    if not paths:
        raise ExchangeError(f"there is no {METADATA} in {folder}; each of its lines has file_name and mask_file_name")
    found = Found()
    for path in paths:
        lines = enumerate(content_of(path).splitlines(), start=1)
        for number, line in ((number, line) for number, line in lines if line.strip()):
            with found.complaining(f"{path}, line {number}"):
                found.add(_pair(folder, path.parent.relative_to(folder), line))
    return found


def _line(item: Outgoing) -> dict[str, object]:
    return {
        "file_name": f"images/{item.image_name}",
        "mask_file_name": f"masks/{item.photo_id}.png",
        "photo_id": item.photo_id,
        **vars(facts_of(item.photo)),
        "height": item.photo.height,
        "width": item.photo.width,
    }


def _pair(folder: Path, inner: Path, line: bytes) -> Incoming:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PairError(f"it is not JSON ({error}); write it again") from error
    if not isinstance(values, dict) or not {"file_name", "mask_file_name"} <= values.keys():
        raise PairError("it lacks file_name or mask_file_name; give both")
    photo, mask = (below(folder, inner, values[name]) for name in ("file_name", "mask_file_name"))
    return Incoming(folder / photo, photo.as_posix(), partial(draw_png, folder / mask), facts_in(values))
