"""From people's photos and masks into the store: finished work, beside which the model's own mask is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from annotation.answering import record_of
from annotation.exchange.incoming import Drawn, Incoming, content_of
from annotation.queue.arrivals import add_photo
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.store import Store
from annotation.store.records import IMPORT, Record, Task
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.segmenter import open_segmenter
from handseg.settings import Settings
from handseg.turning import upright

EMPTY = "were empty: their photos count as photos without hands"
TURNED = "were turned together with their photos, as EXIF says"


@dataclass(frozen=True)
class Imported:
    """What became of a photo and its mask."""

    known: bool
    """Whether the photo was in the store before; then nothing has changed."""
    notes: tuple[str, ...]
    """What is worth knowing of how the mask was read."""


def open_sight(settings: Settings) -> Callable[[Photo], Seen]:
    """What the settings' model sees at one look; there is nothing to doubt about what people have finished."""
    segmenter = open_segmenter(settings)
    name = segmenter.card.id
    return lambda photo: Seen(segmenter.predict(photo).mask(), name, Doubt(0.0, "imported with its mask"))


def bring_in(store: Store, see: Callable[[Photo], Seen], pair: Incoming) -> Imported:
    """Put a photo and its mask into the store as an approved record; a photo that is known stays as it is.

    Raises:
        PairError: a file cannot be read.
        PhotoError: as `handseg.photos.decode`, and as `handseg.turning.upright` if they do not fit.
        RecordError: a text is too long.
        StoreError, OutputError: the database or the disk fails.
    """
    content, drawn = content_of(pair.path), pair.draw()
    notes: list[str] = []

    def look(photo: Photo) -> Seen:
        upright(drawn.mask, content, photo.shape[:2])  # refused before anything is stored
        return see(photo)

    def answer(task: Task, shown: Mask) -> Record:
        mask = upright(drawn.mask, content, shown.shape)
        notes.extend(_notes(drawn, mask))
        return record_of(store, task, IMPORT, mask, shown)

    added = add_photo(store, content, look, pair.facts, random_share=0, answer=answer)
    return Imported(added.known, () if added.known else tuple(notes))


def _notes(drawn: Drawn, mask: Mask) -> list[str]:
    told = {drawn.note: bool(drawn.note), EMPTY: not mask.any(), TURNED: mask.shape != drawn.mask.shape}
    return [note for note, holds in told.items() if holds]
