"""The store: photos, what is asked about them, who works on which, and every answer.

    <home>/annotation/
        photos/ab/<sha256>.jpg      as they were taken in
        masks/ab/<sha256>.png       the model's and people's
        annotation.db               all else, unless HANDSEG_DATABASE names a server

Files are written before the row that names them, and deleted after it, if no other row names them by then. So a killed
process leaves at most a file without a row, and never a row without its file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from annotation.errors import RecordError
from annotation.store import answers, claims, forgetting, reviews, tallies
from annotation.store.claims import LEASE
from annotation.store.database import Database, insert, sqlite_url
from annotation.store.files import Files
from annotation.store.outbox import Outbox
from annotation.store.records import (
    DECISIONS,
    Counts,
    Draft,
    Record,
    Remark,
    StoredPhoto,
    Tally,
    Task,
    check_annotator,
    check_choice,
    now,
)
from annotation.store.tables import drafts, from_row, photos, read_all, records, remarks, select, skips, tasks
from handseg.settings import Settings

MOST_ASKED = 10_000
"""So many photos are asked of the database at once; it takes no query of any length."""


class Store:
    """All state of the annotator's wing; safe for several threads, and for several processes at once.

    Every method is one transaction, unless it says otherwise, and raises StoreError if the database fails, RecordError
    for a value that cannot be stored, and UnknownPhotoError, UnknownRecordError or UnknownAnnotatorError for an id or
    a name that nothing has.
    """

    def __init__(self, url: str, folder: Path) -> None:
        """The store in the database at `url`, with its files in `folder`; made if they are not there."""
        self.database = Database(url)
        self.photos, self.masks = Files(folder / "photos"), Files(folder / "masks")
        self.outbox = Outbox(self.database)

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """The store that the settings mean."""
        folder = settings.home / "annotation"
        store = cls(settings.database or sqlite_url(folder / "annotation.db"), folder)
        store.delete_doomed()  # what a process left that was killed while it forgot
        return store

    def close(self) -> None:
        """End the connections to the database."""
        self.database.close()

    # Photos and what is asked about them.

    def add(self, photo: StoredPhoto, task: Task, record: Record | None = None) -> bool:
        """Keep a photo and what is asked about it; False, with nothing changed, if the photo is known already.

        With a `record`, the photo comes with its first answer, which is kept as by `save`. Raises RecordError if a file
        is not stored.
        """
        for what, value in (("task", task), ("record", record or task)):
            if value.photo_id != photo.photo_id:
                raise RecordError(f"the {what} is about the photo {value.photo_id}, not {photo.photo_id}")
        with self.database.writing() as connection:
            added = connection.execute(insert(connection, photos).values(vars(photo)).on_conflict_do_nothing())
            if not added.rowcount:
                return False
            self._keep_files(connection, self.photos, photo.file)
            self._keep_files(connection, self.masks, task.model_mask, record.mask if record else "")
            connection.execute(tasks.insert().values(**vars(task), cluster=photo.alike or photo.photo_id))
            if record:
                answers.keep(connection, claims.found(connection, photo.photo_id), record, now())
            return True

    def photo(self, photo_id: str) -> StoredPhoto:
        """The photo with this id."""
        with self.database.reading() as connection:
            claims.found(connection, photo_id)
            row = connection.execute(sa.select(photos).where(photos.c.photo_id == photo_id)).one()
            return from_row(StoredPhoto, row)

    def photos_called(self, photo_ids: Iterable[str]) -> dict[str, StoredPhoto]:
        """The stored ones among many photos, by their ids, in few queries."""
        wanted, query = list(photo_ids), select(StoredPhoto, photos)
        with self.database.reading() as connection:
            parts = (wanted[start : start + MOST_ASKED] for start in range(0, len(wanted), MOST_ASKED))
            found = (read_all(connection, StoredPhoto, query.where(photos.c.photo_id.in_(part))) for part in parts)
            return {photo.photo_id: photo for some in found for photo in some}

    def has_photo(self, photo_id: str) -> bool:
        """Whether a photo has this id."""
        with self.database.reading() as connection:
            return connection.scalar(sa.select(photos.c.photo_id).where(photos.c.photo_id == photo_id)) is not None

    def task(self, photo_id: str) -> Task:
        """What is asked about a photo."""
        with self.database.reading() as connection:
            return from_row(Task, claims.found(connection, photo_id))

    def hashes(self) -> list[tuple[str, str]]:
        """For each photo the photo_id of its cluster's first photo, and its perceptual hash."""
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(photos.c.photo_id, photos.c.alike, photos.c.phash))
            return [(row.alike or row.photo_id, row.phash) for row in rows]

    # Who works on which photo.

    def claim(self, annotator: str, seconds: float = LEASE) -> Task | None:
        """Give the annotator a photo to hold for `seconds`; None if there is none.

        It is the one that the annotator holds already, or else the first of `claims.following`.
        """
        check_annotator(annotator)
        moment = now()
        with self.database.writing() as connection:
            of_tasks = {"of": tasks}
            row = connection.execute(claims.own(annotator, moment).with_for_update(**of_tasks)).one_or_none()
            if row is None:
                query = claims.following(annotator, moment).limit(1)
                row = connection.execute(query.with_for_update(skip_locked=True, **of_tasks)).one_or_none()
            if row is None:
                return None
            claims.give(connection, row.photo_id, annotator, moment + timedelta(seconds=seconds))
            return from_row(Task, row)

    def claim_photo(self, photo_id: str, annotator: str) -> Task:
        """Give the annotator this photo, done or not; raises ClaimError if someone else holds it."""
        check_annotator(annotator)
        moment = now()
        with self.database.writing() as connection:
            row = claims.found(connection, photo_id, lock=True)
            claims.refuse_if_held(row, annotator, moment)
            claims.give(connection, photo_id, annotator, moment + timedelta(seconds=LEASE))
            return from_row(Task, row)

    def has_work(self, annotator: str) -> bool:
        """Whether `claim` would give the annotator a photo."""
        moment = now()
        queries = claims.own(annotator, moment), claims.following(annotator, moment).limit(1)
        with self.database.reading() as connection:
            return any(connection.execute(query).first() for query in queries)

    def upcoming(self, annotator: str, count: int) -> list[Task]:
        """The photos that the annotator would be given after the one that is held now, without claiming any."""
        with self.database.reading() as connection:
            return read_all(connection, Task, claims.following(annotator, now()).limit(count))

    def renew(self, photo_id: str, annotator: str) -> None:
        """Begin the lease anew, even one that ended if nobody came; raises ClaimError if the photo is not held."""
        with self.database.writing() as connection:
            claims.renew(connection, photo_id, annotator, now())

    def release(self, photo_id: str, annotator: str) -> None:
        """End the annotator's claim, if there is one."""
        with self.database.writing() as connection:
            claims.end(connection, photo_id, annotator)

    def skip(self, photo_id: str, annotator: str) -> None:
        """End the annotator's claim, and do not give this annotator the photo again unless it is asked for.

        What was sent back to the annotator may then be given to others at once.
        """
        check_annotator(annotator)
        with self.database.writing() as connection:
            claims.found(connection, photo_id, lock=True)
            claims.end(connection, photo_id, annotator)
            claims.unreserve(connection, photo_id, annotator)
            skip = {"photo_id": photo_id, "annotator": annotator}
            connection.execute(insert(connection, skips).values(skip).on_conflict_do_nothing())

    # Unfinished work.

    def keep_draft(self, draft: Draft) -> None:
        """Keep a draft in place of the annotator's earlier one for the photo, and renew the claim as `renew` does.

        Raises ClaimError if the photo is not held: a draft that comes after its save is not kept.
        """
        with self.database.writing() as connection:
            claims.renew(connection, draft.photo_id, draft.annotator, now())
            kept = insert(connection, drafts).values(vars(draft))
            later = {"content": kept.excluded.content, "updated_at": kept.excluded.updated_at}
            connection.execute(kept.on_conflict_do_update(index_elements=["photo_id", "annotator"], set_=later))

    def draft(self, photo_id: str, annotator: str) -> Draft | None:
        """The annotator's draft for the photo, if there is one."""
        query = sa.select(drafts).where(drafts.c.photo_id == photo_id, drafts.c.annotator == annotator)
        with self.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return row and from_row(Draft, row)

    # Answers.

    def save(self, record: Record) -> Record:
        """Keep an answer, end the claim and the draft, and close the task, or open it for a second annotator.

        Saving the same record again gives the stored one, so that a browser may repeat a save whose answer was lost. So
        does a new record that says what the annotator's last one says, unless that was sent back.

        Raises:
            ClaimError: someone else holds the photo.
            RecordError: its mask is not stored, or another record has its id.
        """
        with self.database.writing() as connection:
            task = claims.found(connection, record.photo_id, lock=True)
            self._keep_files(connection, self.masks, record.mask)
            return answers.keep(connection, task, record, now())

    def record(self, record_id: str) -> Record:
        """The record with this id."""
        with self.database.reading() as connection:
            return reviews.find(connection, record_id)

    def records(self, photo_id: str) -> list[Record]:
        """All records of a photo, oldest first."""
        query = select(Record, records).where(records.c.photo_id == photo_id).order_by(records.c.number)
        with self.database.reading() as connection:
            return read_all(connection, Record, query)

    def newest_records(self, count: int, annotator: str | None = None) -> list[Record]:
        """Up to `count` records, newest first, of all or of one annotator."""
        wanted = [records.c.annotator == annotator] if annotator else []
        query = select(Record, records).where(*wanted).order_by(records.c.number.desc()).limit(count)
        with self.database.reading() as connection:
            return read_all(connection, Record, query)

    def valid_records(self, *states: str) -> list[Record]:
        """For each photo that has any the newest record, of all or of the given states, that is not superseded."""
        wanted = [reviews.newest(), *([records.c.state.in_(states)] if states else [])]
        last = sa.select(sa.func.max(records.c.number)).where(*wanted).group_by(records.c.photo_id)
        query = select(Record, records).where(records.c.number.in_(last)).order_by(records.c.number)
        with self.database.reading() as connection:
            return read_all(connection, Record, query)

    # Reviews.

    def to_review(self, reviewer: str) -> list[Record]:
        """The records that wait for a review and are not superseded, oldest first, the reviewer's own last."""
        with self.database.reading() as connection:
            return read_all(connection, Record, reviews.waiting(reviewer))

    def reviewed(self, reviewer: str, count: int) -> list[Record]:
        """The last `count` records about which the reviewer decided and may decide otherwise, newest first."""
        with self.database.reading() as connection:
            return read_all(connection, Record, reviews.decided(reviewer, count))

    def review(
        self,
        record_id: str,
        reviewer: str,
        decision: str,
        text: str = "",
        x: int | None = None,
        y: int | None = None,
    ) -> Record:
        """Approve a record or send it back, with words and a place in the photo; reviewers may change their minds.

        Raises:
            ReviewError: another one has reviewed it, it is superseded, or is to be approved by its annotator, or the
                place is outside the photo.
        """
        check_annotator(reviewer)
        check_choice("decision", decision, DECISIONS)
        if (x is None) != (y is None):
            raise RecordError(f"a place is x and y, not {x} and {y}; give both or neither")
        place = None if x is None or y is None else (x, y)
        with self.database.writing() as connection:
            return reviews.decide(connection, record_id, reviewer, decision, text, place)

    def remarks(self, record_id: str) -> list[Remark]:
        """The remarks about a record, oldest first."""
        query = sa.select(remarks).where(remarks.c.record_id == record_id).order_by(remarks.c.id)
        with self.database.reading() as connection:
            return read_all(connection, Remark, query)

    # What goes.

    def forget_photo(self, photo_id: str) -> None:
        """Delete a photo and all that was said about it, for good, and note that datasets must do so, too.

        The files go in transactions of their own: a killed process leaves no more than them for `delete_doomed`.
        """
        with self.database.writing() as connection:
            forgetting.forget_photo(connection, photo_id)
        self.database.scrub()
        self.delete_doomed()

    def forget_annotator(self, name: str) -> int:
        """Delete the records, masks and name of an annotator, as `forget_photo` does; returns how many records."""
        with self.database.writing() as connection:
            forgotten = forgetting.forget_annotator(connection, name)
        self.database.scrub()
        self.delete_doomed()
        return forgotten

    def delete_doomed(self) -> None:
        """Delete the files of what was forgotten, but for those that something needs again by now."""
        for kind, name in self.outbox.doomed_files():
            files = self.photos if kind == forgetting.PHOTOS else self.masks
            with self.database.writing() as connection:
                if forgetting.take_off(connection, kind, name):
                    files.delete(name)

    # What it adds up to.

    def counts(self, annotator: str = "") -> Counts:
        """How far the work is; to an `annotator`, a photo is done that waits for somebody else's second answer."""
        with self.database.reading() as connection:
            return tallies.counts(connection, now(), annotator)

    def by_annotator(self) -> list[Tally]:
        """Each annotator's work, in the order of their names."""
        with self.database.reading() as connection:
            return tallies.by_annotator(connection)

    def asked_twice(self) -> list[tuple[Record, Record]]:
        """The first answers of two annotators on each photo that was asked about again."""
        with self.database.reading() as connection:
            return tallies.asked_twice(connection)

    def _keep_files(self, connection: sa.Connection, files: Files, *names: str) -> None:
        """See to it that these files are there when the transaction ends; raises RecordError if one is not there."""
        forgetting.spare(connection)
        for name in names:
            if name and not files.path(name).is_file():
                raise RecordError(f"the file {name} is not stored, or not any more; save it again")
