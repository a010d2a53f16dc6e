"""The published collections in small: the same folders, names and kinds of files, with drawn photos in them."""

from __future__ import annotations

import json
import struct
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from tests.pictures import HEIGHT, WIDTH, drawn_mask, drawn_photo, encoded
from tests.training.conftest import write
from training.sources.gcompris import FOLDERS, RESOURCES

HANDS = ("myleft", "myright", "yourleft", "yourright")
NOBODY = np.zeros((0, 0))

Outline = NDArray[np.float64]


def rectangle(left: float, top: float, right: float, bottom: float) -> Outline:
    """An outline as EgoHands has it: the first pixel's middle is (1, 1)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def egohands(root: Path, films: dict[str, list[dict[str, Outline]]], metadata: bool = True) -> Path:
    """ROOT with films, each with the outlines of its frames; frame numbers are far apart, as the published ones."""
    videos = []
    for film_number, (film, frames) in enumerate(films.items()):
        numbers = [11 + 970 * index for index in range(len(frames))]
        outlines = [{hand: frame.get(hand, NOBODY) for hand in HANDS} for frame in frames]
        for number in numbers:
            photo = drawn_photo(seed=1000 * film_number + number)
            write(root / "_LABELLED_SAMPLES" / film / f"frame_{number:04d}.jpg", encoded(photo, "JPEG"))
        savemat(root / "_LABELLED_SAMPLES" / film / "polygons.mat", {"polygons": _struct(outlines)})
        told = [{"frame_num": number, **outline} for number, outline in zip(numbers, outlines, strict=True)]
        who = {"video_id": film, "partner_video_id": film[::-1], "ego_viewer_id": "B", "partner_id": "T"}
        where = {"location_id": "COURTYARD", "activity_id": "CARDS"}
        videos.append({**who, **where, "labelled_frames": _struct(told)})
    if metadata:
        savemat(root / "metadata.mat", {"video": _struct(videos)})
    return root


def eyth(root: Path) -> Path:
    """Films vid4, whose masks have no suffix, and vid6, whose masks are called .png; and the publishers' splits."""
    names = []
    for film, suffix in (("vid4", ""), ("vid6", ".png")):
        for number in (25, 30):
            names.append(f"{film}/frame{number}.jpg")
            write(root / "images" / names[-1], encoded(drawn_photo(seed=number + len(film + suffix)), "JPEG"))
            mask = encoded(drawn_mask().astype(np.uint8) * 255)
            write(root / "masks" / film / f"frame{number}{suffix}", mask)
    for split in ("train", "val", "test"):
        write(root / "train-val-test-split" / f"{split}.txt", "\n".join(names).encode())
    return root


def hof(root: Path) -> Path:
    """The bad photos 10 and 225, the GIFs 216 and 221 that are called .jpg, and good ones."""
    for number in (1, 2, 10, 216, 221, 225):
        kind = "GIF" if number in (216, 221) else "JPEG"
        write(root / "images_resized" / f"{number}.jpg", encoded(drawn_photo(seed=number), kind))
        write(root / "masks" / f"{number}.png", encoded(drawn_mask().astype(np.uint8) * 255))
        write(root / "annotations" / f"{number}.xml", b"<annotation/>")
    return root


def gtea(root: Path, cropped: bool) -> Path:
    """Both parts of hand2K, with arms in three grays, and perhaps the masks that are cropped at the wrist."""
    for folder, names in (
        ("GTEA", ("s2_coffee_0001", "s2_coffee_0021", "s3_tea_0001")),
        ("GTEA_GAZE_PLUS", ("Ahmad_Pizza/0000017", "Yin_Pizza/0000017b")),
    ):
        for name in names:
            write(root / folder / "Images" / f"{name}.jpg", encoded(drawn_photo(seed=len(folder + name)), "JPEG"))
            write(root / folder / "Masks" / f"{name}.png", encoded(arm()))
            if cropped:
                hand = np.where(np.arange(HEIGHT)[:, None] < 24, arm(), 0).astype(np.uint8)
                write(root / "gtea_cropped" / "train" / f"{Path(name).name}.png", encoded(hand))
    return root


def arm() -> NDArray[np.uint8]:
    """(48, 64): left hand, right hand and both, as three grays, with the arms down to the photo's edge; and a speck."""
    gray = np.zeros((HEIGHT, WIDTH), np.uint8)
    gray[6:, 10:20], gray[6:, 20:24], gray[6:, 24:34] = 64, 255, 128
    gray[2, 60] = 20
    return gray


