"""How far the work is: python -m annotation status."""

from __future__ import annotations

from contextlib import closing

import typer

from annotation.publishing.state import State, state_of
from annotation.store import Store
from annotation.store.records import Counts, Tally
from handseg.assistants import default_assistant
from handseg.records.opening import full_address
from handseg.settings import Settings
from handseg.telling import aligned


def status() -> None:
    """Show how far the work is."""
    settings = Settings.from_environment()
    with closing(Store.open(settings)) as store:
        published = state_of(store, full_address(settings.dataset_address), settings.reviewed_only)
        lines = [
            *_setting_lines(settings, store),
            *_count_lines(store.counts()),
            *_dataset_lines(published),
            *_history_lines(store),
            *_tally_lines(store.by_annotator()),
        ]
    typer.echo("\n".join(lines))


def _setting_lines(settings: Settings, store: Store) -> list[str]:
    return [f"database   {store.database}", f"assistant  {settings.assistant or default_assistant()}"]


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


def _history_lines(store: Store) -> list[str]:
    """What is left to be done about what was forgotten, in each dataset that was ever published to."""
    lines = []
    for target in store.outbox.targets():
        if pending := len(store.outbox.withdrawals(target)):
            lines.append(f"forgotten  {pending} photos or records are still to be taken out of {target}")
        if notes := store.outbox.state(target).notes:
            lines.append(f"history    {notes}")
    return lines
