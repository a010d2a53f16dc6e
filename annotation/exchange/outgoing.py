"""Which photos go out, with their masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from annotation.store import Store
from annotation.store.records import Record, StoredPhoto
from handseg.masks import Mask, from_png

Chosen = tuple[StoredPhoto, Record]


@dataclass(frozen=True)
class Outgoing:
    """A photo and its mask, both as they are stored."""

    photo: StoredPhoto
    image: bytes
    mask_png: bytes

    @property
    def photo_id(self) -> str:
        """By which its files are called."""
        return self.photo.photo_id

    @property
    def image_name(self) -> str:
        """<photo_id>.jpg or .png."""
        return f"{self.photo_id}{self.photo.file[-4:]}"

    @property
    def mask(self) -> Mask:
        """(H, W)."""
        return from_png(self.mask_png)


def chosen(store: Store, everything: bool = False) -> list[Chosen]:
    """The photos with their newest approved record, or with `everything` the newest that was not sent back.

    With `everything`, a mask that waits stands before an approved one of before, as whoever exports so wants each last
    word; datasets keep the approved one, see `Outbox.publishable`. Rejected photos are not among them. They come in the
    order of their photo_ids, so that the same records always give the same files.
    """
    records = [
        record
        for record in store.valid_records(*(("approved", "waiting") if everything else ("approved",)))
        if record.verdict != "rejected"
    ]
    photos = store.photos_called(record.photo_id for record in records)
    # A photo may be forgotten between the two questions.
    pairs = ((photos[record.photo_id], record) for record in records if record.photo_id in photos)
    return sorted(pairs, key=lambda pair: pair[0].photo_id)


def outgoing(store: Store, pairs: Iterable[Chosen]) -> Iterator[Outgoing]:
    """Read the files of each pair; raises FileError for one that is missing or damaged."""
    for photo, record in pairs:
        yield Outgoing(photo, store.photos.read(photo.file), store.masks.read(record.mask))
