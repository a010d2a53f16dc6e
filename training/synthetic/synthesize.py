"""Many pictures, in several processes; stop it in any way, and start it again to go on."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from typing import Protocol

from handseg.errors import HandsegError
from training.synthetic.dataset import Writer
from training.synthetic.plan import Job, job
from training.synthetic.studio import Made

PICTURES_PER_PROCESS = 300
"""Then workers are replaced: renderers keep some memory of every scene."""

Renderer = Callable[[Job], Made]


class SynthesisError(HandsegError):
    """Some pictures could not be made; all others were."""


class Opens(Protocol):
    """What can be sent to a worker and opened there."""

    def studio(self) -> Renderer:
        """A renderer of this process."""


def missing(writer: Writer, seed: int, count: int) -> list[Job]:
    """The jobs of the first `count` pictures that are not finished."""
    done = writer.finished()
    return [each for each in (job(seed, number) for number in range(count)) if each.stem not in done]


def synthesize(
    setup: Opens, writer: Writer, seed: int, count: int, workers: int = 0, on_picture: Callable[[], None] = lambda: None
) -> int:
    """Make what is missing of the first `count` pictures of a seed; gives how many were made.

    With 0 workers it is this process that makes them. Raises SynthesisError at the end if some could not be made.
    """
    made = 0
    for line in _lines(setup, writer, missing(writer, seed, count), workers):
        writer.enter(line)
        on_picture()
        made += 1
    if failed := writer.failed():
        stem, reason = next(iter(failed.items()))
        raise SynthesisError(
            f"{len(failed)} pictures failed, {stem} for one: {reason}; call it again to try them again, with fewer "
            "--workers if memory is short: each needs 2 GB"
        )
    return made


def _lines(setup: Opens, writer: Writer, jobs: list[Job], workers: int) -> Iterator[dict[str, object]]:
    """The manifest's lines, in the order in which pictures are finished."""
    if workers < 1 or not jobs:
        yield from map(_Worker(setup, writer), jobs)
        return
    spawn, some = multiprocessing.get_context("spawn"), PICTURES_PER_PROCESS * workers
    for start in range(0, len(jobs), some):
        # Not by max_tasks_per_child: before Python 3.12, a pool may wait for ever for a worker that it did not replace.
        with ProcessPoolExecutor(workers, spawn, initializer=_open, initargs=(setup, writer)) as pool:
            yield from _flowing(pool, jobs[start : start + some], ahead=4 * workers)


def _flowing(pool: ProcessPoolExecutor, jobs: Iterable[Job], ahead: int) -> Iterator[dict[str, object]]:
    """Keep a few jobs waiting, not all of them."""
    rest = iter(jobs)
    pending = {pool.submit(_make, each) for each in islice(rest, ahead)}
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        pending |= {pool.submit(_make, each) for each in islice(rest, len(done))}
        yield from (each.result() for each in done)


class _Worker:
    """A studio with the writer that its pictures go to."""

    def __init__(self, setup: Opens, writer: Writer) -> None:
        self.studio, self.writer = setup.studio(), writer

    def __call__(self, each: Job) -> dict[str, object]:
        """The manifest's line of a picture; one that fails is told there, and does not stop thousands of others."""
        try:
            made = self.studio(each)
        except HandsegError:
            raise
        except Exception as error:
            return {
                "stem": each.stem,
                "seed": each.seed,
                "number": each.number,
                "failed": f"{type(error).__name__}: {error}",
            }
        return self.writer.store(each, made)


_here: _Worker | None = None


def _open(setup: Opens, writer: Writer) -> None:
    global _here
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _here = _Worker(setup, writer)


def _end_with_the_parent() -> None:
    """A worker whose parent was killed would wait for jobs for ever."""
    multiprocessing.parent_process().join()
    os._exit(os.EX_TEMPFAIL)


def _make(each: Job) -> dict[str, object]:
    return _here(each)
