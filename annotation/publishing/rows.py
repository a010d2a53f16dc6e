"""Records as the rows of a dataset."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping

from annotation.errors import FileError
from annotation.store import Store
from annotation.store.records import Record, StoredPhoto
from handseg.records.row import Row, sha256, utc


class Rows:
    """Makes the rows of one store's records."""

    def __init__(self, store: Store) -> None:
        self._store, self._salt = store, store.outbox.salt().encode()
        self.damaged: dict[str, str] = {}
        """The ids of records whose files cannot be read, and why."""

    def of(self, groups: Mapping[str, str]) -> Iterator[Row]:
        """The rows of the records that `groups` maps to their final group_id, one in memory at a time.

        Records whose files cannot be read are left out, and told in `damaged`.
        """
        for record, photo in self._store.outbox.with_photos(groups):
            try:
                row = self._row(record, photo, groups[record.id])
            except FileError as error:
                self.damaged[record.id] = str(error)
            else:
                yield row

    def name(self, person: str) -> str:
        """What the dataset calls a person: 16 hex digits that only this store could tell a name from; "" for nobody."""
        return hmac.new(self._salt, person.encode(), hashlib.sha256).hexdigest()[:16] if person else ""

    def _row(self, record: Record, photo: StoredPhoto, group_id: str) -> Row:
        image, mask = self._store.photos.read(photo.file), self._store.masks.read(record.mask)
        return Row(
            image=image,
            mask=mask,
            model_mask=self._store.masks.read(record.model_mask),
            prompts=record.prompts,
            id=record.id,
            photo_id=photo.photo_id,
            group_id=group_id,
            image_sha256=sha256(image),
            mask_sha256=sha256(mask),
            phash=photo.phash,
            height=photo.height,
            width=photo.width,
            verdict=record.verdict,
            iou_model_human=record.iou_model_human,
            model_id=record.model_id,
            assistant_id=record.assistant,
            annotator=self.name(record.annotator),
            reviewer=self.name(record.reviewer),
            seconds=record.seconds,
            created_at=utc(record.created_at),
            supersedes=record.supersedes,
            source=photo.source,
            licence=photo.licence,
            consent=photo.consent,
        )
