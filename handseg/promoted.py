"""Weights that have taken the place of those that ship, under the same name.

    <home>/promoted/
        register.json               who took whose place, and when; only ever gets longer
        20261121T101500Z-5f2c9a1e/  a weights folder, which nobody changes any more

A process that runs looks here each time a model is asked for, so that a promotion needs no restart.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock

from handseg.errors import OutputError, WeightsError
from handseg.outputs import write_whole


@dataclass(frozen=True)
class Change:
    """What is called by a name has changed."""

    name: str
    folder: str
    """In <home>/promoted: the weights that came, or "" when the last ones that came went again."""
    at: str
    why: dict[str, Any] = field(default_factory=dict)
    """The comparison that proved it, or who rolled back."""


def promoted(home: Path) -> dict[str, Path]:
    """The weights folder of each name that was promoted and not rolled back to what ships."""
    return {name: _folder(home) / folders[-1] for name, folders in _stacks(history(home)).items() if folders}


def history(home: Path) -> list[Change]:
    """All changes, oldest first; raises WeightsError for a damaged register."""
    try:
        return [Change(**each) for each in json.loads(_register(home).read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(
            f"cannot read {_register(home)} ({error}); restore it, or delete it to use what ships"
        ) from error


def below(home: Path, name: str) -> Path | None:
    """The weights folder that rolling back would bring, None for what ships; raises WeightsError as `roll_back`."""
    folders = _stacks(history(home)).get(name)
    if not folders:
        raise WeightsError(f"nothing was promoted to {name!r} that could be rolled back")
    return _folder(home) / folders[-2] if len(folders) > 1 else None


def promote(
    home: Path, name: str, weights: Path, why: dict[str, Any], still: Callable[[], object] = lambda: None
) -> Change:
    """Let a copy of a weights folder take the place of what is called `name`.

    `still` is called when nobody else can change that any more, and refuses by raising; the copy is gone then.

    Raises OutputError, and WeightsError for a damaged register.
    """
    moment = datetime.now(UTC)
    folder = f"{moment:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    try:
        _folder(home).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_folder(home), prefix=".new-") as temporary:
            copied = shutil.copytree(weights, Path(temporary) / folder)
            copied.rename(_folder(home) / folder)
    except OSError as error:
        raise OutputError(f"cannot copy {weights} into {_folder(home)}: {error}; make room and start again") from error
    try:
        return _add(home, Change(name, folder, moment.isoformat(timespec="seconds"), why), still)
    except BaseException:
        shutil.rmtree(_folder(home) / folder, ignore_errors=True)
        raise


def roll_back(home: Path, name: str, why: dict[str, Any], still: Callable[[], object] = lambda: None) -> Change:
    """Bring back what was called `name` before the last promotion; `still` is as for `promote`.

    Raises WeightsError if there was none, and OutputError.
    """
    below(home, name)
    return _add(home, Change(name, "", datetime.now(UTC).isoformat(timespec="seconds"), why), still)


def _stacks(changes: list[Change]) -> dict[str, list[str]]:
    """For each name the folders that would be rolled back to, the one in use last."""
    stacks: dict[str, list[str]] = {}
    for change in changes:
        folders = stacks.setdefault(change.name, [])
        if change.folder:
            folders.append(change.folder)
        elif folders:
            folders.pop()
    return stacks


def _add(home: Path, change: Change, still: Callable[[], object]) -> Change:
    with _alone(home):
        still()
        told = [asdict(each) for each in [*history(home), change]]
        write_whole(_register(home), json.dumps(told, indent=2, ensure_ascii=False).encode())
    return change


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = filelock.FileLock(_folder(home) / "lock")
    try:
        lock.acquire()
    except OSError as error:
        raise OutputError(f"cannot write into {_folder(home)}: {error.strerror or error}") from error
    with lock:
        yield


def _folder(home: Path) -> Path:
    return home / "promoted"


def _register(home: Path) -> Path:
    return _folder(home) / "register.json"
