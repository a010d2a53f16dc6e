"""Small real photos with masks in a store; run as a program, a publisher that goes on until it is told to stop."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np

from annotation.publishing.publisher import Publisher
from annotation.store import Store
from annotation.store.records import Record, StoredPhoto, Task
from handseg.hub.place import HubPlace
from handseg.intake import Taken, take_in
from handseg.masks import Mask, to_png
from handseg.metrics import count
from handseg.photos import encode_png
from handseg.places import Place
from handseg.places.folder import FolderPlace
from tests.annotation.hurry import without_syncing

HEIGHT, WIDTH = 12, 16


def photo(number: int, seed: int = 0) -> Taken:
    """A photo like no other."""
    return take_in(encode_png(np.random.default_rng([seed, number]).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)))


def mask(number: int, seed: int = 0) -> Mask:
    """A mask like no other, of a hand that is neither nothing nor all."""
    drawn = np.random.default_rng([seed, number, 1]).random((HEIGHT, WIDTH)) > 0.5
    drawn[0, :2] = True, False
    return drawn


def add(store: Store, taken: Taken, group_id: str = "", **values: str) -> str:
    """Put a photo into the store, to be asked about; returns its id."""
    shown = store.masks.put(to_png(np.zeros((taken.height, taken.width), bool)), ".png")
    stored = StoredPhoto(
        photo_id=taken.photo_id,
        file=store.photos.put(taken.file, taken.suffix),
        height=taken.height,
        width=taken.width,
        phash=taken.phash,
        group_id=group_id or taken.photo_id,
        source=values.get("source", "drawn"),
        licence=values.get("licence", "CC0-1.0"),
        consent=values.get("consent", ""),
    )
    store.add(
        stored, Task(photo_id=taken.photo_id, model_mask=shown, model_id="accurate@0", doubt=0.5, reason="unsure")
    )
    return taken.photo_id


def answer(store: Store, photo_id: str, drawn: Mask, annotator: str = "Ann", **values: object) -> Record:
    """Save what an annotator says about a photo."""
    shown = store.task(photo_id).model_mask
    record = Record(
        id=uuid.uuid4().hex,
        photo_id=photo_id,
        verdict="edited",
        mask=store.masks.put(to_png(drawn), ".png"),
        pixels=int(drawn.sum()),
        model_mask=shown,
        model_id="accurate@0",
        iou_model_human=count(np.zeros_like(drawn), drawn).iou,
        prompts='[{"x": 3, "y": 4, "label": 1}]',
        assistant="grabcut",
        seconds=12.5,
        annotator=annotator,
    )
    return store.save(Record(**{**vars(record), **values}))


def fill(store: Store, numbers: range, seed: int = 0, annotator: str = "Ann") -> Iterator[Record]:
    """Photos with masks, each answered once."""
    for number in numbers:
        yield answer(store, add(store, photo(number, seed)), mask(number, seed), annotator)


def main(url: str, folder: str, address: str, endpoint: str) -> None:
    """Publish once; `endpoint` is "-" for a folder."""
    huggingface_hub.constants.HF_HUB_DISABLE_XET = True  # which the stand-in Hub does not speak
    place: Place = FolderPlace(Path(address)) if endpoint == "-" else HubPlace(address, endpoint, hurried)
    print("ready", flush=True)
    with without_syncing():
        outcome = Publisher(Store(url, Path(folder)), place, sleep=hurried).publish()
    print(outcome.revision, flush=True)


def hurried(seconds: float) -> None:
    """Sleep a hundredth of the time."""
    import time

    time.sleep(seconds / 100)


if __name__ == "__main__":
    main(*sys.argv[1:])
