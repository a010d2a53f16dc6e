"""What annotators ask of the server, in photos, masks and records; knows nothing of HTTP or pages."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import cachetools
import numpy as np

from annotation import runs
from annotation.answering import record_of
from annotation.assistance import Assistance
from annotation.errors import FileError
from annotation.service.proposals import READINESS, ask
from annotation.service.saving import Save, Saved, check
from annotation.store import Store
from annotation.store.records import Draft, Record, Task
from handseg import masks, photos
from handseg.assistants.prompts import Prompt
from handseg.errors import HandsegError
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.settings import Settings

MOST_PAGES = 10_000

AHEAD = 2
"""So many photos of the queue are encoded and fetched before they are asked for."""

log = logging.getLogger(__name__)

ASKED_AGAIN = "somebody has answered already; you are asked to see how well people agree"


class ElsewhereError(HandsegError):
    """The photo was opened again, on another page of the same annotator."""

    def __init__(self) -> None:
        super().__init__("you have opened this photo on another page; go on there, or press Enter to go on here")


class Workbench:
    """The queue, the assistant and the store behind one door; safe to use from several threads."""

    def __init__(self, settings: Settings, assistance: Assistance) -> None:
        self.settings, self.assistance = settings, assistance
        self.store = Store.open(settings)
        # Which of an annotator's pages has a photo open.
        self._pages: MutableMapping[tuple[str, str], str] = cachetools.LRUCache(MOST_PAGES)
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ photos

    def next(self, annotator: str, page: str = "") -> dict[str, Any]:
        """The next photo of the queue for this annotator, with all that is needed to begin; `work` is None for none.

        A photo with a missing or damaged file is skipped, and the log tells which.
        """
        while task := self.store.claim(annotator):
            try:
                self.photo_file(task.photo_id)
                return self._opened(task, annotator, page)
            except FileError as error:
                log.error("the photo %s is skipped for %s: %s", task.photo_id, annotator, error)
                self.skip(task.photo_id, annotator)
        return self._opened(None, annotator, page)

    def last(self, annotator: str, page: str = "") -> dict[str, Any]:
        """The photo that this annotator saved last, open again; `work` is None for none. Raises ClaimError."""
        saved = self.store.newest_records(1, annotator=annotator)
        return self.open(saved[0].photo_id, annotator, page) if saved else self._opened(None, annotator, page)

    def open(self, photo_id: str, annotator: str, page: str = "") -> dict[str, Any]:
        """A photo that is asked for, done, skipped or not; raises ClaimError if someone else holds it."""
        return self._opened(self.store.claim_photo(photo_id, annotator), annotator, page)

    def counts(self, annotator: str) -> dict[str, int | bool]:
        """How far the work is to this annotator, and whether there is some."""
        return {**asdict(self.store.counts(annotator)), "yours": self.store.has_work(annotator)}

    def release(self, photo_id: str, annotator: str) -> None:
        """Give a photo back to the queue; the draft stays."""
        self.store.release(photo_id, annotator)
        self.assistance.forget(photo_id)

    def photo_file(self, photo_id: str) -> tuple[bytes, str]:
        """The stored file of a photo, and its media type."""
        name = self.store.photo(photo_id).file
        return self.store.photos.read(name), "image/jpeg" if name.endswith(".jpg") else "image/png"

    def _opened(self, task: Task | None, annotator: str, page: str) -> dict[str, Any]:
        if task:
            with self._lock:
                self._pages[task.photo_id, annotator] = page
        return {"work": self._work(task, annotator) if task else None, "counts": self.counts(annotator)}

    def _check_page(self, photo_id: str, annotator: str, page: str) -> None:
        """Refuse what comes from a page on which the photo was not opened last; after a restart, anybody may begin."""
        with self._lock:
            if self._pages.setdefault((photo_id, annotator), page) != page:
                raise ElsewhereError

    def _work(self, task: Task, annotator: str) -> dict[str, Any]:
        photo, records = self.store.photo(task.photo_id), self.store.records(task.photo_id)
        base, earlier = _base(records, annotator), _earlier(records, task, annotator)
        upcoming = [each.photo_id for each in self.store.upcoming(annotator, AHEAD)]
        for photo_id in (task.photo_id, *upcoming):
            self.assistance.prepare(photo_id, self._loader(photo_id))
        return {
            "photo_id": photo.photo_id,
            "height": photo.height,
            "width": photo.width,
            "source": photo.source,
            "licence": photo.licence,
            "reason": ASKED_AGAIN if task.again else task.reason,
            "note": task.note,
            "pin": self._pin(earlier) if task.note else None,
            "start": runs.to_text(self._mask(task.model_mask)),
            "base": base,
            "draft": self._stored_draft(task.photo_id, annotator, base) or self._draft_of(earlier, base),
            "upcoming": upcoming,
        }

    def _stored_draft(self, photo_id: str, annotator: str, base: str) -> dict[str, Any] | None:
        """Unfinished work, unless it began before the annotator's newest record."""
        stored = self.store.draft(photo_id, annotator)
        draft = json.loads(stored.content) if stored else None
        return draft if draft and draft.get("base", "") == base else None

    def _draft_of(self, earlier: Record | None, base: str) -> dict[str, Any] | None:
        """The work that led to a record, as a draft to go on from."""
        if not earlier or not earlier.mask:
            return None
        mask = self._mask(earlier.mask)
        return {
            "base": base,
            "version": 0,
            "mask": runs.to_text(mask),
            "drawn": runs.to_text(np.zeros_like(mask)),
            "prompt": Prompt().to_json(),
            "seconds": 0,
            "trail": json.loads(earlier.prompts),
        }

    def _pin(self, record: Record | None) -> dict[str, int] | None:
        """Where a reviewer pointed to."""
        remarks = self.store.remarks(record.id) if record else []
        return {"x": remarks[-1].x, "y": remarks[-1].y} if remarks and remarks[-1].x is not None else None

    def _mask(self, name: str) -> Mask:
        return masks.from_png(self.store.masks.read(name))

    def _loader(self, photo_id: str) -> Callable[[], Photo]:
        return lambda: photos.decode(self.photo_file(photo_id)[0])

    # ------------------------------------------------------------------ the assistant

    def assistant(self, photo_id: str) -> dict[str, Any]:
        """Which assistant is at work, and whether it is ready for a photo, for the page to show."""
        about, state = self.assistance.about(), self.assistance.state(photo_id)
        return {"says": f"{about} {READINESS.get(state, '')}".strip(), "ready": state == "ready"}

    def propose(
        self, photo_id: str, annotator: str, prompt: object, mask: object, turn: int, page: str = ""
    ) -> dict[str, Any]:
        """The assistant's proposals for a prompt, as the parts of the mask that they change.

        Turns are counted on each page: the clocks of two machines, from which they come, may differ.
        """
        photo = self.store.photo(photo_id)
        wanted = Prompt.from_json(prompt)
        wanted.check_inside(photo.height, photo.width)
        now = runs.from_text(mask, photo.height, photo.width)
        who = f"{annotator} {page} {photo_id}"
        return ask(self.assistance, photo_id, self._loader(photo_id), wanted, now, who, turn)

    # ------------------------------------------------------------------ saving

    def keep_draft(self, photo_id: str, annotator: str, draft: dict[str, Any], page: str = "") -> None:
        """Keep unfinished work, and the claim with it.

        Raises ClaimError if the photo is not held any more, ElsewhereError if another page of the annotator has it.
        """
        photo = self.store.photo(photo_id)
        self._check_page(photo_id, annotator, page)
        for part in ("mask", "drawn"):
            runs.from_text(draft.get(part), photo.height, photo.width)
        self.store.keep_draft(Draft(photo_id, annotator, json.dumps(draft).encode()))

    def save(self, photo_id: str, annotator: str, answer: Save, page: str = "") -> Saved:
        """Put an answer on disk and say what is there then. Sending the same answer again changes nothing.

        Raises SaveError, RunsError, ClaimError, ElsewhereError, UnknownPhotoError or RecordError; then nothing was
        saved.
        """
        self._check_page(photo_id, annotator, page)
        photo, task = self.store.photo(photo_id), self.store.task(photo_id)
        mask, model_mask = runs.from_text(answer.mask, photo.height, photo.width), self._mask(task.model_mask)
        check(answer, mask, model_mask)
        record = replace(
            record_of(self.store, task, annotator, mask, model_mask, answer.prompts, answer.seconds),
            id=answer.id,
            verdict=answer.verdict,
        )
        saved = self.store.save(record)
        self.assistance.forget(photo_id)
        return self.read_back(saved)

    def read_back(self, record: Record) -> Saved:
        """What is on the disk of a record."""
        mask = self._mask(record.mask)
        return Saved(record.id, runs.digest(runs.to_runs(mask)), int(np.count_nonzero(mask)))

    def skip(self, photo_id: str, annotator: str) -> None:
        """Leave a photo to others."""
        self.store.skip(photo_id, annotator)
        self.assistance.forget(photo_id)


def _base(records: Sequence[Record], annotator: str) -> str:
    """The id of the annotator's newest record, or ""."""
    return next((each.id for each in reversed(records) if each.annotator == annotator), "")


def _earlier(records: Sequence[Record], task: Task, annotator: str) -> Record | None:
    """The record that the work goes on from: the annotator's own, or what a reviewer sent back."""
    own = [each for each in records if each.annotator == annotator]
    sent_back = [each for each in records if each.state == "sent_back"] if task.note else []
    return (own or sent_back or [None])[-1]
