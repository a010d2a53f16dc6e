"""What the records add up to. All functions run inside a transaction of the store."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from datetime import datetime

import sqlalchemy as sa

from annotation.store.claims import is_for_others
from annotation.store.records import RESERVED, VERDICTS, Counts, Record, Tally
from annotation.store.reviews import newest
from annotation.store.tables import photos, read_all, records, remarks, select, tasks


def counts(connection: sa.Connection, moment: datetime, annotator: str = "") -> Counts:
    """How many photos are open, held and done, and how many records are in which state; see `Store.counts`."""
    by_task = dict(connection.execute(sa.select(tasks.c.state, sa.func.count()).group_by(tasks.c.state)).all())
    by_record = sa.select(records.c.state, sa.func.count()).where(newest()).group_by(records.c.state)
    states = dict(connection.execute(by_record).all())
    held = sa.select(sa.func.count()).where(tasks.c.holder != "", tasks.c.lease_ends > moment)
    answered = sa.select(sa.func.count()).where(tasks.c.state == "open", is_for_others(annotator))
    for_others = connection.scalar(answered) if annotator else 0
    return Counts(
        photos=connection.scalar(sa.select(sa.func.count()).select_from(photos)),
        open=by_task.get("open", 0) - for_others,
        claimed=connection.scalar(held),
        done=by_task.get("done", 0) + for_others,
        **{state: states.get(state, 0) for state in ("waiting", "approved", "sent_back")},
    )


def by_annotator(connection: sa.Connection) -> list[Tally]:
    """Each annotator's work, in the order of their names."""
    query = sa.select(records.c.annotator, records.c.verdict, records.c.seconds)
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for annotator, verdict, taken in connection.execute(query):
        verdicts[annotator][verdict] += 1
        seconds[annotator].append(taken)
    return [
        Tally(
            name,
            records=verdicts[name].total(),
            median_seconds=statistics.median(seconds[name]),
            **{verdict: verdicts[name][verdict] for verdict in VERDICTS},
        )
        for name in sorted(verdicts)
    ]


def asked_twice(connection: sa.Connection) -> list[tuple[Record, Record]]:
    """The first answers of the first two annotators on each photo that was asked about again.

    What visitors made or was imported does not count, and no answer that was given after a reviewer's words about the
    first: it is no longer independent.
    """
    asked = sa.select(tasks.c.photo_id).where(tasks.c.again)
    wanted = (records.c.photo_id.in_(asked), records.c.annotator.not_in(RESERVED))
    query = select(Record, records).where(*wanted).order_by(records.c.number)
    sent_back = sa.select(remarks.c.record_id, sa.func.min(remarks.c.created_at)).group_by(remarks.c.record_id)
    told = dict(connection.execute(sent_back.where(remarks.c.decision == "send_back")).all())
    first_answers: defaultdict[str, dict[str, Record]] = defaultdict(dict)
    for record in read_all(connection, Record, query):
        first_answers[record.photo_id].setdefault(record.annotator, record)
    pairs = [list(answers.values()) for answers in first_answers.values() if len(answers) > 1]
    return [
        (first, second) for first, second, *_ in pairs if first.id not in told or second.created_at < told[first.id]
    ]
