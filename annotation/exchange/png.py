"""Two folders of pictures, for everything that reads files.

<folder>/
    images/<photo_id>.jpg|png
    masks/<photo_id>.png        0 background, 255 hand
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from annotation.exchange.drawing import draw_png
from annotation.exchange.errors import ExchangeError, PairError
from annotation.exchange.folder import Folder
from annotation.exchange.incoming import Found, Incoming
from annotation.exchange.outgoing import Outgoing
from handseg import photos

ABOUT = """
`images/<photo_id>.jpg` or `.png` is a photo, `masks/<photo_id>.png` its mask, in 8-bit gray: 0 is background, 255 is
hand. A photo without hands has an empty mask.
"""


def write(folder: Folder, items: Iterable[Outgoing]) -> list[str]:
    """Write the photos and masks, each mask before its photo; there is nothing to report."""
    for item in items:
        write_pair(folder, item)
    return []


def write_pair(folder: Folder, item: Outgoing) -> None:
    """Write a mask and its photo."""
    folder.put(f"masks/{item.photo_id}.png", item.mask_png)
    folder.put(f"images/{item.image_name}", item.image)


def read(folder: Path) -> Found:
    """The photos in `images` and in folders in it, with the masks of the same places and stems in `masks`.

    `.png` may be in upper case, too. Raises ExchangeError if there is no folder `images`.
    """
    if not (folder / "images").is_dir():
        raise ExchangeError(f"there is no folder {folder / 'images'}; put the photos there, and their masks into masks")
    found = Found()
    paths = photos.find([folder / "images"])
    drawn = photos.find([folder / "masks"] if (folder / "masks").is_dir() else [])
    in_lower_case = {path.with_suffix(path.suffix.lower()): path for path in drawn}
    expected = {path: _mask_path(folder, path) for path in paths}
    masks = {path: in_lower_case.get(mask, mask) for path, mask in expected.items()}
    sharing = Counter(masks.values())
    for path, mask in masks.items():
        with found.complaining(str(path)):
            if sharing[mask] > 1:
                raise PairError(f"several photos have the mask {mask}; rename them and give each its own")
            if not mask.is_file():
                raise PairError(f"it has no mask {mask}; draw one, or an empty one if it shows no hand")
            found.add(Incoming(path, path.relative_to(folder).as_posix(), partial(draw_png, mask)))
    found.complaints += [
        f"{path}: it has no photo of the same name in {folder / 'images'}; was one of them renamed?"
        for path in drawn
        if path not in sharing
    ]
    return found


def _mask_path(folder: Path, photo: Path) -> Path:
    inner = photo.relative_to(folder / "images")
    return folder / "masks" / inner.with_name(f"{inner.stem}.png")
