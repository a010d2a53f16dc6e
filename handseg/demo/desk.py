"""The photos that visitors have open: in memory, one per visitor, and forgotten soon after they were last used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import cachetools
import numpy as np

from handseg.errors import PhotoError
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.segmenter import Prediction, Segmenter, segmenter_of
from handseg.settings import Settings
from handseg.weights import Weights, choose, installed

CORRECTED = "your mask"
"""What the visitor's own mask is called among the models."""

MOST_BYTES = 1_500_000_000
FORGET_AFTER = 30 * 60
"""Seconds since a photo was last used."""
FORGET_LEFT_AFTER = 2 * 60
"""Seconds since its visitor left. One whose network is away for a moment seems to have left, too, and comes back."""

FORGOTTEN = (
    "your photo is no longer here: photos are forgotten half an hour after they were last used, or sooner when you are "
    "away for minutes, many people come or the server starts anew; choose it again"
)


@dataclass(frozen=True)
class Timed:
    """A prediction and the seconds it took."""

    prediction: Prediction
    seconds: float


@dataclass(eq=False)
class OpenPhoto:
    """One visitor's photo, and what the models said about it so far."""

    photo: Photo
    stem: str
    content: bytes = b""
    """The file as it came."""
    answers: dict[str, Timed] = field(default_factory=dict)
    corrected: Prediction | None = None
    """The visitor's own mask."""
    renew: Callable[[], None] = lambda: None
    """Called by whoever uses the photo, so that it is forgotten later."""

    def correct(self, mask: Mask) -> None:
        """Keep the visitor's own mask, (H, W), beside what the models said."""
        self.corrected = Prediction(mask.astype(np.float32), threshold=0.5, model=CORRECTED)

    def bytes(self, predictions: int) -> int:
        """Of memory, with room for so many predictions."""
        return len(self.content) + self.photo.nbytes + predictions * 4 * self.photo.shape[0] * self.photo.shape[1]


class Desk:
    """Keeps open photos by visitor, and the segmenters that they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        predictions = len(installed(settings)) + 1
        # With many models, a single photo may count more than fits; it is kept, and alone.
        self._open = cachetools.TTLCache(
            MOST_BYTES, FORGET_AFTER, getsizeof=lambda each: min(each.bytes(predictions), MOST_BYTES)
        )
        self._left: dict[str, float] = {}
        """Since when visitors are away, the first who left first."""
        self._segmenters: dict[str, tuple[str, Segmenter]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._forget_in_time, name="forget photos", daemon=True).start()

    def put(self, visitor: str, opened: OpenPhoto) -> OpenPhoto:
        """Open a photo in place of the visitor's last one; photos whose visitors left make room first."""
        opened.renew = partial(self._renew, visitor)
        with self._lock:
            self._drop(visitor)
            most = self._open.maxsize - self._open.getsizeof(opened)
            while self._left and self._open.currsize > most:
                self._drop(next(iter(self._left)))
            self._open[visitor] = opened
        return opened

    def get(self, visitor: str) -> OpenPhoto:
        """The visitor's photo, which is used now; raises PhotoError if it was forgotten."""
        opened = self._renew(visitor)
        if opened is None:
            raise PhotoError(FORGOTTEN)
        return opened

    def has(self, visitor: str, opened: OpenPhoto) -> bool:
        """Whether this photo is still the visitor's."""
        with self._lock:
            return self._open.get(visitor) is opened

    def forget(self, visitor: str) -> None:
        """Drop the visitor's photo, if there is one."""
        with self._lock:
            self._drop(visitor)

    def leave(self, visitor: str) -> None:
        """Drop the visitor's photo soon, unless it is used again: their page is closed, or out of reach."""
        with self._lock:
            if visitor in self._open:
                self._left[visitor] = self._open.timer()

    def _renew(self, visitor: str) -> OpenPhoto | None:
        """Begin the time of the visitor's photo anew, if there is one."""
        with self._lock:
            self._expire()
            opened = self._open.get(visitor)
            if opened is not None:
                self._open[visitor] = opened
                self._left.pop(visitor, None)
        return opened

    def _forget_in_time(self) -> None:
        # The cache lets go of what has expired only when it is next written to, which on a quiet day may be never.
        while True:
            time.sleep(30)
            with self._lock:
                self._expire()

    def _expire(self) -> None:
        self._open.expire()
        latest = self._open.timer() - FORGET_LEFT_AFTER
        for visitor in [each for each, since in self._left.items() if since < latest]:
            self._drop(visitor)

    def _drop(self, visitor: str) -> None:
        self._open.pop(visitor, None)
        self._left.pop(visitor, None)

    def predict(self, opened: OpenPhoto, model: str) -> Timed:
        """What `model` says about a photo; each model is asked once, unless other weights have taken its place."""
        weights = choose(self.settings, model)
        asked = weights.card.fingerprint
        if asked not in opened.answers:
            segmenter = self.segmenter(weights)
            begin = time.perf_counter()
            prediction = segmenter.predict(opened.photo)
            opened.answers[asked] = Timed(prediction, time.perf_counter() - begin)
        return opened.answers[asked]

    def segmenter(self, weights: Weights) -> Segmenter:
        """These weights, ready, loaded at their first use; raises WeightsError."""
        with self._lock:
            name, fingerprint = weights.card.name, weights.card.fingerprint
            if name not in self._segmenters or self._segmenters[name][0] != fingerprint:
                self._segmenters[name] = fingerprint, segmenter_of(weights, self.settings)
            return self._segmenters[name][1]
