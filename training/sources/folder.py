"""A plain folder of photos and masks, and of photos without hands.

ROOT/images/<name>.jpg, ROOT/images/<group>/<name>.jpg     photos of any kind; those of a folder stay together
ROOT/masks/<name>.png, ROOT/masks/<group>/<name>.png       0 background, 255 hand, and 127 where it is not known

Without ROOT/masks, ROOT (or ROOT/images) has photos without hands.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from handseg import photos
from handseg.turning import upright
from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.labels import Label
from training.sources.policies import check, settle
from training.sources.protocol import Entry, Found, Wishes, read_file, readable


def find(place: str, wishes: Wishes) -> Found:
    """The photos that have a mask, or all of them if there is no folder of masks.

    Raises:
        SourceError: there are no photos, or nobody says under which licence they are.
        PolicyError: the masks have arms in them, and these shall not be ignored.
    """
    root = Path(place).expanduser()
    masks = root / "masks" if (root / "masks").is_dir() else None
    images = root / "images" if masks or (root / "images").is_dir() else root
    pairs, left_out = paired(images, masks)
    if not pairs and not left_out:
        raise SourceError(f"there are no photos in {place}; looked in {images}; a folder has images/ and masks/")
    terms = wishes.named(root.resolve().name, root)
    if masks:
        check(terms.label_policy, wishes.ignore_arms)
    if not pairs:
        raise SourceError(f"no photo in {images} has a mask in {masks}; a mask has the photo's name, and ends on .png")
    entries = [_entry(images, mask, photo, terms) for photo, mask in pairs.items()]
    return Found(len(entries), entries, tuple(map(readable, left_out)))


def paired(images: Path, masks: Path | None) -> tuple[dict[Path, Path | None], list[str]]:
    """The photos below `images` with their masks below `masks`, and in words, what is left out: photos without a mask
    of their own. Without `masks`, all photos are taken, and none shows a hand."""
    found = photos.find([images]) if images.is_dir() else []
    if not masks:
        return dict.fromkeys(found), []
    pairs = {photo: _mask_of(masks, photo.relative_to(images)) for photo in found}
    sharing = Counter(pairs.values())
    left_out = [f"{photo.relative_to(images)}: has no mask" for photo, mask in pairs.items() if not mask]
    left_out += [
        f"{photo.relative_to(images)}: has the mask {mask.relative_to(masks)} together with another photo; rename them"
        for photo, mask in pairs.items()
        if mask and sharing[mask] > 1
    ]
    return {photo: mask for photo, mask in pairs.items() if mask and sharing[mask] == 1}, left_out


def read_pair(photo: Path, mask: Path | None) -> tuple[bytes, Label]:
    """The file of a photo, and its label, (H, W) uint8, of the upright photo; without a mask, there is no hand.

    Raises:
        SourceError: the photo's file cannot be read.
        PhotoError: it is no photo, or the mask cannot be read, or does not fit.
    """
    image = read_file(photo)
    size = labels.size_of(image)
    return image, upright(labels.read_label(mask), image, size) if mask else np.zeros(size, np.uint8)


def _entry(images: Path, mask: Path | None, photo: Path, terms: Terms) -> Entry:
    name = photo.relative_to(images)
    group = readable(f"{terms.source}/{name.parent.as_posix()}") if name.parent.parts else ""
    told = readable(name.as_posix())
    return Entry(told, partial(_read, photo, mask, told, group, terms))


def _read(photo: Path, mask: Path | None, name: str, group: str, terms: Terms) -> Example:
    image, label = read_pair(photo, mask)
    return Example.of(name, image, settle(label, terms.label_policy), group, terms)


def _mask_of(masks: Path, name: Path) -> Path | None:
    path = (masks / name).with_suffix(".png")
    return path if path.is_file() else None
