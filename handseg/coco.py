"""COCO files and the masks in them: run lengths, column by column, beginning with background; or polygons.

The format is that of https://cocodataset.org/#format-data and of pycocotools, which writes it here. What comes in is
decoded here: pycocotools trusts it, and run lengths that are not right crash it.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_masks

from handseg.errors import HandsegError
from handseg.masks import Mask
from handseg.photos import MAX_PIXELS

ANNOTATIONS = "annotations.json"

Entry = dict[str, Any]
"""An image, annotation or category of a file."""

Segment = dict[str, object]
"""{"size": [H, W], "counts": text}: compressed run lengths."""


class CocoError(HandsegError):
    """No COCO file, or a segmentation that means no mask."""


def find_file(folder: Path) -> Path:
    """`ANNOTATIONS`, or else the only JSON file where such files usually are; raises CocoError."""
    if (folder / ANNOTATIONS).is_file():
        return folder / ANNOTATIONS
    found = sorted([*folder.glob("*.json"), *folder.glob("annotations/*.json")])
    if len(found) != 1:
        raise CocoError(
            f"there {'is no COCO file' if not found else f'are {len(found)} JSON files'} in {folder}; put the one that "
            f"is meant there, as {ANNOTATIONS}"
        )
    return found[0]


def load_file(path: Path, content: bytes) -> Entry:
    """What the content of the file at `path` says; raises CocoError if it is not a JSON object."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CocoError(f"{path} is not JSON ({error}); export it again") from error
    if not isinstance(whole, dict):
        raise CocoError(f"{path} is not a COCO file: it holds no object with images and annotations")
    return whole


def entries(path: Path, whole: Entry, name: str) -> list[Entry]:
    """One of the lists of a file, as `images`; raises CocoError if it has no such list."""
    found = whole.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise CocoError(f"{path} is not a COCO file: it has no list of {name}")
    return found


def category_names(path: Path, whole: Entry, wanted: Collection[str]) -> dict[str, str]:
    """The names of the categories by their ids, as texts; raises CocoError if there is none of a wanted name."""
    names = {_key(each.get("id")): str(each.get("name")) for each in entries(path, whole, "categories")}
    if missing := sorted(set(wanted) - set(names.values())):
        raise CocoError(
            f"{path} has no category {', '.join(missing)}; give --category with one of: "
            f"{', '.join(sorted(set(names.values())))}"
        )
    return names


@dataclass(frozen=True)
class CocoImage:
    """An image of a file, with those of its annotations that are asked for."""

    entry: Entry
    _annotations: list[Entry]
    _doubt: str
    """Why its annotations may be others, or not all, and what to do; "" if there is no doubt."""

    @property
    def id(self) -> str:
        """As people are told it."""
        return f"{self.entry.get('id')!r:.80}"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width), if the image has passed `check`."""
        return self.entry["height"], self.entry["width"]

    def check(self) -> None:
        """Refuse, with CocoError, an image whose size no photo has, or whose annotations may be others or no hands."""
        if self._doubt:
            raise CocoError(self._doubt)
        height, width = self.entry.get("height"), self.entry.get("width")
        if not (type(height) is int and type(width) is int and height > 0 < width and height * width <= MAX_PIXELS):
            raise CocoError(
                f"its height and width are {height!r:.20} and {width!r:.20}; a photo has pixels, as numbers"
            )

    def masks(self) -> Iterator[tuple[Entry, Mask]]:
        """Each annotation and its (height, width) mask; raises CocoError for one that has none."""
        for annotation in self._annotations:
            try:
                yield annotation, from_segment(annotation.get("segmentation"), *self.size)
            except CocoError as error:
                raise CocoError(f"the annotation {annotation.get('id')!r:.80}: {error}") from error


def annotated_images(path: Path, whole: Entry, categories: Collection[str]) -> tuple[list[CocoImage], list[str]]:
    """The images of a file with their annotations of these categories; and, in words, annotations of no image.

    Raises CocoError if it is no COCO file, or lacks a category.
    """
    names = category_names(path, whole, categories)
    of_image: defaultdict[str, list[Entry]] = defaultdict(list)
    unknown: dict[str, str] = {}
    for annotation in entries(path, whole, "annotations"):
        image, category = _key(annotation.get("image_id")), _key(annotation.get("category_id"))
        if category not in names:
            unknown[image] = category
        elif names[category] in categories:
            of_image[image].append(annotation)
    images = entries(path, whole, "images")
    ids, files = Counter(_key(each.get("id")) for each in images), Counter(map(_file, images))
    strays = sorted(of_image.keys() - ids)
    found = []
    for image in images:
        key = _key(image.get("id"))
        annotations = of_image[key]
        stray = "" if annotations or not strays else strays[0]
        sharing = files[_file(image)] if image.get("file_name") else 1
        doubt = _doubt_about(ids[key], unknown.get(key, ""), sharing, stray)
        found.append(CocoImage(image, annotations, doubt))
    return found, [f"there are annotations of the image {name:.80}, and no such one" for name in strays]


def _key(value: object) -> str:
    """An id as a text: some programs write numbers here and texts of digits there, and pandas 1.0 for 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _file(image: Entry) -> str:
    """Where its photo is; readers look in `images`, and beside it."""
    return os.path.normpath(str(image.get("file_name") or "")).removeprefix(f"images{os.sep}")


