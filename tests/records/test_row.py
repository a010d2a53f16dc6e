from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handseg.photos import suffix_of
from handseg.records.row import COLUMNS, HEAVY, LIGHT, Row, RowError, utc
from handseg.records.schema import from_table, to_table
from handseg.records.withdrawn import Withdrawn, from_lines, to_lines
from tests.records.filling import BEGAN, replaced, rows

ROW = next(rows(1))

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"id": "5F" * 16}, "id is '5F.* 32 hex digits"),
        ({"id": "5f" * 15}, "32 hex digits"),
        ({"photo_id": "ab" * 31}, "photo_id .* 64 hex digits"),
        ({"phash": "0" * 15 + "\n"}, "phash .* 16 hex digits"),
        ({"group_id": ""}, "no group_id"),
        ({"annotator": ""}, "no annotator"),
        ({"source": ""}, "no source"),
        ({"licence": ""}, "no licence"),
        ({"verdict": "rejected"}, "'rejected'; one of: accepted, edited, no_hand"),
        ({"height": 0}, "0 x 16; it has pixels"),
        ({"width": -1}, "12 x -1; it has pixels"),
        ({"iou_model_human": 1.01}, "IoU 1.01"),
        ({"iou_model_human": float("nan")}, "IoU nan"),
        ({"seconds": -1.0}, "took -1.0 seconds"),
        ({"seconds": float("inf")}, "took inf seconds"),
        ({"seconds": float("nan")}, "took nan seconds"),
        ({"created_at": BEGAN.replace(tzinfo=None)}, "give it in UTC"),
        ({"created_at": BEGAN.astimezone(timezone(timedelta(hours=1)))}, "give it in UTC"),
        ({"image_sha256": "0" * 64}, "the image .* was damaged"),
        ({"mask_sha256": "0" * 64}, "the mask .* was damaged"),
    ],
)
def test_a_row_that_cannot_be_is_refused_in_words(values: dict[str, object], words: str) -> None:
    with pytest.raises(RowError, match=words):
        replaced(ROW, **values)


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "model_mask"])
def test_nothing_but_the_models_mask_may_be_missing(name: str) -> None:
    told = {column: getattr(ROW, column) for column in COLUMNS} | {name: None}
    with pytest.raises(RowError, match=name):
        Row(**told)


def test_a_row_may_do_without_a_models_mask() -> None:
    row = replaced(ROW, model_mask=None, model_id="", iou_model_human=0.0)
    assert from_table(to_table([row])) == [row]


def test_columns_are_light_or_heavy() -> None:
    assert sorted((*LIGHT, *HEAVY)) == sorted(COLUMNS)


@given(
    st.builds(
        lambda **values: replaced(ROW, **values),
        image=st.binary(max_size=50),
        mask=st.binary(max_size=50),
        model_mask=st.none() | st.binary(max_size=50),
        group_id=text,
        source=text,
        consent=text | st.just(""),
        seconds=st.floats(0, 1e9),
        iou_model_human=st.floats(0, 1),
        created_at=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(BEGAN.tzinfo)),
    )
)
def test_a_table_of_rows_gives_the_rows_back(row: Row) -> None:
    assert from_table(to_table([row, ROW])) == [row, ROW]


def test_a_moment_of_any_zone_is_told_in_utc() -> None:
    there = BEGAN.astimezone(timezone(timedelta(hours=9)))
    assert utc(there) == BEGAN
    assert utc(there).utcoffset() == timedelta(0)


def test_files_are_named_by_what_they_are() -> None:
    assert (suffix_of(b"\xff\xd8\xff\xe0"), suffix_of(b"\x89PNG")) == (".jpg", ".png")


@given(st.lists(st.builds(Withdrawn, photo_id=text, group_id=text, phash=text), max_size=5))
def test_a_list_of_withdrawn_photos_gives_each_back_once(photos: list[Withdrawn]) -> None:
    assert sorted(from_lines(to_lines([*photos, *photos])), key=repr) == sorted(set(photos), key=repr)
