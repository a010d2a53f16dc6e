"""Many photos in, one result each out: a bad photo is reported and skipped, and nothing is overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from handseg import photos
from handseg.errors import HandsegError, OutputError
from handseg.outputs import write_whole


@dataclass(frozen=True)
class Job:
    """A photo and where its result goes."""

    photo: Path
    target: Path


def plan(inputs: Iterable[Path], output: Path) -> list[Job]:
    """A job for each photo among `inputs`, files or folders; folders keep their inner structure below `output`.

    A photo that is named twice is done once. Results of an earlier run, in an `output` inside a folder, are no photos.
    """
    results = Path(os.path.realpath(output))
    jobs: dict[Path, Job] = {}
    for source in inputs:
        is_folder = os.path.isdir(source)
        holds_results = is_folder and Path(os.path.realpath(source)) in results.parents
        for photo in photos.find([source]):
            real = Path(os.path.realpath(photo))
            if holds_results and results in real.parents:
                continue
            inner = photo.parent.relative_to(source) if is_folder else Path()
            jobs.setdefault(real, Job(photo, output / inner / f"{photo.stem}.png"))
    return list(jobs.values())


def run(jobs: Iterable[Job], work: Callable[[Path], bytes], overwrite: bool, report: Callable[[str], None]) -> int:
    """Write `work(photo)` to each job's target; report what goes wrong, a line each, and return how many did."""
    failures = 0
    written: dict[Path, Path] = {}
    for job in jobs:
        try:
            _refuse_overwriting(job, written, overwrite)
            write_whole(job.target, work(job.photo))
            written[job.target] = job.photo
        except HandsegError as error:
            failures += 1
            report(str(error))
        except OSError as error:
            failures += 1
            report(f"{job.photo} was skipped: {error}")
    return failures


def _refuse_overwriting(job: Job, written: dict[Path, Path], overwrite: bool) -> None:
    if job.target in written:
        raise OutputError(
            f"{job.photo} was skipped: its result would replace that of {written[job.target]}; rename one of them"
        )
    if os.path.lexists(job.target) and not overwrite:
        raise OutputError(f"{job.photo} was skipped: {job.target} exists; give --overwrite to replace it")
    if os.path.realpath(job.target) == os.path.realpath(job.photo):
        raise OutputError(
            f"{job.photo} was skipped: its result would replace the photo itself; choose another --output"
        )
