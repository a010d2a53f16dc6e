"""COCO: masks as run lengths or polygons, of the categories that mean a hand.

ROOT/annotations.json, or one other JSON file there or in ROOT/annotations
ROOT/images/<file_name>, or ROOT/<file_name>

A photo without an annotation has no hand. A crowd (`iscrowd`) is marked roughly, and so is `IGNORE`. Images may have a
`group_id`, as those that `python -m annotation export` writes.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np

from handseg.coco import CocoImage, Entry, annotated_images, find_file, load_file
from handseg.turning import upright
from training.sources import labels, protocol
from training.sources.examples import Example, SourceError, Terms
from training.sources.labels import Label
from training.sources.policies import check, settle
from training.sources.protocol import Found, Wishes, read_file, readable


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
    images, strays = annotated_images(path, whole, wishes.categories)
    licences = {repr(each.get("id")): str(each.get("name") or "") for each in whole.get("licenses") or []}
    found = []
    for image in images:
        terms = _terms(path, image.entry, licences, wishes)
        name = str(image.entry.get("file_name"))
        found.append(protocol.Entry(readable(name), partial(_read, root, image, name, terms)))
    check(wishes.policy or "wrist", wishes.ignore_arms)
    return Found(len(found), found, tuple(f"{path}: {each}" for each in strays))


def _terms(path: Path, image: Entry, licences: dict[str, str], wishes: Wishes) -> Terms:
    licence = wishes.licence or licences.get(repr(image.get("license")), "")
    name = wishes.name or str(image.get("source") or "") or path.resolve().parent.name
    return Terms(name, licence, "", wishes.policy or "wrist") if licence else wishes.named(name, path)


def _read(root: Path, image: CocoImage, name: str, terms: Terms) -> Example:
    image.check()
    content = read_file(_photo(root, name))
    group = image.entry.get("group_id")
    label = settle(upright(_drawn(image), content, labels.size_of(content)), terms.label_policy)
    return Example.of(readable(name), content, label, readable(f"{terms.source}/{group}") if group else "", terms)


def _photo(root: Path, name: str) -> Path:
    inner = os.path.normpath(name)
    # Symbolic links count as files of the folder; a name that leaves it does not.
    for path in () if inner.startswith(("..", os.sep)) else (root / "images" / inner, root / inner):
        if os.path.isfile(path):  # unlike Path.is_file, False for a name that no file can have
            return path
    raise SourceError(f"there is no photo; looked for {root / 'images' / name} and {root / name}")


def _drawn(image: CocoImage) -> Label:
    """The union of all annotations; a crowd leaves open which of its pixels are hand."""
    hand, crowd = np.zeros((2, *image.size), bool)
    for annotation, mask in image.masks():
        (crowd if annotation.get("iscrowd") == 1 else hand)[mask] = True
    return labels.of_mask(hand, unknown=crowd & ~hand)
