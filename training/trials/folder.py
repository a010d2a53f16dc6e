"""What a trial's folder says; whoever asks and whoever carries it out meet only there.

RUN/trials/<utc>-<uuid8>/
    asked.json       which weights against which, on what, and who asked
    lock             held by the process that carries it out, as long as it lives
    progress.json    how many photos of how many
    cancel           there as soon as somebody wants it to stop
    outcome.json     what came of it; nothing follows
    pictures/        <number>-<photo|truth|incumbent|candidate>.jpg of the photos about which the two differ most
    log.txt          what the process said
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handseg.errors import HandsegError
from handseg.held import held, is_held
from handseg.outputs import write_whole
from handseg.weights import Weights

TRIALS = "trials"
PICTURES, LOG = "pictures", "log.txt"
VIEWS = ("photo", "truth", "incumbent", "candidate")

RUNNING, JUDGED, FAILED, CANCELLED, BROKEN_OFF = "running", "judged", "failed", "cancelled", "broken off"

PATIENCE = timedelta(seconds=60)
"""How long a process may take to start on a busy machine."""


class TrialError(HandsegError):
    """A trial cannot begin, or is not what it should be."""


@dataclass(frozen=True)
class Asked:
    """What shall be compared. Paths are absolute, as the process works elsewhere."""

    candidate: str
    """A weights folder..."""
    incumbent: str
    """...and that of the model whose place it shall take."""
    incumbent_card: str
    """The fingerprint of its card as it is in use; what came from the Hub has another card in its folder."""
    name: str
    """What the incumbent is called."""
    dataset: str
    """Whose test split decides: a folder or owner/name, and after an @ a revision."""
    by: str
    begun_at: str


@dataclass(frozen=True)
class Progress:
    """How far a trial is."""

    done: int = 0
    of: int = 0
    """Photos; 0 while they are not counted yet."""


class Trial:
    """One comparison, by its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, run: Path, candidate: Path, incumbent: Weights, name: str, dataset: str, by: str) -> Trial:
        """The folder of a new trial beside a run; nobody carries it out yet. Raises OutputError."""
        now = datetime.now(UTC)
        trial = cls(run.absolute() / TRIALS / f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}")
        models = str(candidate.absolute()), str(incumbent.folder.absolute()), incumbent.card.fingerprint
        trial.write("asked.json", asdict(Asked(*models, name, dataset, by, now.isoformat(timespec="seconds"))))
        return trial

    @property
    def id(self) -> str:
        """Its name among the trials of a run; later ones come later in the alphabet."""
        return self.folder.name

    @property
    def asked(self) -> Asked:
        """What shall be compared; raises TrialError for a folder that says nothing of it."""
        try:
            return Asked(**json.loads((self.folder / "asked.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise TrialError(f"{self.folder} holds no comparison ({error}); begin a new one") from error

    @property
    def progress(self) -> Progress:
        """How far it is."""
        found = self._read("progress.json")
        return Progress(**found) if found else Progress()

    @property
    def outcome(self) -> dict[str, Any]:
        """What came of it, with the key `kind`; empty as long as nothing did."""
        return self._read("outcome.json")

    @property
    def standing(self) -> str:
        """One of running, judged, failed, cancelled and broken off: the last for a process that died."""
        if kind := self.outcome.get("kind"):
            return str(kind)
        alive = is_held(self.folder)
        # Once more, as it may have come to its end between the two looks.
        if kind := self.outcome.get("kind"):
            return str(kind)
        age = datetime.now(UTC) - datetime.fromisoformat(self.asked.begun_at)
        if alive or abs(age) < PATIENCE:  # a clock may have been ahead
            return RUNNING
        return BROKEN_OFF

    @property
    def cancelled(self) -> bool:
        """Whether somebody wants it to stop."""
        return (self.folder / "cancel").exists()

    def cancel(self) -> None:
        """Let it stop after the photo it looks at; raises OutputError."""
        write_whole(self.folder / "cancel", b"")

    def picture(self, number: int, view: str) -> Path:
        """Where the picture of the photo with this number, from 0, is."""
        return self.folder / PICTURES / f"{number}-{view}.jpg"

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Put plain values into one of its files; raises OutputError."""
        write_whole(self.folder / name, json.dumps(values, indent=2, ensure_ascii=False).encode())

    def held(self) -> AbstractContextManager[None]:
        """Be the process that carries it out, meanwhile; raises TrialError if there is one already."""
        return held(self.folder, TrialError(f"another process carries out {self.folder} already; wait for it"))

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise TrialError(f"cannot read {self.folder / name} ({error}); begin a new comparison") from error


def trials_of(run: Path) -> list[Trial]:
    """The trials beside a run, newest first; damaged ones, and those of another version, are left out."""
    found = (Trial(path.parent) for path in sorted((run / TRIALS).glob("*/asked.json"), reverse=True))
    return [trial for trial in found if _can_be_told(trial)]


def _can_be_told(trial: Trial) -> bool:
    try:
        return bool(trial.asked) and trial.outcome is not None
    except TrialError:
        return False
