"""Photos on their way into the queue: python -m annotation add."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from annotation.errors import RecordError
from annotation.queue.arrivals import RANDOM_SHARE, Added, add_photo
from annotation.queue.looks import Look, open_look
from annotation.store import Store
from annotation.store.records import check_line
from annotation.terms import Facts, Job, check_licence, with_groups
from handseg import photos
from handseg.errors import PhotoError, SettingError
from handseg.settings import Settings
from handseg.telling import complain, with_progress


def add(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER", help="Photos, or folders of them.")],
    source: Annotated[str, typer.Option(help="Where the photos come from, in a word.")],
    licence: Annotated[str, typer.Option(help="The photos' licence as an SPDX identifier, such as CC-BY-4.0.")],
    group: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="A regular expression that finds the group in a photo's path below FOLDER. Photos of a group stay "
            "together when photos are split for training. Without it, near-duplicates are a group.",
        ),
    ] = None,
    random_share: Annotated[
        float, typer.Option(min=0, max=1, help="The share of photos that annotators get in random order.")
    ] = RANDOM_SHARE,
) -> None:
    """Add photos to the queue.

    You can interrupt this and run it again.
    """
    check_line("source", source)
    check_licence(licence)
    jobs = with_groups(_below(folders), group, source)
    settings = Settings.from_environment()
    failures, known, look = 0, 0, open_look(settings)
    with closing(Store.open(settings)) as store:
        for path, group_id in with_progress(jobs, "photos"):
            try:
                added = _add(store, path, look, Facts(group_id, source, licence), random_share)
                known += added.known
            except PhotoError as error:
                failures += 1
                complain(str(error))
    typer.echo(f"{len(jobs) - known - failures} photos were added, {known} were known, {failures} failed")
    if failures:
        sys.exit(1)


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


def _add(store: Store, path: Path, look: Look, facts: Facts, random_share: float) -> Added:
    try:
        return add_photo(store, path.read_bytes(), look, facts, random_share)
    except (PhotoError, RecordError) as error:
        raise PhotoError(f"{path}: {error}") from error
    except OSError as error:
        raise PhotoError(f"{path}: cannot be read ({error.strerror}); check the name and its permissions") from error
