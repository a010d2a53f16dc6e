"""The resumable states of a run: each is complete, or it does not count."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from handseg.outputs import write_whole

COMPLETE = "complete"
_PREFIX = "checkpoint-"
_NAME = re.compile(rf"{_PREFIX}\d+")


def found_in(run: Path) -> list[Path]:
    """The checkpoints of a run by their steps, complete or not; what else people keep beside them does not count."""
    return sorted((path for path in run.glob(f"{_PREFIX}*") if _NAME.fullmatch(path.name)), key=step_of)


def finish(checkpoint: Path) -> None:
    """Mark a checkpoint as complete, after all its files have been written."""
    write_whole(checkpoint / COMPLETE, b"")


def rotate(run: Path, best: str | None) -> None:
    """Delete all checkpoints but the last two, by their steps, and the one in the folder `best`.

    Not by their age, as transformers does it: where a clock was set back, it deletes the newest.
    """
    for checkpoint in found_in(run)[:-2]:
        if str(checkpoint) != best:
            shutil.rmtree(checkpoint, ignore_errors=True)


def newest(run: Path) -> Path | None:
    """The last complete checkpoint of a run; those that a killed process left unfinished are deleted."""
    found = found_in(run)
    for checkpoint in found:
        if not (checkpoint / COMPLETE).exists():
            shutil.rmtree(checkpoint, ignore_errors=True)
    complete = [checkpoint for checkpoint in found if checkpoint.is_dir()]
    return complete[-1] if complete else None


def at_step(run: Path, step: int) -> Path:
    """Where the checkpoint of a step is."""
    return run / f"{_PREFIX}{step}"


def step_of(checkpoint: Path) -> int:
    """The step of a checkpoint.

    >>> step_of(Path("run/checkpoint-120"))
    120
    """
    return int(checkpoint.name.removeprefix(_PREFIX))
