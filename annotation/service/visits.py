"""Visitors of the demo who correct the mask of their own photo: nothing of it is kept, unless they give it away.

A visit lasts as long as the demo has the photo, and nothing of it lasts longer.
"""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation import runs
from annotation.answering import assistants_in, record_of
from annotation.assistance import Assistance
from annotation.errors import RecordError
from annotation.queue.arrivals import add_photo
from annotation.queue.looks import Look, open_look
from annotation.service.proposals import ask
from annotation.service.workbench import Workbench
from annotation.store.records import VISITOR
from annotation.terms import Facts
from handseg.assistants.prompts import Prompt
from handseg.demo.desk import FORGOTTEN, OpenPhoto
from handseg.errors import HandsegError, PhotoError
from handseg.masks import Mask
from handseg.photos import MOST_JPEG_SIDE, encode_jpeg
from handseg.weights import choose

CONSENT = (
    "I may give this photo away, and everybody who can be recognised in it agrees. I give the photo and the mask to "
    "the dataset that improves handseg, under the licence {licence}. It is stored on the server, people will look at "
    "it, and it may be published."
)
SOURCE = "demo"


class ForgottenVisitError(HandsegError):
    """The photo of this visit is no longer there."""

    def __init__(self) -> None:
        super().__init__(FORGOTTEN)


class ConsentError(HandsegError):
    """A photo can only be contributed with the consent that the page asks for."""


class KnownPhotoError(HandsegError):
    """The photo was contributed before, or is in the queue anyway."""

    def __init__(self) -> None:
        super().__init__("this very photo is stored already, thank you; it will be corrected and reviewed")


class Visit:
    """One visitor's correction of one photo."""

    def __init__(self, name: str, opened: OpenPhoto, mask: Mask, features: str) -> None:
        self.name = name
        self._opened = weakref.ref(opened)
        self.start = mask
        self.features = features
        """What the assistant calls the photo."""
        self.assistants: set[str] = set()
        """Who has answered."""

    @property
    def opened(self) -> OpenPhoto:
        """The demo's photo; raises ForgottenVisitError when the demo has forgotten it."""
        return _alive(self._opened)

    def work(self) -> dict[str, Any]:
        """What the canvas needs to begin."""
        height, width = self.opened.photo.shape[:2]
        return {"height": height, "width": width, "start": runs.to_text(self.start)}

    def picture(self) -> bytes:
        """The photo for the canvas to show, as a JPEG; the mask's pixels are the photo's own whatever it looks like.

        Raises PhotoError for one that is too long for a JPEG, and for any browser's canvas.
        """
        height, width = self.opened.photo.shape[:2]
        if max(height, width) > MOST_JPEG_SIDE:
            raise PhotoError(
                f"the photo has {width} x {height} pixels, and more than {MOST_JPEG_SIDE} a side; cut it first"
            )
        return encode_jpeg(self.opened.photo, quality=92)

    def mask(self, text: object) -> Mask:
        """A mask that the canvas sent; raises RunsError."""
        return runs.from_text(text, *self.opened.photo.shape[:2])

    def keep(self, text: object) -> dict[str, Any]:
        """Let the demo go on with the visitor's mask."""
        mask = self.mask(text)
        self.opened.correct(mask)
        return {"sha256": runs.digest(runs.bytes_of(text)), "pixels": int(np.count_nonzero(mask))}


