"""A photo's way into the store: taken in, looked at by the models, and put into the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from annotation.chance import chance
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.store import Store
from annotation.store.files import name_of
from annotation.store.records import Record, StoredPhoto, Task
from annotation.terms import Facts
from handseg.intake import take_in
from handseg.intake.alike import most_alike
from handseg.masks import Mask, to_png
from handseg.photos import Photo

RANDOM_SHARE = 0.2
"""The share of photos whose doubt is drawn at random: asking only where models doubt would never find their sure
mistakes, and scores on such photos alone would say little about all others."""

Answer = Callable[[Task, Mask], Record]
"""Makes the record of a photo that comes with an answer, given what is asked about it, and the mask that is shown."""


@dataclass(frozen=True)
class Added:
    """What became of a photo."""

    photo_id: str
    known: bool
    """Whether it was in the store before; then nothing has changed."""
    reason: str
    """Why it is asked about."""


def add_photo(
    store: Store,
    content: bytes,
    look: Callable[[Photo], Seen],
    facts: Facts,
    random_share: float = RANDOM_SHARE,
    answer: Answer | None = None,
) -> Added:
    """Take a photo's bytes in and ask about it, in one transaction; a photo that is known already stays as it is.

    Without a `group_id`, it belongs to the group of the photo that began its cluster of near-duplicates, or its own.
    With an `answer`, its record is kept in the same transaction.

    Raises:
        PhotoError: as `handseg.photos.decode`.
        RecordError: a text is too long, or has what cannot be stored; then no file is kept either.
        StoreError, OutputError: the database or the disk fails.
    """
    taken = take_in(content)
    if store.has_photo(taken.photo_id):
        return Added(taken.photo_id, known=True, reason=store.task(taken.photo_id).reason)
    seen = look(taken.photo)
    model_mask = to_png(seen.mask)
    worth = _doubt(taken.photo_id, seen.doubt, random_share)
    alike = most_alike(taken.phash, store.hashes())
    group_id = facts.group_id or (store.photo(alike).group_id if alike else taken.photo_id)
    photo = StoredPhoto(
        photo_id=taken.photo_id,
        file=name_of(taken.file, taken.suffix),
        height=taken.height,
        width=taken.width,
        phash=taken.phash,
        alike=alike,
        **vars(replace(facts, group_id=group_id)),
    )
    task = Task(
        photo_id=taken.photo_id,
        model_mask=name_of(model_mask, ".png"),
        model_id=seen.model_id,
        doubt=worth.value,
        reason=worth.reason,
    )
    # Not before photo and task have refused their texts: what nothing names, nobody could have forgotten.
    store.photos.put(taken.file, taken.suffix)
    store.masks.put(model_mask, ".png")
    record = answer(task, seen.mask) if answer else None
    return Added(taken.photo_id, known=not store.add(photo, task, record), reason=task.reason)


def _doubt(photo_id: str, found: Doubt, random_share: float) -> Doubt:
    drawn = chance("picked at random", photo_id)
    return Doubt(drawn / random_share, "picked at random") if drawn < random_share else found
