"""The annotators' command line: python -m annotation add | status | records."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from annotation.assistants import GRABCUT
from annotation.export import write_records
from annotation.queue.arrivals import RANDOM_SHARE, Added, add_photo
from annotation.queue.looks import Look, open_look
from annotation.store import Store
from annotation.store.records import Counts, Tally
from handseg import photos
from handseg.errors import HandsegError, PhotoError, SettingError
from handseg.settings import Settings

app = typer.Typer(
    name="annotation",
    help="Bring photos into the annotators' queue, see how far the work is, and take the masks out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Job = tuple[Path, str]
"""A photo, and its path below the folder that was given or its group."""

# The form of an SPDX licence identifier, or of several in an expression.
_SPDX_ID = r"(?=[0-9.+-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9.+-]*"
_SPDX = re.compile(f"{_SPDX_ID}(?: (?:AND|OR|WITH) {_SPDX_ID})*")
_MOST_LISTED = 10


@app.command()
def add(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER", help="Photos, or folders of them.")],
    source: Annotated[str, typer.Option(help="Where the photos come from, in a word.")],
    licence: Annotated[str, typer.Option(help="The photos' licence as an SPDX identifier, as CC-BY-4.0.")],
    group: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="A regular expression that finds the group in a photo's path below FOLDER; photos of a group stay "
            "together when photos are split for training. Without it, near-duplicates are a group.",
        ),
    ] = None,
    random_share: Annotated[
        float, typer.Option(min=0, max=1, help="The share of photos that is asked about in random order.")
    ] = RANDOM_SHARE,
) -> None:
    """Take photos in and put them into the queue; may be interrupted and run again."""
    _check_licence(licence)
    jobs = _with_groups(_below(folders), group, source)
    settings = Settings.from_environment()
    failures, known, look = 0, 0, open_look(settings)
    with closing(Store.open(settings)) as store:
        for path, group_id in _with_progress(jobs):
            try:
                added = _add(store, path, look, source, licence, group_id, random_share)
                known += added.known
            except PhotoError as error:
                failures += 1
                _complain(str(error))
    typer.echo(f"{len(jobs) - known - failures} photos were added, {known} were known, {failures} failed")
    if failures:
        sys.exit(1)


@app.command()
def status() -> None:
    """Tell how far the work is."""
    settings = Settings.from_environment()
    with closing(Store.open(settings)) as store:
        lines = [*_setting_lines(settings, store), *_count_lines(store.counts()), *_tally_lines(store.by_annotator())]
    typer.echo("\n".join(lines))


@app.command()
def records(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the photos, masks and records.jsonl.")],
    everything: Annotated[bool, typer.Option("--all", help="Not only those that a reviewer approved.")] = False,
) -> None:
    """Write the newest record of each photo, with photo and mask, for other programs."""
    with closing(Store.open(Settings.from_environment())) as store:
        written = write_records(store, store.valid_records(None if everything else "approved"), output)
    typer.echo(f"{written} records were written to {output}")


def _check_licence(licence: str) -> None:
    if not _SPDX.fullmatch(licence):
        raise SettingError(
            f"{licence!r} is no SPDX licence identifier; give one as CC-BY-4.0, or LicenseRef-name for own terms"
        )


def _below(folders: Iterable[Path]) -> list[Job]:
    """Each photo once, with its path below its folder."""
    found: dict[str, Job] = {}
    for folder in folders:
        root = folder if folder.is_dir() else folder.parent
        for path in photos.find([folder]):
            found.setdefault(os.path.realpath(path), (path, path.relative_to(root).as_posix()))
    if not found:
        raise SettingError(f"there are no photos in {', '.join(map(str, folders))}")
    return list(found.values())


def _with_groups(jobs: list[Job], pattern: str | None, source: str) -> list[Job]:
    """Each photo with its group_id; "" for all without a pattern."""
    if pattern is None:
        return [(path, "") for path, _ in jobs]
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise SettingError(f"--group {pattern!r} is no regular expression ({error})") from error
    found = {path: wanted.search(inner) for path, inner in jobs}
    groups = {path: match[min(1, wanted.groups)] for path, match in found.items() if match}
    if lacking := [str(path) for path, _ in jobs if not groups.get(path)]:
        raise SettingError(
            f"--group {pattern!r} finds no group in the path of {len(lacking)} photos, and nothing was added: "
            f"{', '.join(lacking[:_MOST_LISTED])}{' and others' if len(lacking) > _MOST_LISTED else ''}"
        )
    return [(path, f"{source}/{groups[path]}") for path, _ in jobs]


def _with_progress(jobs: list[Job]) -> Iterable[Job]:
    if not sys.stderr.isatty():
        return jobs
    from rich.console import Console
    from rich.progress import track

    return track(jobs, description="photos", console=Console(stderr=True))


def _add(store: Store, path: Path, look: Look, source: str, licence: str, group_id: str, random_share: float) -> Added:
    try:
        return add_photo(store, path.read_bytes(), look, source, licence, group_id, random_share=random_share)
    except PhotoError as error:
        raise PhotoError(f"{path}: {error}") from error
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror}); check the name and its permissions") from error


def _setting_lines(settings: Settings, store: Store) -> list[str]:
    return [f"database   {store.database}", f"assistant  {settings.assistant or GRABCUT}"]


def _count_lines(counts: Counts) -> list[str]:
    return [
        f"photos     {counts.photos}: {counts.open} open, {counts.claimed} being worked on, {counts.done} done",
        f"records    {counts.waiting} wait for review, {counts.approved} approved, {counts.sent_back} sent back",
    ]


def _tally_lines(tallies: list[Tally]) -> list[str]:
    """What each annotator did, as aligned text."""
    if not tallies:
        return []
    head = ("ANNOTATOR", "RECORDS", "ACCEPTED", "EDITED", "NO HAND", "REJECTED", "MEDIAN SECONDS")
    rows = [
        [f"{value:.1f}" if isinstance(value, float) else str(value) for value in vars(each).values()]
        for each in tallies
    ]
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return ["", *(line.rstrip() for line in lines)]


def _complain(message: str) -> None:
    typer.echo(f"error: {message}", err=True)


def main() -> None:
    """Run a command; errors that are meant for people come without a traceback."""
    try:
        app(prog_name="python -m annotation")
    except HandsegError as error:
        _complain(str(error))
        sys.exit(2)


if __name__ == "__main__":
    main()
