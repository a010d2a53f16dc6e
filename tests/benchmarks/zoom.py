"""What the second, closer look at small hands brings, and what it costs.

    python -m tests.benchmarks.zoom MODEL COLLECTION...

A collection is a folder with images/ and masks/. Each photo is measured as it is, and once more in the middle of a gray
picture three times as wide and high, where its hands are small.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handseg.metrics import Counts, count
from handseg.photos import Photo
from handseg.segmenter import Segmenter, open_segmenter
from handseg.settings import Settings
from training.evaluation.cases import FolderCases
from training.sources.labels import HAND, IGNORE

GRAY = 118


def main(model: str, folders: list[Path]) -> None:
    """Print pooled and mean IoU and seconds per photo, with and without the second look."""
    once, twice = (with_zoom(open_segmenter(Settings(device="cpu"), model), zoom) for zoom in (False, True))
    for folder in folders:
        labelled = [(case.photo, case.label) for case in FolderCases(folder / "images", folder / "masks")]
        for title, chosen in (("as they are", labelled), ("hands 3 x smaller", [inset(*each) for each in labelled])):
            for looks, segmenter in (("one look", once), ("two looks", twice)):
                print(f"{folder.name:14s} {title:18s} {looks:10s} {report(segmenter, chosen)}")


def with_zoom(segmenter: Segmenter, zoom: bool) -> Segmenter:
    """The same model, with or without the second look."""
    return Segmenter(replace(segmenter.card, zoom=zoom), segmenter.engine)


def inset(photo: Photo, label: NDArray[np.uint8]) -> tuple[Photo, NDArray[np.uint8]]:
    """The photo in the middle of a gray picture three times as wide and high."""
    height, width = label.shape
    large, large_label = (
        np.full((3 * height, 3 * width, 3), GRAY, np.uint8),
        np.zeros((3 * height, 3 * width), np.uint8),
    )
    window = slice(height, 2 * height), slice(width, 2 * width)
    large[window], large_label[window] = photo, label
    return large, large_label


def report(segmenter: Segmenter, chosen: list[tuple[Photo, NDArray[np.uint8]]]) -> str:
    """One line of scores."""
    begin, each = time.perf_counter(), []
    for photo, label in chosen:
        each.append(count(segmenter.predict(photo).mask(), label == HAND, known=label != IGNORE))
    seconds = (time.perf_counter() - begin) / len(chosen)
    pooled, mean = sum(each, Counts()).iou, np.mean([one.iou for one in each])
    return f"pooled IoU {pooled:.3f}  mean IoU {mean:.3f}  {seconds:.3f} s a photo"


if __name__ == "__main__":
    main(sys.argv[1], [Path(argument) for argument in sys.argv[2:]])