def folder(root: Path, groups: bool = False) -> Path:
    """Two photos with masks and one without, perhaps in folders."""
    for number, name in enumerate(("ann/one", "ann/two", "bob/three") if groups else ("one", "two", "three")):
        write(root / "images" / f"{name}.png", encoded(drawn_photo(seed=number)))
        if not name.endswith("three"):
            label = drawn_mask().astype(np.uint8) * 255
            label[0, 0] = 127
            write(root / "masks" / f"{name}.png", encoded(label))
    return root


def coco(root: Path, **more: object) -> Path:
    """A photo with a polygon, one with run lengths, one with a crowd, and one without a hand."""
    for number in range(4):
        write(root / "images" / f"{number}.jpg", encoded(drawn_photo(seed=number), "JPEG"))
    images = [
        {"id": number, "file_name": f"{number}.jpg", "height": HEIGHT, "width": WIDTH, "license": 3, **more}
        for number in range(4)
    ]
    counts = [5 * HEIGHT + 10, 20, HEIGHT * WIDTH - 5 * HEIGHT - 30]
    segments = [[[8.0, 4.0, 20.0, 4.0, 20.0, 16.0, 8.0, 16.0]], {"size": [HEIGHT, WIDTH], "counts": counts}]
    annotations = [
        {"id": 10 + number, "image_id": number, "category_id": 7, "iscrowd": int(number == 2), "segmentation": segment}
        for number, segment in enumerate([*segments, segments[1]])
    ]
    annotations.append({"id": 20, "image_id": 3, "category_id": 8, "iscrowd": 0, "segmentation": segments[0]})
    whole = {
        "licenses": [{"id": 3, "name": "CC-BY-4.0", "url": ""}],
        "categories": [{"id": 7, "name": "hand"}, {"id": 8, "name": "cup"}],
        "images": images,
        "annotations": annotations,
    }
    write(root / "annotations.json", json.dumps(whole).encode())
    return root


def gcompris(root: Path, folders: Mapping[str, Mapping[str, bytes]]) -> Path:
    """The package with these files in these folders of activities; those that are wanted and not given are empty."""
    by_activity: dict[str, dict[str, bytes]] = defaultdict(dict)
    for folder in {*FOLDERS.values(), *folders}:
        activity = folder.partition("/")[0]
        by_activity[activity][f"gcompris/src/activities/{activity}/{activity}.js"] = b"var url"
        for name, content in folders.get(folder, {}).items():
            by_activity[activity][f"gcompris/src/activities/{folder}/{name}"] = content
    for activity, files in by_activity.items():
        write(root / RESOURCES / f"{activity}.rcc", resources(files))
    return root


def resources(files: Mapping[str, bytes], version: int = 2) -> bytes:
    """A Qt resource file; READMEs are compressed in it, as rcc does with what gets smaller."""
    children: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path in sorted({each for file in files for each in (PurePosixPath(file), *PurePosixPath(file).parents[:-1])}):
        children[path.parent].append(path)
    order = [PurePosixPath()]
    for path in order:
        order += children[path]
    header = 20 if version < 3 else 24
    tree, data, names = b"", b"", b""
    for path in order:
        node = struct.pack(">I", len(names))
        names += struct.pack(">HI", len(path.name), 0) + path.name.encode("utf-16-be")
        if content := files.get(str(path)):
            packed = struct.pack(">I", len(content)) + zlib.compress(content) if path.name == "README" else content
            node += struct.pack(">HHHI", int(path.name == "README"), 0, 1, len(data))
            data += struct.pack(">I", len(packed)) + packed
        else:
            node += struct.pack(">HII", 2, len(children[path]), order.index(children[path][0]))
        tree += node + (bytes(8) if version > 1 else b"")
    places = [header, header + len(tree), header + len(tree) + len(data)]
    return b"qres" + struct.pack(">4I", version, *places) + bytes(header - 20) + tree + data + names


def _struct(rows: list[dict[str, object]]) -> NDArray[np.void]:
    """A 1 x N struct array, as Matlab saves it."""
    array = np.zeros((1, len(rows)), [(name, object) for name in rows[0]])
    for index, row in enumerate(rows):
        for name, value in row.items():
            array[0, index][name] = value
    return array
