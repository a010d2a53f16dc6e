"""Opening the wanted assistant in the background, while GrabCut works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from handseg.assistants import GRABCUT, Assistant, default_assistant, open_assistant
from handseg.errors import HandsegError
from handseg.settings import Settings

Opener = Callable[[str, Settings, Callable[[float], None] | None], Assistant]

log = logging.getLogger(__name__)


class Opening:
    """The assistant at work: GrabCut at first, and the wanted one as soon as it is open."""

    def __init__(self, settings: Settings, opener: Opener = open_assistant) -> None:
        self.current = opener(GRABCUT, settings, None)
        self._wanted, self._settings, self._opener = settings.assistant or default_assistant(), settings, opener
        self._loading, self._progress, self._failed = self._wanted != GRABCUT, None, False
        if self._loading:
            threading.Thread(target=self._open, name=f"opening {self._wanted}", daemon=True).start()

    def about(self) -> str:
        """Which assistant is at work, and why, in a sentence for the page; paths and reasons are for the log alone."""
        wanted = Path(self._wanted.partition(":")[0]).name
        if self._loading:
            share = self._progress
            doing = "opened" if share is None or share >= 1 else f"fetched ({share:.0%})".replace("%", " %")
            return f"{wanted} is being {doing}; GrabCut works until then."
        if self._failed:
            return f"{wanted} could not be opened, and the server's log tells why; GrabCut works instead."
        if self._wanted == GRABCUT:
            return "GrabCut works: it needs no weights."
        return f"The assistant “{self.current.name.partition('@')[0]}” helps you."

    def _open(self) -> None:
        try:
            self.current = self._opener(self._wanted, self._settings, self._hear)
        except HandsegError as error:
            self._failed = True
            log.warning("%s could not be opened: %s", self._wanted, error)
        except Exception:
            self._failed = True
            log.exception("%s could not be opened", self._wanted)
        self._loading = False

    def _hear(self, progress: float) -> None:
        self._progress = progress
