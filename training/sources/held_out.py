"""Photos to validate and to test on, kept out of what is learned, whichever dataset they come in with again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handseg.intake.lookalikes import Lookalikes
from handseg.records.snapshot import Snapshot


class HeldOut:
    """The photos of the validation and test splits of some datasets.

    Each dataset keeps them from its own training split; but a film that was imported, and of which somebody also
    annotated some frames, is in two datasets, and may be in another split in each.
    """

    def __init__(self, snapshots: Iterable[Snapshot]) -> None:
        self._ids: set[str] = set()
        self._alike = Lookalikes()
        for snapshot in snapshots:
            for photo_id, phash in _photos(snapshot, learned=False):
                self._ids.add(photo_id)
                self._alike.add(phash, photo_id)

    def among(self, snapshot: Snapshot) -> set[str]:
        """Which photos of the dataset's training split are such a photo, or a near-duplicate of one, by their ids."""
        return {
            photo_id
            for photo_id, phash in _photos(snapshot, learned=True)
            if photo_id in self._ids or self._alike.names_near(phash)
        }


def _photos(snapshot: Snapshot, learned: bool) -> Iterator[tuple[str, str]]:
    """The id and the perceptual hash of each photo that is in the training split, or of each other one."""
    rows = snapshot.light.select(["photo_id", "phash", "split"]).to_pylist()
    return ((row["photo_id"], row["phash"]) for row in rows if (row["split"] == "train") == learned)
