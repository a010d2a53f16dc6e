"""From a source into a dataset of ours: what is missing there is added, so that it may be interrupted and repeated."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from handseg.errors import HandsegError
from handseg.intake import take_in
from handseg.places import Place
from handseg.places.patience import patiently
from handseg.records.edits import Edit, commit
from handseg.records.grouping import StraddleError
from handseg.records.row import Row, sha256
from handseg.records.snapshot import Snapshot
from training.sources.examples import Example, SourceError
from training.sources.protocol import Entry, Found

MOST_PHOTOS, MOST_BYTES = 1000, 500_000_000
"""In one commit: what is lost when an import is interrupted."""

PATIENCE = 900.0
"""Seconds for which a commit is tried again."""


@dataclass
class Outcome:
    """What an import came to."""

    added: int = 0
    present: int = 0
    """Photos that were there already, with this mask or with one that a person made."""
    left_out: list[str] = field(default_factory=list)
    """Photos that cannot come in, and why, in words."""
    sources: dict[str, set[str]] = field(default_factory=dict)
    """The licence and credit of each source that was read."""
    revision: str = ""
    """Of the dataset, now."""
    hands: int = 0
    """Photos with a hand, among all that were read."""
    seen: set[str] = field(default_factory=set)
    """The ids of the rows that were met."""


def import_found(
    found: Found,
    place: Place,
    on_photo: Callable[[], object] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Add the photos that a source has found to the dataset at `place`; `on_photo` is called after each.

    Raises:
        PlaceError: the place refuses, or did not answer for `PATIENCE` seconds.
        SchemaError: the place holds another kind of dataset, or one of a newer handseg.
        OutputError: the disk is full.
    """
    outcome = Outcome(left_out=list(found.left_out))
    snapshot = Snapshot(place)
    for rows in _batches(_rows(found.entries, snapshot, outcome, on_photo)):
        snapshot = _commit(rows, snapshot, outcome, sleep)
    outcome.revision = snapshot.revision
    return outcome


def annotator_of(source: str) -> str:
    """What rows call the annotator of a source: 16 hex digits, always the same, as rows call people.

    >>> annotator_of("egohands")
    'd36cfd9d6e3f2a4f'
    """
    return hashlib.sha256(f"handseg import\0{source}".encode()).hexdigest()[:16]


def row_id(example: Example) -> str:
    """32 hex digits: the same for the same photo and mask of a source, and never another one's."""
    told = (example.source, example.name, sha256(example.image), sha256(example.mask))
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]


def _rows(
    entries: Iterable[Entry], snapshot: Snapshot, outcome: Outcome, on_photo: Callable[[], object]
) -> Iterator[Row]:
    """The rows of all photos but those that the dataset has as they are; what cannot be read is told."""
    known = set(snapshot.light["id"].to_pylist())
    for entry in entries:
        try:
            example = entry.read()
            outcome.sources.setdefault(f"{example.source} ({example.terms.licence})", set()).add(example.terms.credit)
            outcome.hands += not example.hand_free
            if row_id(example) in known:
                outcome.present += 1
                outcome.seen.add(row_id(example))
            else:
                yield _row(example)
        except HandsegError as error:
            outcome.left_out.append(f"{entry.name}: {error}")
        on_photo()


def _row(example: Example) -> Row:
    """The row of an example, with the group that its source says; raises PhotoError and SourceError."""
    taken = take_in(example.image)
    if (size := example.label.shape) != taken.photo.shape[:2]:
        raise SourceError(f"the mask is {size[0]} x {size[1]} and the photo {taken.height} x {taken.width}")
    return Row(
        image=taken.file,
        mask=example.mask,
        model_mask=None,
        prompts="[]",
        id=row_id(example),
        photo_id=taken.photo_id,
        group_id=example.group or taken.photo_id,
        image_sha256=sha256(taken.file),
        mask_sha256=sha256(example.mask),
        phash=taken.phash,
        height=taken.height,
        width=taken.width,
        verdict="no_hand" if example.hand_free else "edited",
        iou_model_human=0.0,
        model_id="",
        assistant_id="",
        annotator=annotator_of(example.source),
        reviewer="",
        seconds=0.0,
        created_at=datetime.now(UTC),
        supersedes="",
        source=example.source,
        licence=example.terms.licence,
        consent="",
    )


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row.image) + len(row.mask)
        if len(batch) >= MOST_PHOTOS or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _commit(rows: list[Row], snapshot: Snapshot, outcome: Outcome, sleep: Callable[[float], None]) -> Snapshot:
    """Add a batch, and give the dataset as it is then; others may change it meanwhile."""

    def attempt() -> tuple[Snapshot, Plan]:
        before = Snapshot(snapshot.place, earlier=snapshot)
        plan = Plan.of(rows, before, outcome.seen)
        if plan.rows:
            commit(before, Edit(message=f"Import {len(plan.rows)} photos of {rows[0].source}", add=plan.rows))
        return Snapshot(before.place, earlier=before), plan

    after, plan = patiently(attempt, PATIENCE, sleep)
    outcome.seen |= {row.id for row in rows}
    outcome.added += len(plan.rows)
    outcome.present += plan.present
    outcome.left_out += plan.left_out
    return after


@dataclass
class Plan:
    """What is to be done with a batch."""

    rows: list[Row] = field(default_factory=list)
    present: int = 0
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Row], before: Snapshot, seen: Collection[str]) -> Plan:
        """Compare rows with a dataset: a mask that people made stays, one of an earlier import is replaced.

        The rows with `seen` ids were met in this import: another row of such a photo comes from a second copy of it.
        """
        plan = cls()
        there = {each["photo_id"]: each for each in before.light.select(["photo_id", "id", "annotator"]).to_pylist()}
        withdrawn = {photo.photo_id for photo in before.withdrawn}
        for row in rows:
            other = there.get(row.photo_id, {"id": "", "annotator": row.annotator})
            if row.photo_id in withdrawn:
                plan.left_out.append(f"the photo {row.photo_id[:12]} was taken out of the dataset for good")
            elif other["id"] in seen or row.photo_id in {each.photo_id for each in plan.rows}:
                plan.left_out.append(f"the photo {row.photo_id[:12]} is there twice; its first mask counts")
            elif other["id"] == row.id or other["annotator"] != row.annotator:
                plan.present += 1
            else:
                plan._add(replace(row, supersedes=other["id"]), before)
        return plan

    def _add(self, row: Row, before: Snapshot) -> None:
        try:
            group_id = before.grouping.group_for(row.photo_id, row.group_id, row.phash)
        except StraddleError as error:
            self.left_out.append(str(error))
            return
        before.grouping.add(row.photo_id, group_id, row.phash)
        self.rows.append(replace(row, group_id=group_id))