class Visits:
    """All corrections that are going on in the demo; the names of visits are secrets that only their visitors know."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench
        # Visits live with their photos, one for each, and need no lock: these dictionaries have it inside.
        self._of_photo: weakref.WeakKeyDictionary[OpenPhoto, Visit] = weakref.WeakKeyDictionary()
        self._features: weakref.WeakKeyDictionary[OpenPhoto, str] = weakref.WeakKeyDictionary()
        self._named: weakref.WeakValueDictionary[str, Visit] = weakref.WeakValueDictionary()
        self._opened: tuple[str, Look] | None = None

    @property
    def consent(self) -> str:
        """The sentence that contributing asks consent to."""
        return CONSENT.format(licence=self.workbench.settings.contribution_licence)

    @property
    def _assistance(self) -> Assistance:
        return self.workbench.assistance

    @property
    def _look(self) -> Look:
        """With the model that is in use now, as another one may have been promoted since the last photo."""
        settings = self.workbench.settings
        now, opened = choose(settings).card.fingerprint, self._opened
        if opened is None or opened[0] != now:
            self._opened = opened = now, open_look(settings)
        return opened[1]

    def expect(self, opened: OpenPhoto) -> str:
        """Let the assistant look at a photo ahead; gives the name of its features, which go with the photo."""
        if opened not in self._features:
            self._features[opened] = name = secrets.token_hex(16)
            weakref.finalize(opened, self._assistance.forget, name)
            photo = weakref.ref(opened)
            self._assistance.prepare(name, lambda: _alive(photo).photo)
        return self._features[opened]

    def begin(self, opened: OpenPhoto, mask: Mask) -> str:
        """Start correcting `mask`, in place of an earlier visit to the same photo; gives the visit's name.

        A visit that began with the same mask goes on, and with it what was drawn since.
        """
        going_on = self._of_photo.get(opened)
        if going_on and np.array_equal(going_on.start, mask):
            return going_on.name
        visit_id = secrets.token_hex(16)
        self._named[visit_id] = self._of_photo[opened] = Visit(visit_id, opened, mask, self.expect(opened))
        return visit_id

    def get(self, visit_id: str) -> Visit:
        """The visit of that name; raises ForgottenVisitError."""
        visit = self._named.get(visit_id)
        if visit is None:
            raise ForgottenVisitError
        return visit

    def assistant(self, visit_id: str) -> dict[str, Any]:
        """See `Workbench.assistant`."""
        return self.workbench.assistant(self.get(visit_id).features)

    def propose(self, visit_id: str, prompt: object, mask: object, turn: int) -> dict[str, Any]:
        """See `Workbench.propose`."""
        visit, wanted = self.get(visit_id), Prompt.from_json(prompt)
        now = visit.mask(mask)
        wanted.check_inside(*now.shape)
        answer = ask(self._assistance, visit.features, lambda: visit.opened.photo, wanted, now, visit_id, turn)
        visit.assistants.add(answer["assistant"])
        return answer

    def contribute(
        self,
        visit_id: str,
        mask: object,
        consent: str,
        prompts: Sequence[dict[str, Any]] = (),
        seconds: float = 0.0,
    ) -> dict[str, Any]:
        """Put the visitor's photo into the store, and the mask before the reviewers, both or neither.

        Raises ConsentError unless `consent` is the sentence that the page shows, KnownPhotoError for a stored photo,
        RecordError for prompts to an assistant that did not answer.
        """
        visit = self.get(visit_id)
        if consent != self.consent:
            raise ConsentError("a photo is kept only with your consent to the sentence on the page; tick it first")
        if made_up := assistants_in(prompts) - visit.assistants:
            raise RecordError(f"the assistant {min(made_up)!r} did not answer here; open the photo again")
        corrected, workbench = visit.mask(mask), self.workbench
        added = add_photo(
            workbench.store,
            visit.opened.content,
            self._look,
            Facts(source=SOURCE, licence=workbench.settings.contribution_licence, consent=consent),
            answer=lambda task, shown: record_of(workbench.store, task, VISITOR, corrected, shown, prompts, seconds),
        )
        if added.known:
            raise KnownPhotoError
        return vars(workbench.read_back(workbench.store.records(added.photo_id)[0]))


def _alive(photo: weakref.ref[OpenPhoto]) -> OpenPhoto:
    opened = photo()
    if opened is None:
        raise ForgottenVisitError
    return opened
