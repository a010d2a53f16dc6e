"""Opening the wanted assistant in the background, while the floor works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from annotation.assistants import DEFAULT_ASSISTANT, Assistant, open_assistant
from handseg.errors import HandsegError
from handseg.settings import Settings

FLOOR = "grabcut"
"""What can always be opened at once."""

Opener = Callable[[str, Settings, Callable[[float], None] | None], Assistant]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class About:
    """Which assistant is at work, for the page and the records."""

    name: str
    """At work now."""
    wanted: str
    """The one that the settings ask for."""
    state: str
    """`loading` while the wanted one is being opened, else `ready`."""
    progress: float | None
    """The share of the download, in [0, 1]; None where nothing is being downloaded."""
    why: str
    """A sentence for the page."""


class Opening:
    """The assistant at work: the floor at first, and the wanted one as soon as it is open."""

    def __init__(self, settings: Settings, opener: Opener = open_assistant) -> None:
        self.wanted = settings.assistant or DEFAULT_ASSISTANT
        self.current = opener(FLOOR, settings, None)
        self._settings, self._opener = settings, opener
        self._loading, self._progress, self._failure = self.wanted != FLOOR, None, ""
        if self._loading:
            threading.Thread(target=self._open, name=f"opening {self.wanted}", daemon=True).start()

    def about(self) -> About:
        """What to say about it now."""
        state = "loading" if self._loading else "ready"
        return About(self.current.name, self.wanted, state, self._progress if self._loading else None, self._why())

    def _why(self) -> str:
        if self._loading:
            share = self._progress
            doing = "opened" if share is None or share >= 1 else f"fetched ({share:.0%})".replace("%", " %")
            return f"{self.wanted} is being {doing}; GrabCut works until then."
        if self._failure:
            return f"{self.wanted} could not be opened ({self._failure}); GrabCut works instead."
        return "GrabCut works: it needs no weights." if self.wanted == FLOOR else f"{self.current.name} works."

    def _open(self) -> None:
        try:
            self.current = self._opener(self.wanted, self._settings, self._hear)
        except HandsegError as error:
            self._failure = str(error)
            log.warning("%s could not be opened: %s", self.wanted, error)
        except Exception as error:
            self._failure = f"{type(error).__name__}: {error}"
            log.exception("%s could not be opened", self.wanted)
        self._loading = False

    def _hear(self, progress: float) -> None:
        self._progress = progress
