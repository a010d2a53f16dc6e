"""EgoHands: 48 films of two people at a table, seen from the head of one; of each, 100 frames with up to four hands.

ROOT/metadata.mat                                     the films and their labelled frames
ROOT/_LABELLED_SAMPLES/<film>/frame_####.jpg          1280 x 720
ROOT/_LABELLED_SAMPLES/<film>/polygons.mat            1 x 100 struct `polygons`: myleft, myright, yourleft, yourright

Each field is an outline, (N, 2) with x and y, which ends at the wrist; it is empty if the hand is not there. Both .mat
files tell of the same outlines. S. Bambach et al., "Lending A Hand", ICCV 2015.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handseg.coco import from_segment
from handseg.masks import Mask
from training.sources import labels
from training.sources.examples import Example, SourceError, Terms
from training.sources.protocol import Entry, Found, Wishes, read_file, root_of

TERMS = Terms("egohands", "NOASSERTION", "Bambach, Lee, Crandall, Yu: EgoHands (Lending A Hand, ICCV 2015)")
SAMPLES, POLYGONS, METADATA = "_LABELLED_SAMPLES", "polygons.mat", "metadata.mat"
HANDS = ("myleft", "myright", "yourleft", "yourright")

Outline = NDArray[np.float64]
"""(N, 2): x, y, where (1, 1) is the middle of the first pixel, as in Matlab."""


def find(place: str, wishes: Wishes) -> Found:
    """The labelled frames, each film a group; raises SourceError."""
    root = root_of(place, "egohands_data", (SAMPLES,))
    films = sorted(path for path in (root / SAMPLES).iterdir() if path.is_dir())
    if not films:
        raise SourceError(f"{root / SAMPLES} has no folders of films; unpack the collection again")
    numbers = _frame_numbers(root / METADATA)
    terms = wishes.of(TERMS)
    entries = [entry for film in films for entry in _entries(film, numbers.get(film.name), terms)]
    return Found(len(entries), entries)


def fill(outlines: list[Outline], height: int, width: int) -> Mask:
    """The (height, width) mask of some outlines, filled as Matlab's poly2mask does, which the publishers' toolkit uses.

    COCO's fill is the same, from the corner of the first pixel instead of half a pixel further out.
    """
    mask = np.zeros((height, width), bool)
    for outline in outlines:
        mask |= from_segment([(outline - 0.5).ravel().tolist()], height, width)
    return mask


def _entries(film: Path, numbers: list[int] | None, terms: Terms) -> Iterator[Entry]:
    polygons = _struct(film / POLYGONS, "polygons")
    if lacking := [name for name in HANDS if name not in polygons.dtype.names]:
        raise SourceError(f"{film / POLYGONS} has no field {', '.join(lacking)}; download the collection again")
    frames = _frames(film, numbers, len(polygons))
    for frame, row in zip(frames, polygons, strict=True):
        outlines = [np.asarray(row[name], float).reshape(-1, 2) for name in HANDS if np.size(row[name]) >= 6]
        name = f"{film.name}/{frame.name}"
        yield Entry(name, partial(_read, frame, name, outlines, terms, f"{terms.source}/{film.name}"))


def _read(frame: Path, name: str, outlines: list[Outline], terms: Terms, group: str) -> Example:
    image = read_file(frame)
    mask = fill(outlines, *labels.size_of(image))
    return Example.of(name, image, labels.of_mask(mask), group, terms)


def _frames(film: Path, numbers: list[int] | None, count: int) -> list[Path]:
    """The files of the outlines, in their order: by the numbers that the metadata give, or sorted."""
    if numbers is not None and len(numbers) == count:
        return [film / f"frame_{number:04d}.jpg" for number in numbers]
    found = sorted(film.glob("frame_*.jpg"), key=lambda path: int(re.sub(r"\D", "", path.stem) or 0))
    if len(found) != count:
        raise SourceError(
            f"{film} has {len(found)} frames, and {POLYGONS} outlines for {count}; download the collection again, or "
            f"put its {METADATA} there, which says which frames are meant"
        )
    return found


def _frame_numbers(path: Path) -> dict[str, list[int]]:
    """The numbers of the labelled frames of each film; nothing without the file."""
    if not path.is_file():
        return {}
    films = _struct(path, "video")
    return {
        str(np.squeeze(film["video_id"])): [int(np.squeeze(each["frame_num"])) for each in film["labelled_frames"].flat]
        for film in films
    }


def _struct(path: Path, name: str) -> NDArray[np.void]:
    """The struct array called `name`, flat, of a .mat file; raises SourceError."""
    from scipy.io import loadmat

    try:
        found = loadmat(path)
    except FileNotFoundError as error:
        raise SourceError(f"there is no {path}; unpack the collection again") from error
    except Exception as error:  # scipy raises nearly every kind of exception on damaged bytes
        raise SourceError(f"{path} cannot be read ({error}); download the collection again") from error
    if name not in found or not getattr(found[name], "dtype", np.dtype(int)).names:
        raise SourceError(f"{path} has no struct {name}; download the collection again")
    return found[name].ravel()
