"""The groups of photos, and so their splits, where an export parts them as a dataset of the same store does."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.store.outbox import Publishable
from annotation.store.records import StoredPhoto
from handseg.records.grouping import Grouping, StraddleError


class Groups:
    """The groups that photos come into one after the other, each into that of what looks like it."""

    def __init__(self, publishable: Iterable[Publishable]) -> None:
        """`publishable` are in the order in which they come into a dataset: which group photos share depends on it."""
        self._grouping = Grouping()
        self._found: dict[str, str | StraddleError] = {}
        for photo in publishable:
            self._found[photo.photo_id] = self._settled(photo)

    def of(self, photo: StoredPhoto) -> str:
        """The photo's group, for which one that comes into no dataset comes last; raises StraddleError."""
        if photo.photo_id not in self._found:
            self._found[photo.photo_id] = self._settled(photo)
        found = self._found[photo.photo_id]
        if isinstance(found, StraddleError):
            raise found
        return found

    def _settled(self, photo: Publishable | StoredPhoto) -> str | StraddleError:
        try:
            group_id = self._grouping.group_for(photo.photo_id, photo.group_id, photo.phash)
        except StraddleError as error:
            return error
        self._grouping.add(photo.photo_id, group_id, photo.phash)
        return group_id
