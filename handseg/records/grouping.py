"""Into which group, and so into which split, a new photo comes: never apart from what looks like it."""

from __future__ import annotations

import re

from handseg.errors import HandsegError
from handseg.intake.lookalikes import Lookalikes
from handseg.records.splits import split_of

# The group of photos that came without one: the id of the photo that began their cluster of near-duplicates.
_NO_GROUP = re.compile("[0-9a-f]{64}")


class StraddleError(HandsegError):
    """A photo belongs to two splits at once: whichever it came into, the other would leak into it."""


class Grouping:
    """The groups of the photos that a dataset has, for those that shall come into it."""

    def __init__(self) -> None:
        self._of_photo: dict[str, str] = {}
        self._groups: set[str] = set()
        self._lookalikes = Lookalikes()

    def add(self, photo_id: str, group_id: str, phash: str) -> None:
        """Remember a photo of the dataset."""
        self._of_photo[photo_id] = group_id
        self._groups.add(group_id)
        self._lookalikes.add(phash, group_id)

    def group_of(self, photo_id: str) -> str:
        """The group of a photo of the dataset; "" for any other."""
        return self._of_photo.get(photo_id, "")

    def group_for(self, photo_id: str, group_id: str, phash: str) -> str:
        """The group of a photo whose source says that its group is `group_id`.

        It is the one that the photo has already; or else `group_id`, if the dataset has others of it; or else that
        of a photo which looks like it; or else `group_id`. A group that a source gives counts for the split even
        if the photo comes into another one, as the rest of its photos will follow it.

        Raises:
            StraddleError: these groups are in different splits.
        """
        near = self._lookalikes.names_near(phash)
        candidates = [self._of_photo[photo_id]] if photo_id in self._of_photo else []
        candidates += [group_id] if group_id in self._groups else []
        candidates += sorted(near)
        if not candidates or not _NO_GROUP.fullmatch(group_id):
            candidates.append(group_id)
        if len(splits := sorted({split_of(group) for group in candidates})) > 1:
            raise StraddleError(
                f"the photo {photo_id[:12]} belongs to {' and '.join(splits)} at once: its group {group_id!r} or its "
                f"near-duplicates are in each ({', '.join(dict.fromkeys(candidates))}); leave it out"
            )
        return candidates[0]
