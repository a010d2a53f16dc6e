"""The checks of all rows together: what is there twice, what leaks between splits, what must not be there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa

from annotation.verification.findings import Finding
from handseg.errors import HandsegError
from handseg.intake.lookalikes import Lookalikes
from handseg.records.card import regenerated
from handseg.records.facts import facts_of
from handseg.records.snapshot import CARD, Snapshot
from handseg.records.splits import SPLITS, split_of
from handseg.records.withdrawn import PATH as WITHDRAWN

Light = dict[str, Any]
"""What of a row all others are compared with."""

_PHASH = re.compile("[0-9a-f]{16}")


def check_whole(snapshot: Snapshot, light: pa.Table, is_complete: bool) -> Iterator[Finding]:
    """All findings about the rows of a table of `LIGHT_SCHEMA`; `is_complete` if it has all that there are."""
    columns = ["id", "photo_id", "group_id", "phash", "image_sha256", "split", "shard"]
    rows = light.select(columns).to_pylist()
    yield from check_twice(rows)
    yield from check_splits(rows)
    yield from check_leaks(rows)
    yield from check_lookalikes(rows)
    yield from check_withdrawn(snapshot, rows)
    if is_complete:
        yield from check_card(snapshot, light)


def check_twice(rows: list[Light]) -> Iterator[Finding]:
    """An id, a photo and a file is there once; a photo that is in two splits is told as a leak."""
    for there in _several(rows, "id"):
        yield _about(there[1], "duplicate id", f"{_named(there[0])} has this id, too")
    for there in _several(rows, "photo_id"):
        if len({row["split"] for row in there}) == 1:
            yield _about(there[1], "duplicate photo", f"{_named(there[0])} is of this photo, too")
    for there in _several(rows, "image_sha256"):
        if len({row["photo_id"] for row in there}) > 1:
            yield _about(there[1], "duplicate image", f"{_named(there[0])} has this image, and another photo_id")


def check_splits(rows: Iterable[Light]) -> Iterator[Finding]:
    """A row is in the split of its group, for ever."""
    for row in rows:
        if row["split"] != (right := split_of(row["group_id"])):
            yield _about(row, "wrong split", f"it is in {row['split']}, and its group {row['group_id']!r} in {right}")


def check_leaks(rows: list[Light]) -> Iterator[Finding]:
    """No photo and no group is in two splits."""
    for what, column in (("photo", "photo_id"), ("group", "group_id")):
        for there in _several(rows, column):
            if len(splits := sorted({row["split"] for row in there})) > 1:
                other = next(row for row in there if row["split"] != there[0]["split"])
                yield _about(there[0], "leak", f"its {what} is in {' and '.join(splits)}: see {_named(other)}")


def check_lookalikes(rows: list[Light]) -> Iterator[Finding]:
    """No photo looks like one in another split; what is told of its photo or group already is not told again."""
    number_of = {str(number): row for number, row in enumerate(rows) if _PHASH.fullmatch(row["phash"])}
    known: dict[str, Lookalikes] = defaultdict(Lookalikes)
    for number, row in number_of.items():
        known[row["split"]].add(row["phash"], number)
    for row in number_of.values():
        for split in SPLITS[SPLITS.index(row["split"]) + 1 :]:
            near = known[split].near(row["phash"])
            for number, bits in sorted(near.items(), key=lambda item: (item[1], int(item[0]))):
                other = number_of[number]
                if other["photo_id"] != row["photo_id"] and other["group_id"] != row["group_id"]:
                    words = f"it looks like one in {split}: {bits} of 64 bits differ from {_named(other)}"
                    yield _about(row, "leak", words)
                    break


def check_withdrawn(snapshot: Snapshot, rows: Iterable[Light]) -> Iterator[Finding]:
    """What was taken out for good is not there."""
    try:
        gone = {photo.photo_id for photo in snapshot.withdrawn}
    except HandsegError as error:
        yield Finding("error", "withdrawn", str(error), WITHDRAWN)
        return
    for row in rows:
        if row["photo_id"] in gone:
            yield _about(row, "withdrawn", f"its photo was taken out for good, as {WITHDRAWN} says")


def check_card(snapshot: Snapshot, light: pa.Table) -> Iterator[Finding]:
    """The card, if there is one, counts the rows right."""
    error = partial(Finding, "error", "card", path=CARD)
    try:
        card = snapshot.card
    except HandsegError as failure:
        yield error(words=str(failure))
        return
    if not card:
        return
    told = set(card.splitlines())
    for line in regenerated("", facts_of(light), None, snapshot.place.address).splitlines():
        if _counts(line) and line not in told:
            yield error(words=f"by the rows it should say: {line}")


def _counts(line: str) -> bool:
    return bool(re.match(r"\d+ photos in |\|.*\| \d+ \|$", line))


def _several(rows: Iterable[Light], column: str) -> list[list[Light]]:
    """The rows that have a value in common, for each such value."""
    by_value = defaultdict(list)
    for row in rows:
        by_value[row[column]].append(row)
    return [there for there in by_value.values() if len(there) > 1]


def _named(row: Light) -> str:
    return f"row {row['id']} of {row['shard']}"


def _about(row: Light, what: str, words: str) -> Finding:
    return Finding("error", what, words, row["shard"], row["id"])
