"""The one assistant of a server: it looks at each photo once, ahead of the annotator if it can, and answers prompts.

One thing happens on a device at a time. What an annotator waits for goes before what is done ahead, and an answer that
nobody waits for any more, because the annotator has clicked again, is not worked out.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

import cachetools

from annotation.opening import Opener, Opening
from annotation.turns import Turns
from handseg.assistants import Assistant, AssistantError, Embedding, open_assistant
from handseg.assistants.prompts import Prompt
from handseg.errors import HandsegError
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.settings import Settings

MOST_BYTES = 1_000_000_000
"""What embeddings may take, together."""

TIDY_EVERY = 10.0
"""Seconds, on a quiet day, after which the forgotten are really dropped."""

MOST_WAITING = 100
"""Photos to look at ahead; beyond, the one that has waited longest is given up."""

MOST_ASKERS = 10_000
ASKER_REMEMBERED = 3600.0
"""Seconds after which the turns of one who asks may begin anew."""

Load = Callable[[], Photo]

log = logging.getLogger(__name__)


class Superseded(HandsegError):  # noqa: N818  it is no failure
    """The annotator has asked anew; nobody waits for this answer."""

    def __init__(self) -> None:
        super().__init__("this prompt was followed by a newer one, which is answered instead")


@dataclass(frozen=True)
class Answer:
    """What an assistant answered to a prompt."""

    proposals: list[Mask]
    """One to three, the best first."""
    assistant: str
    """Its name."""
    seconds: float
    """From question to answer."""


class Assistance:
    """The assistant that the settings want, and GrabCut until that is open; safe to use from several threads."""

    def __init__(self, settings: Settings, most_bytes: int = MOST_BYTES, opener: Opener = open_assistant) -> None:
        self.encodes = 0
        self._opening = Opening(settings, opener)
        self._arrivals = itertools.count()
        self._turns: defaultdict[str, Turns] = defaultdict(Turns)
        # What follows is touched only while this is held; it is never held while an assistant works.
        self._lock = threading.Condition()
        self._embeddings = cachetools.LRUCache(most_bytes, getsizeof=lambda embedding: embedding.nbytes)
        self._waiting: OrderedDict[str, Load] = OrderedDict()
        self._working: set[tuple[str, str]] = set()
        self._ahead = ""
        self._failed = cachetools.LRUCache(MOST_ASKERS)
        self._newest = cachetools.TTLCache(MOST_ASKERS, ASKER_REMEMBERED)
        self._forgotten: deque[str] = deque()
        self._closed = False
        self._worker: threading.Thread | None = None

    def about(self) -> str:
        """Which assistant is at work, and why, in a sentence for the page."""
        return self._opening.about()

    def prepare(self, key: str, load: Load) -> None:
        """Look at a photo in the background, after those asked for earlier; one that was looked at is kept longer."""
        with self._lock:
            self._tidy()
            # Asking the cache for it keeps it longer.
            known = self._embeddings.get(self._name(key)) is not None or key == self._ahead
            if known or self._name(key) in self._working or self._closed:
                return
            self._failed.pop(key, None)
            self._waiting[key] = load
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="looking at photos ahead", daemon=True)
                self._worker.start()
            self._lock.notify_all()

    def forget(self, key: str) -> None:
        """Drop what is known of a photo. Never waits, and may be called anywhere, even from a finalizer."""
        # A finalizer may run inside any locked block of its thread; so this only takes note.
        self._forgotten.append(key)

    def state(self, key: str) -> str:
        """How far it is with a photo: `ready`, `working`, `waiting`, `failed` or, if never asked for, `absent`."""
        with self._lock:
            self._tidy()
            if self._name(key) in self._embeddings:
                return "ready"
            if self._name(key) in self._working or key == self._ahead:
                return "working"
            return "waiting" if key in self._waiting else "failed" if key in self._failed else "absent"

    def propose(self, key: str, load: Load, prompt: Prompt, mask: Mask, who: str, turn: int) -> Answer:
        """Answer a prompt about the photo called `key`, which `load` reads if it was not looked at yet.

        `turn` grows with each prompt of the same `who`, and on a reloaded page, too. Raises Superseded as soon as a
        prompt with a greater turn is known, PromptError for a prompt that does not fit, AssistantError if it fails,
        whose reason is for the log alone.
        """
        began, assistant = time.monotonic(), self._opening.current
        check = self._follow(who, turn)
        try:
            photo = self._photo_if_needed(assistant, key, load)
            with self._turns[assistant.device].take(urgent=True, check=check):
                check()
                embedding = self._kept(assistant, key)
                if embedding is None:
                    embedding = self._encode(assistant, key, load() if photo is None else photo)
                    check()
                proposals = assistant.propose(embedding, prompt, mask)
        except HandsegError:
            raise
        except Exception as error:
            log.exception("%s failed at %s", assistant.name, key)
            raise AssistantError("the assistant failed at this photo; try again, or use the brush") from error
        return Answer(proposals, assistant.name, time.monotonic() - began)

    def close(self) -> None:
        """Stop looking at photos ahead."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._lock.notify_all()
        if self._worker is not None:
            self._worker.join(timeout=10)

    def _follow(self, who: str, turn: int) -> Callable[[], None]:
        """Note a turn; gives a check that raises Superseded once there is a newer one, or the same one again."""
        mine = (turn, next(self._arrivals))

        def check() -> None:
            with self._lock:
                if self._newest.get(who, mine) > mine:
                    raise Superseded

        with self._lock:
            self._newest[who] = max(mine, self._newest.get(who, mine))
        check()
        return check

    def _photo_if_needed(self, assistant: Assistant, key: str, load: Load) -> Photo | None:
        """The photo, read before the device is taken, unless it is being looked at, or was."""
        with self._lock:
            self._tidy()
            self._waiting.pop(key, None)
            name = (assistant.name, key)
            if name in self._embeddings or name in self._working:
                return None
        return load()

    def _kept(self, assistant: Assistant, key: str) -> Embedding | None:
        with self._lock:
            return self._embeddings.get((assistant.name, key))

    def _encode(self, assistant: Assistant, key: str, photo: Photo) -> Embedding:
        """Look at a photo, with the device taken, and keep the embedding if there is room for it."""
        name = (assistant.name, key)
        with self._lock:
            self._working.add(name)
            self.encodes += 1
        embedding = None
        try:
            embedding = assistant.encode(photo)
            return embedding
        finally:
            with self._lock:
                self._working.discard(name)
                self._failed.pop(key, None)
                if embedding is not None and embedding.nbytes <= self._embeddings.maxsize:
                    self._embeddings[name] = embedding

    def _work(self) -> None:
        """Look at the photos that wait, one after the other."""
        while self._look_ahead():
            pass  # and hold on to no photo while waiting for the next

    def _look_ahead(self) -> bool:
        """Look at the photo that has waited longest; False when there will be no more."""
        job = self._next()
        if job is None:
            return False
        key, load = job
        assistant = self._opening.current
        try:
            photo = load()
            with self._turns[assistant.device].take(urgent=False):
                if self._kept(assistant, key) is None:
                    self._encode(assistant, key, photo)
        except Exception as error:
            log.warning("%s could not look at %s ahead", assistant.name, key, exc_info=error)
            with self._lock:
                self._failed[key] = True
        with self._lock:
            self._ahead = ""
        return True

    def _next(self) -> tuple[str, Load] | None:
        with self._lock:
            while not (self._waiting or self._closed):
                self._lock.wait(TIDY_EVERY)
                self._tidy()
            if self._closed:
                return None
            self._ahead, load = self._waiting.popitem(last=False)
            return self._ahead, load

    def _name(self, key: str) -> tuple[str, str]:
        return self._opening.current.name, key

    def _tidy(self) -> None:
        """Drop the forgotten, with the lock held; those that are being looked at are dropped after that."""
        busy = {self._ahead, *(key for _, key in self._working)}
        for _ in range(len(self._forgotten)):
            key = self._forgotten.popleft()
            if key in busy:
                self._forgotten.append(key)
            self._waiting.pop(key, None)
            self._failed.pop(key, None)
            for name in [name for name in self._embeddings if name[1] == key]:
                del self._embeddings[name]