def _doubt_about(sharing_id: int, unknown: str, sharing_file: int, stray: str) -> str:
    """What is doubtful about an image whose id and whose file so many images have, itself among them; "" for nothing.

    `unknown` is the id of a category that one of its annotations has and the file does not list. `stray`, if it has no
    annotation, is an id that annotations have and no image. Each is "" if there is none.
    """
    if sharing_id > 1:
        return f"{sharing_id} images have this id; give each its own"
    if unknown:
        return f"an annotation has the category {unknown:.80}, which is not listed; list it"
    if sharing_file > 1:
        return f"{sharing_file} images have its file_name; make them one, with the annotations of all"
    if stray:
        return (
            f"it seems to have no hands, but there are annotations of the image {stray:.80}, and no such one: they may "
            "be of this one; give both the same id, or take those annotations out"
        )
    return ""


def to_segments(mask: Mask) -> list[Segment]:
    """The connected parts of a (H, W) mask, each as compressed run lengths; corners connect pixels, too.

    Together they are the mask: none overlap and none is left out. Its inverse is the union of `from_segment`.
    """
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    column_by_column = labels.T.ravel()
    starts = np.concatenate([[0], np.flatnonzero(column_by_column[1:] != column_by_column[:-1]) + 1])
    runs, parts = np.stack([starts, [*starts[1:], mask.size]], axis=1), column_by_column[starts]
    return [_compressed(runs[parts == part], *mask.shape) for part in range(1, count)]


def area_and_box(segment: Segment) -> tuple[int, list[float]]:
    """How many pixels one of `to_segments` has, and the box around it as [x, y, width, height]."""
    return int(coco_masks.area(segment)), coco_masks.toBbox(segment).tolist()


def from_segment(segment: object, height: int, width: int) -> Mask:
    """The (height, width) mask of run lengths, compressed or not, or of polygons, which pycocotools fills.

    Raises:
        CocoError: it is neither, is of another size, has run lengths that do not add up, or points far outside.
    """
    if isinstance(segment, list):
        return _filled(segment, height, width)
    if not isinstance(segment, dict) or not {"size", "counts"} <= segment.keys():
        raise CocoError("it has no segmentation by run lengths or polygons; draw one, or leave the annotation out")
    if segment["size"] != [height, width]:
        raise CocoError(f"the run lengths are of [height, width] {segment['size']}, not {[height, width]}")
    counts = segment["counts"]
    lengths = _uncompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(lengths, list) or not all(type(each) is int and each >= 0 for each in lengths):
        raise CocoError("the run lengths are not a list of whole numbers from 0; export the file again")
    if (total := sum(lengths)) != height * width:
        raise CocoError(f"the run lengths add up to {total} pixels, not {height} x {width}; export the file again")
    values = np.arange(len(lengths)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, lengths).reshape(width, height).T)


def _compressed(runs: NDArray[np.int64], height: int, width: int) -> Segment:
    """The segment of the (N, 2) runs of a part, each from its first pixel up to the one after its last."""
    size = height * width
    lengths = np.diff(runs.ravel(), prepend=0, append=[] if runs[-1, 1] == size else size).tolist()
    segment = coco_masks.frPyObjects({"size": [height, width], "counts": lengths}, height, width)
    return {"size": [height, width], "counts": segment["counts"].decode("ascii")}


def _uncompressed(text: str) -> list[int]:
    """The numbers in compressed run lengths.

    Each character has five bits of a number, lowest first, above 48; bit 5 is set on all but a number's last character,
    whose bit 4 is the sign. From the fourth on, numbers are differences to the last but one.
    """
    lengths: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            raise CocoError(f"the run lengths have {character!r} where none can be; export the file again")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (bits & 16) << (shift - 4)
            lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
            value = shift = 0
    if shift:
        raise CocoError("the run lengths are cut short; export the file again")
    return lengths


def _filled(polygons: list[object], height: int, width: int) -> Mask:
    if not polygons:
        raise CocoError("its segmentation is empty; draw one, or leave the annotation out")
    for polygon in polygons:
        _check_polygon(polygon, height, width)
    runs = coco_masks.merge(coco_masks.frPyObjects(polygons, height, width))
    return from_segment({"size": [height, width], "counts": runs["counts"].decode("ascii")}, height, width)


def _check_polygon(polygon: object, height: int, width: int) -> None:
    if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
        raise CocoError("a polygon is a list of x and y of three points or more; draw it again")
    for place, value in enumerate(polygon):
        side = height if place % 2 else width
        if type(value) not in (int, float) or not math.isfinite(value) or not -side <= value <= 2 * side:
            raise CocoError(f"a polygon has the coordinate {value!r:.40}, far outside {width} x {height} pixels")
