"""COCO, for detectors and annotation programs, without loss: masks as run lengths.

<folder>/
    images/<photo_id>.jpg|png
    annotations.json            an annotation for each connected part of hand; none for a photo without hands
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from annotation.exchange.errors import ExchangeError, PairError
from annotation.exchange.facts import facts_in, facts_of
from annotation.exchange.folder import Folder
from annotation.exchange.incoming import Drawn, Found, Incoming, below, content_of
from annotation.exchange.outgoing import Outgoing
from handseg.coco import (
    ANNOTATIONS,
    CocoError,
    CocoImage,
    Entry,
    annotated_images,
    area_and_box,
    find_file,
    load_file,
    to_segments,
)

HAND = "hand"
ABOUT = """
`annotations.json` is in the COCO format. Each annotation is a connected part of hand, as compressed run lengths: all
those of a photo together are its mask, pixel by pixel. Two hands that touch are one part, and a hand behind an object
may be several. A photo without hands has no annotation. Photos of one `group_id` belong together: keep them on one side
when you split for training.
"""


def write(folder: Folder, items: Iterable[Outgoing]) -> list[str]:
    """Write the photos and `ANNOTATIONS`; there is nothing to report."""
    images: list[Entry] = []
    annotations: list[Entry] = []
    licences: dict[str, int] = {}
    for item in items:
        folder.put(f"images/{item.image_name}", item.image)
        licence = licences.setdefault(item.photo.licence, len(licences) + 1)
        images.append(_image(item, len(images) + 1, licence))
        annotations += _annotations(item, len(images), len(annotations) + 1)
    whole = {
        "info": {"description": "Photos of hands with masks, exported by handseg"},
        "licenses": [{"id": number, "name": name, "url": ""} for name, number in licences.items()],
        "categories": [{"id": 1, "name": HAND, "supercategory": "person"}],
        "images": images,
        "annotations": annotations,
    }
    folder.put(ANNOTATIONS, json.dumps(whole, ensure_ascii=False).encode())
    return []


def read(folder: Path, categories: Collection[str] = (HAND,)) -> Found:
    """The photos that a COCO file in `folder` names, with all that it says of the categories called so.

    Photos are looked for in `images`, and beside that folder.

    Raises:
        ExchangeError: there is not one such file, it is no COCO, or it lacks a category.
    """
    try:
        path = find_file(folder)
        whole = load_file(path, content_of(path))
        images, strays = annotated_images(path, whole, categories)
    except CocoError as error:
        raise ExchangeError(str(error)) from error
    found = Found()
    for image in images:
        with found.complaining(f"{path}, image {image.id}"):
            found.add(_pair(folder, image))
    found.complaints += [f"{path}: {each}" for each in strays]
    return found


def _image(item: Outgoing, number: int, licence: int) -> Entry:
    photo = item.photo
    size = {"height": photo.height, "width": photo.width}
    numbers = {"id": number, "license": licence}
    return {**numbers, "file_name": item.image_name, **size, "photo_id": item.photo_id, **vars(facts_of(photo))}


def _annotations(item: Outgoing, image: int, first: int) -> list[Entry]:
    annotations = []
    for number, segment in enumerate(to_segments(item.mask), start=first):
        area, box = area_and_box(segment)
        known = {"id": number, "image_id": image, "category_id": 1, "iscrowd": 0}
        annotations.append({**known, "area": area, "bbox": box, "segmentation": segment})
    return annotations


def _pair(folder: Path, image: CocoImage) -> Incoming:
    image.check()
    path = _place(folder, image.entry.get("file_name"))
    return Incoming(folder / path, path.as_posix(), partial(_draw, image), facts_in(image.entry))


def _place(folder: Path, name: object) -> Path:
    """Where a photo is below the folder: in `images`, or else beside it."""
    inside = below(folder, Path("images"), name)
    return inside if os.path.exists(folder / inside) else below(folder, Path(), name)


def _draw(image: CocoImage) -> Drawn:
    """The union of all annotations."""
    mask = np.zeros(image.size, bool)
    try:
        for _, part in image.masks():
            mask |= part
    except CocoError as error:
        raise PairError(str(error)) from error
    return Drawn(mask)
