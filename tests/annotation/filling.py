"""What the store's tests put into it; run as a program, an annotator who claims and saves in a loop."""

from __future__ import annotations

import hashlib
import sys
import uuid
from dataclasses import replace
from pathlib import Path

from annotation.chance import chance
from annotation.store import Store, claims
from annotation.store.answers import ASKED_AGAIN
from annotation.store.records import Record, StoredPhoto, Task, now
from handseg.masks import to_png
from tests.pictures import drawn_mask


def photo_id(number: int, again: bool = False) -> str:
    """The id of the photo called `number`, chosen so that it is or is not one to ask about again."""
    ids = (hashlib.sha256(f"{number} {attempt}".encode()).hexdigest() for attempt in range(100_000))
    return next(each for each in ids if (chance("ask again", each) < ASKED_AGAIN) == again)


def ask(store: Store, number: int, again: bool = False, **values: object) -> str:
    """Put a photo and its task into the store; returns its photo_id. `values` are fields of either."""
    key = photo_id(number, again)
    photo = StoredPhoto(
        photo_id=key,
        file=store.photos.put(key.encode(), ".jpg"),
        height=48,
        width=64,
        phash=f"{number:016x}",
        group_id=f"drawn/{number}",
        source="drawn",
        licence="CC0-1.0",
    )
    model_mask = store.masks.put(to_png(drawn_mask()), ".png")
    task = Task(photo_id=key, model_mask=model_mask, model_id="accurate@0", doubt=0.5, reason="the edge is unsure")
    of_photo = {name: value for name, value in values.items() if name in vars(photo)}
    of_task = {name: value for name, value in values.items() if name in vars(task)}
    store.add(replace(photo, **of_photo), replace(task, **of_task))
    return key


def answer(store: Store, key: str, annotator: str = "Ann", **values: object) -> Record:
    """A record about a photo, with a stored mask, not yet saved."""
    mask = drawn_mask()
    name = store.masks.put(to_png(mask), ".png")
    record = Record(
        id=uuid.uuid4().hex,
        photo_id=key,
        verdict="edited",
        mask=name,
        pixels=int(mask.sum()),
        model_mask=name,
        model_id="accurate@0",
        iou_model_human=0.7,
        prompts="[]",
        assistant="grabcut",
        seconds=12.5,
        annotator=annotator,
    )
    return replace(record, **values)


def mask_number(store: Store, number: int) -> str:
    """The name of a stored mask that has another pixel than all others."""
    mask = drawn_mask()
    mask.flat[number] ^= True
    return store.masks.put(to_png(mask), ".png")


def holds(store: Store, key: str, annotator: str) -> bool:
    """Whether the annotator holds the photo now."""
    with store.database.reading() as connection:
        task = claims.found(connection, key)
    return task.holder == annotator and task.lease_ends > now()


def main(url: str, folder: str, annotator: str) -> None:
    """Say that all is ready, wait for a line, then print the id of each record once it is saved, until nothing is open.

    Starting takes long, so that of several annotators the first could be done before the second begins.
    """
    store = Store(url, Path(folder))
    print("ready", flush=True)
    sys.stdin.readline()
    while asked := store.claim(annotator):
        # A mask of its own for each photo, so that files are written all the time.
        mask = drawn_mask()
        mask.flat[: int(asked.photo_id[:3], 16) % mask.size] ^= True
        record = answer(store, asked.photo_id, annotator, mask=store.masks.put(to_png(mask), ".png"))
        print(store.save(record).id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
