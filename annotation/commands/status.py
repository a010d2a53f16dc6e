"""How far the work is: python -m annotation status."""

from __future__ import annotations

from contextlib import closing

import typer

from annotation.assistants import GRABCUT
from annotation.commands.telling import aligned
from annotation.publishing.state import State, state_of
from annotation.store import Store
from annotation.store.records import Counts, Tally
from handseg.records.opening import full_address
from handseg.settings import Settings


def status() -> None:
    """Tell how far the work is."""
    settings = Settings.from_environment()
    with closing(Store.open(settings)) as store:
        published = state_of(store, full_address(settings.dataset_address), settings.reviewed_only)
        lines = [
            *_setting_lines(settings, store),
            *_count_lines(store.counts()),
            *_dataset_lines(published),
            *_tally_lines(store.by_annotator()),
        ]
    typer.echo("\n".join(lines))


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
    return ["", *aligned([head, *rows])]


def _dataset_lines(state: State) -> list[str]:
    lines = [
        f"dataset    {state.target}: {state.published} published, {state.waiting} waiting, "
        f"{len(state.held_back)} held back",
        *(f"           held back: {reason}" for reason in sorted(set(state.held_back.values()))),
    ]
    if state.committed_at:
        lines.append(f"           last commit {state.revision[:12]} at {state.committed_at:%Y-%m-%d %H:%M} UTC")
    if state.error and state.failed_at:
        lines.append(f"           last attempt failed at {state.failed_at:%Y-%m-%d %H:%M} UTC: {state.error}")
    return lines
