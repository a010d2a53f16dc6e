"""How far publishing is, for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from annotation.store import Store


@dataclass(frozen=True)
class State:
    """What the page and the command line tell about one dataset."""

    target: str
    saved: int
    """Records that count: the newest of each annotator on each photo."""
    kept_back: int
    """Of these, those that do not belong into a dataset as yet: sent back, rejected, a visitor's without a review, or
    older than another annotator's."""
    reviewed_only: bool
    """Whether no record belongs into it before its review."""
    waiting: int
    """Changes to be made: records that are still to come into the dataset, or to be taken out..."""
    published: int
    """...records that are there..."""
    held_back: Mapping[str, str]
    """...and that cannot come in, with the reason for each."""
    revision: str
    committed_at: datetime | None
    error: str
    failed_at: datetime | None
    busy: bool = False
    next_commit: datetime | None = None
    """When publishing is possible again, if there were too many commits."""


def state_of(store: Store, target: str, reviewed_only: bool) -> State:
    """The state of publishing a store to `target`, as far as the store knows it; asks no network."""
    state, counts = store.outbox.state(target), store.counts()
    photo_of = {record.id: record.photo_id for record in store.outbox.publishable(reviewed_only)}
    wanted, there = photo_of.keys(), store.outbox.published_ids(target)
    to_take_out = _to_take_out(store, there - wanted, photo_of.values()) + len(store.outbox.withdrawals(target))
    saved = counts.waiting + counts.approved + counts.sent_back
    return State(
        target=target,
        saved=saved,
        kept_back=saved - len(wanted),
        reviewed_only=reviewed_only,
        waiting=len(wanted - there - state.held_back.keys()) + to_take_out,
        published=len(there),
        held_back=state.held_back,
        revision=state.revision,
        committed_at=state.committed_at,
        error=state.error,
        failed_at=state.failed_at,
    )


def _to_take_out(store: Store, unwanted: Collection[str], wanted_photos: Collection[str]) -> int:
    """How many of the unwanted rows just go: no other one takes their place, and they are no withdrawals."""
    photos = set(wanted_photos)
    return sum(record.photo_id not in photos for record, _ in store.outbox.with_photos(unwanted))
