"""Stores with photos and answers to export, and folders to compare."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np

from annotation.exchange import coco, imagefolder, png
from annotation.exchange.exporting import export
from annotation.exchange.importing import Imported, bring_in
from annotation.exchange.incoming import Found, Incoming
from annotation.exchange.outgoing import chosen
from annotation.queue.arrivals import add_photo
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.store import Store
from annotation.store.database import sqlite_url
from annotation.store.records import Record
from annotation.terms import Facts
from handseg.masks import Mask, to_png
from handseg.photos import Photo
from tests.pictures import drawn_mask, encoded

GIVEN = Facts(source="album", licence="CC-BY-4.0")
READERS = {"png": png.read, "imagefolder": imagefolder.read, "coco": coco.read}


def open_store(folder: Path) -> Store:
    return Store(sqlite_url(folder / "annotation.db"), folder)


def see(photo: Photo) -> Seen:
    """What a model would see."""
    return Seen(drawn_mask(*photo.shape[:2]), "accurate@0", Doubt(0.0, ""))


def textured(seed: int, height: int = 48, width: int = 64) -> Photo:
    """Photos of different seeds do not look alike."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def answer(store: Store, photo_id: str, mask: Mask | None, annotator: str = "Ann") -> Record:
    """An annotator's answer, not yet saved; without a mask the photo is rejected."""
    model_mask = store.task(photo_id).model_mask
    return Record(
        id=uuid.uuid4().hex,
        photo_id=photo_id,
        verdict="rejected" if mask is None else "edited" if mask.any() else "no_hand",
        mask="" if mask is None else store.masks.put(to_png(mask), ".png"),
        pixels=0 if mask is None else int(mask.sum()),
        model_mask=model_mask,
        model_id="accurate@0",
        iou_model_human=0.5,
        prompts="[]",
        assistant="grabcut",
        seconds=12.5,
        annotator=annotator,
    )


def answered(store: Store, content: bytes, mask: Mask | None, approve: bool = True, **facts: str) -> str:
    """Put a photo and an answer about it into the store; returns its photo_id."""
    said = {"source": "film", "licence": "CC0-1.0", **facts}
    photo_id = add_photo(store, content, see, Facts(**said)).photo_id
    record = store.save(answer(store, photo_id, mask))
    if approve:
        store.review(record.id, "Rob", "approve")
    return photo_id


def three_photos(store: Store) -> list[str]:
    """A JPEG and a PNG with hands, and a photo without."""
    ring = drawn_mask()
    ring[15:22, 18:26] = False
    ring[40:44, 50:60] = True
    return [
        answered(store, encoded(textured(1), "JPEG"), drawn_mask(), group_id="film/7", consent="I agree."),
        answered(store, encoded(textured(2)), ring, licence="CC-BY-4.0"),
        answered(store, encoded(textured(3, 40, 70)), np.zeros((40, 70), bool)),
    ]


def write(store: Store, kind: str, folder: Path, everything: bool = False) -> list[str]:
    return export(store, chosen(store, everything), kind, folder)


def read(folder: Path, kind: str = "png") -> Found:
    return READERS[kind](folder)


def bring_all_in(store: Store, pairs: list[Incoming]) -> list[Imported]:
    return [
        bring_in(store, see, Incoming(each.path, each.name, each.draw, each.facts.or_else(GIVEN))) for each in pairs
    ]


def tree(folder: Path) -> dict[str, bytes]:
    """All files below the folder, hidden ones included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pair_of_files(folder: Path, photo: bytes, mask: bytes, name: str = "a.png") -> Path:
    """Put a photo and a mask where `png` looks for them."""
    for path, content in ((folder / "images" / name, photo), (folder / "masks" / Path(name).with_suffix(".png"), mask)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
