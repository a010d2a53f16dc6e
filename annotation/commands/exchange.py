"""Out of the store into other people's formats, and in from them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from annotation.errors import RecordError
from annotation.exchange import coco, imagefolder, png
from annotation.exchange.errors import ExchangeError, PairError
from annotation.exchange.exporting import export
from annotation.exchange.importing import bring_in, open_sight
from annotation.exchange.incoming import Found, Incoming
from annotation.exchange.outgoing import chosen
from annotation.store import Store
from annotation.store.records import check_line
from annotation.terms import Facts, check_licence, with_groups
from handseg.errors import PhotoError
from handseg.settings import Settings
from handseg.telling import complain, with_progress


def export_(
    kind: Annotated[
        Literal["png", "imagefolder", "coco", "yolo"],
        typer.Option(
            "--format",
            help="png: folders of photos and masks. imagefolder: the same, for datasets.load_dataset. coco: run "
            "lengths, without loss. yolo: polygons for Ultralytics; tells what they lose.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="A new folder, or one with an earlier export, which is then brought up to date."
        ),
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Export not only approved masks, but all that were not sent back.")
    ] = False,
) -> None:
    """Write photos with their newest masks for other programs.

    You can interrupt this and run it again.
    """
    settings = Settings.from_environment()
    with closing(Store.open(settings)) as store:
        pairs = chosen(store, everything)
        report = export(store, with_progress(pairs, "photos"), kind, output, settings.reviewed_only)
        waiting = 0 if everything else len(chosen(store, everything=True)) - len(pairs)
    told = [f"{len(pairs)} photos with masks were exported to {output}", *report]
    if waiting:
        told.append(f"{waiting} more wait for their review; --all takes them, too")
    typer.echo("\n".join(told))


def import_(
    folder: Annotated[Path, typer.Argument(metavar="SRC", help="A folder with photos and masks.")],
    kind: Annotated[
        Literal["png", "imagefolder", "coco"],
        typer.Option(
            "--format",
            help="png: SRC/images/* with SRC/masks/<stem>.png, in gray, 0 and 255. imagefolder: SRC/metadata.jsonl "
            "with file_name and mask_file_name. coco: SRC/annotations.json, photos in SRC/images or SRC; a photo "
            "without annotations is one without hands.",
        ),
    ],
    source: Annotated[str, typer.Option(help="Where the photos come from, in a word.")],
    licence: Annotated[str, typer.Option(help="The photos' licence as an SPDX identifier, such as CC-BY-4.0.")],
    group: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="A regular expression that finds the group in a photo's path below SRC, such as images/ann/1.jpg. "
            "Photos of a group stay together when photos are split for training. Without it, near-duplicates are a "
            "group.",
        ),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="coco: the category that means a hand, 'hand' by default; may be repeated."),
    ] = None,
) -> None:
    """Add photos together with masks that people already have.

    They become approved records. You can interrupt this and run it again. Where the files give group_id, source,
    licence or consent of a photo, as our exports do, those values count.
    """
    check_line("source", source)
    check_licence(licence)
    found = _read(folder, kind, category or [coco.HAND])
    found.pairs = _completed(found.pairs, Facts(source=source, licence=licence), group)
    settings = Settings.from_environment()
    with closing(Store.open(settings)) as store:
        failures = _bring_all_in(store, settings, found)
    if failures:
        sys.exit(1)


def _read(folder: Path, kind: str, categories: Sequence[str]) -> Found:
    if not folder.is_dir():
        raise ExchangeError(f"there is no folder {folder}; give the one with the photos and masks")
    if kind == "coco":
        return coco.read(folder, categories)
    return png.read(folder) if kind == "png" else imagefolder.read(folder)


def _completed(pairs: list[Incoming], given: Facts, pattern: str | None) -> list[Incoming]:
    """The pairs with what was given, where their files say nothing."""
    lacking = [(each.path, each.name) for each in pairs if not each.facts.group_id]
    groups = dict(with_groups(lacking, pattern, given.source))
    return [
        replace(each, facts=each.facts.or_else(replace(given, group_id=groups.get(each.path, "")))) for each in pairs
    ]


def _bring_all_in(store: Store, settings: Settings, found: Found) -> int:
    """Import all pairs, tell what became of them, and return how many failed."""
    failures, known, notes, see = len(found.complaints), 0, Counter[str](), open_sight(settings)
    for complaint in found.complaints:
        complain(complaint)
    for pair in with_progress(found.pairs, "photos"):
        try:
            imported = bring_in(store, see, pair)
            known += imported.known
            notes.update(imported.notes)
        except (PairError, PhotoError, RecordError) as error:
            failures += 1
            complain(f"{pair.name}: {error}")
    added = len(found.pairs) + len(found.complaints) - known - failures
    typer.echo(f"{added} photos with masks were imported, {known} were known, {failures} failed")
    if known:
        typer.echo(
            "of photos that were known, the masks that they have here stay, and the imported ones were not taken"
        )
    for note, times in notes.items():
        typer.echo(f"{times} masks {note}")
    return failures
