"""Many photos in, one result each out: a bad photo is reported and skipped, and nothing is overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from handseg import photos
from handseg.errors import HandsegError, OutputError
from handseg.outputs import write_whole


@dataclass(frozen=True)
class Job:
    """A photo and where its result goes."""

    photo: Path
    target: Path
    refusal: str = ""
    """Why it must not be done, in words: its result would replace a photo, or another result. Else ""."""


def plan(inputs: Iterable[Path], output: Path) -> list[Job]:
    """A job for each photo among `inputs`, files or folders; folders keep their inner structure below `output`.

    A photo that is named twice is done once. Results of an earlier run, in an `output` inside a folder, are no photos.
    """
    jobs = _jobs(inputs, output)
    firsts: dict[Path, Job] = {}
    for job in jobs.values():
        firsts.setdefault(_real(job.target), job)
    return [replace(job, refusal=_refusal(job, jobs, firsts)) for job in jobs.values()]


def run(jobs: Iterable[Job], work: Callable[[Path], bytes], overwrite: bool, report: Callable[[str], None]) -> int:
    """Write `work(photo)` to each job's target; report what goes wrong, a line each, and return how many did."""
    failures = 0
    for job in jobs:
        try:
            _check(job, overwrite)
            write_whole(job.target, work(job.photo))
        except HandsegError as error:
            failures += 1
            report(str(error))
        except OSError as error:
            failures += 1
            report(f"{job.photo} was skipped: {error}")
    return failures


def _jobs(inputs: Iterable[Path], output: Path) -> dict[Path, Job]:
    """By the file that a photo really is."""
    results = _real(output)
    jobs: dict[Path, Job] = {}
    for source in inputs:
        is_folder = os.path.isdir(source)
        holds_results = is_folder and _real(source) in results.parents
        for photo in photos.find([source]):
            real = _real(photo)
            if holds_results and results in real.parents:
                continue
            inner = photo.parent.relative_to(source) if is_folder else Path()
            jobs.setdefault(real, Job(photo, output / inner / f"{photo.stem}.png"))
    return jobs


def _refusal(job: Job, jobs: dict[Path, Job], firsts: dict[Path, Job]) -> str:
    """See `Job`; `jobs` by their photos' files, and the `firsts` of those with the same target."""
    target = _real(job.target)
    if _are_one(job.target, job.photo):  # asked of the files, as names may ignore case
        return "its result would replace the photo itself; choose another --output"
    if target in jobs:
        return f"its result would replace the photo {jobs[target].photo}; choose another --output"
    if firsts[target] is not job:
        return f"its result would replace that of {firsts[target].photo}; rename one of them"
    return ""


def _check(job: Job, overwrite: bool) -> None:
    if job.refusal:
        raise OutputError(f"{job.photo} was skipped: {job.refusal}")
    if os.path.lexists(job.target) and not overwrite:
        raise OutputError(f"{job.photo} was skipped: {job.target} exists; give --overwrite to replace it")


def _are_one(one: Path, other: Path) -> bool:
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
