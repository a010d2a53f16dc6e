"""COCO: masks as run lengths or polygons, of the categories that mean a hand.

ROOT/annotations.json, or one other JSON file there or in ROOT/annotations
ROOT/images/<file_name>, or ROOT/<file_name>

A photo without an annotation has no hand. A crowd (`iscrowd`) is marked roughly, and so is `IGNORE`. Images may have a
`group_id`, as those that `python -m annotation export` writes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np

from handseg.coco import CocoError, Entry, category_ids, entries, find_file, from_segment, load_file
from handseg.photos import MAX_PIXELS
from training.sources import labels, protocol
from training.sources.examples import Example, SourceError, Terms
from training.sources.labels import Label
from training.sources.policies import check, settle
from training.sources.protocol import Found, Wishes, read_file


def find(place: str, wishes: Wishes) -> Found:
    """The photos of a COCO file.

    Raises:
        CocoError: there is not one such file, it is no COCO, or it lacks a category.
        SourceError: nothing says under which licence the photos are.
        PolicyError: the masks have arms in them, and these shall not be ignored.
    """
    root = Path(place).expanduser()
    path = find_file(root)
    whole = load_file(path, read_file(path))
    wanted = category_ids(path, whole, wishes.categories)
    of_image: defaultdict[str, list[Entry]] = defaultdict(list)
    for annotation in entries(path, whole, "annotations"):
        if annotation.get("category_id") in wanted:
            of_image[repr(annotation.get("image_id"))].append(annotation)
    licences = {repr(each.get("id")): str(each.get("name") or "") for each in whole.get("licenses") or []}
    images = entries(path, whole, "images")
    found = []
    for image in images:
        drawn = of_image[repr(image.get("id"))]
        terms = _terms(path, image, licences, wishes)
        name = str(image.get("file_name"))
        found.append(protocol.Entry(name, partial(_read, root, image, drawn, name, terms)))
    check(wishes.policy or "wrist", wishes.ignore_arms)
    return Found(len(found), found)


def _terms(path: Path, image: Entry, licences: dict[str, str], wishes: Wishes) -> Terms:
    licence = wishes.licence or licences.get(repr(image.get("license")), "")
    name = wishes.name or str(image.get("source") or "") or path.resolve().parent.name
    return Terms(name, licence, "", wishes.policy or "wrist") if licence else wishes.named(name, path)


def _read(root: Path, image: Entry, annotations: list[Entry], name: str, terms: Terms) -> Example:
    content = read_file(_photo(root, name))
    height, width = image.get("height"), image.get("width")
    if not (type(height) is int and type(width) is int and 0 < height * width <= MAX_PIXELS):
        raise SourceError(f"its height and width are {height!r:.20} and {width!r:.20}; a photo has pixels, as numbers")
    group = image.get("group_id")
    label = settle(_drawn(annotations, height, width), terms.label_policy)
    return Example.of(name, content, label, f"{terms.source}/{group}" if group else "", terms)


def _photo(root: Path, name: str) -> Path:
    for path in (root / "images" / name, root / name):
        if path.resolve().is_relative_to(root.resolve()) and path.is_file():
            return path
    raise SourceError(f"there is no photo; looked for {root / 'images' / name} and {root / name}")


def _drawn(annotations: list[Entry], height: int, width: int) -> Label:
    """The union of all annotations; a crowd leaves open which of its pixels are hand."""
    hand, crowd = np.zeros((2, height, width), bool)
    for annotation in annotations:
        try:
            mask = from_segment(annotation.get("segmentation"), height, width)
        except CocoError as error:
            raise CocoError(f"the annotation {annotation.get('id')!r:.80}: {error}") from error
        (crowd if annotation.get("iscrowd") == 1 else hand)[mask] = True
    return labels.of_mask(hand, unknown=crowd & ~hand)
