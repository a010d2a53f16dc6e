"""What the store promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from annotation.chance import chance
from annotation.errors import ClaimError, RecordError, UnknownPhotoError, UnknownRecordError
from annotation.store import Store
from annotation.store.answers import ASKED_AGAIN
from annotation.store.database import sqlite_url
from annotation.store.records import LONGEST_COMMENT, LONGEST_DRAFT, LONGEST_PROMPTS, RESERVED, Draft, StoredPhoto
from handseg.masks import from_png
from tests.annotation.filling import answer, ask, holds, mask_number, photo_id

FORGED = ["", "0" * 63, "f" * 64, "F" * 64, "' OR 1=1 --", "\0" * 64, "\ud800", "../" * 20]
AWKWARD = "Zoë 张伟 ✋ o'Hara; DROP TABLE photos --"


def test_a_photo_and_its_task_come_back_as_they_were_added(store: Store) -> None:
    added_at = datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC)
    key = ask(store, 1, source=AWKWARD, consent="I agree.", added_at=added_at, doubt=1 / 3, reason="the edge is unsure")
    assert store.photo(key).added_at == added_at
    assert (store.photo(key).source, store.photo(key).consent) == (AWKWARD, "I agree.")
    assert store.task(key).doubt == 1 / 3
    assert store.has_photo(key)
    assert from_png(store.masks.read(store.task(key).model_mask)).shape == (48, 64)


def test_a_photo_that_is_known_stays_as_it_is(store: Store) -> None:
    key = ask(store, 1, source="first")
    assert store.add(replace(store.photo(key), source="second"), store.task(key)) is False
    assert store.photo(key).source == "first"
    assert store.counts().photos == 1


def test_a_task_about_another_photo_is_refused_and_nothing_is_added(store: Store) -> None:
    key = ask(store, 1)
    other = replace(store.photo(key), photo_id=photo_id(2))
    with pytest.raises(RecordError):
        store.add(other, store.task(key))
    assert not store.has_photo(other.photo_id)


def test_a_photo_may_come_with_its_first_answer(store: Store) -> None:
    key = ask(store, 1)
    other = photo_id(2)
    photo, task = replace(store.photo(key), photo_id=other), replace(store.task(key), photo_id=other)
    given = answer(store, other, "Ann")
    assert store.add(photo, task, given) is True
    assert store.records(other) == store.to_review("Rob") == [given]
    assert (store.task(other).state, store.task(key).state) == ("done", "open")


def test_an_answer_to_a_photo_that_is_known_is_not_kept(store: Store) -> None:
    key = ask(store, 1)
    assert store.add(store.photo(key), store.task(key), answer(store, key)) is False
    assert store.records(key) == []
    assert store.task(key).state == "open"


@pytest.mark.parametrize("wrong", [{"photo_id": photo_id(3)}, {"mask": f"{'0' * 64}.png"}, {"id": "taken"}])
def test_a_photo_whose_answer_cannot_be_kept_is_not_added(store: Store, wrong: dict[str, str]) -> None:
    key = ask(store, 1)
    taken = store.save(answer(store, key)).id
    wrong = {"id": taken} if "id" in wrong else wrong
    photo, task = (replace(each, photo_id=photo_id(2)) for each in (store.photo(key), store.task(key)))
    with pytest.raises(RecordError):
        store.add(photo, replace(task, state="open"), answer(store, photo_id(2), **wrong))
    assert not store.has_photo(photo_id(2))


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_id_is_refused_everywhere(store: Store, forged: str) -> None:
    acts = [store.photo, store.task]
    acts += [lambda key: store.claim_photo(key, "Ann")]
    acts += [lambda key: store.renew(key, "Ann"), lambda key: store.skip(key, "Ann")]
    for act in acts:
        with pytest.raises(UnknownPhotoError):
            act(forged)
    for act in (store.record, lambda record: store.review(record, "Rob", "approve")):
        with pytest.raises(UnknownRecordError):
            act(forged)


def test_hashes_name_the_first_photo_of_each_cluster(store: Store) -> None:
    first = ask(store, 1)
    ask(store, 2, alike=first)
    assert sorted(store.hashes()) == sorted([(first, f"{1:016x}"), (first, f"{2:016x}")])


# Drafts.


def test_a_draft_replaces_the_earlier_one_of_the_same_annotator_only(store: Store) -> None:
    key = ask(store, 1)
    for annotator, content in (("Ann", b"first"), ("Bob", b"other"), ("Ann", b"\0second\xff")):
        store.claim_photo(key, annotator)
        store.keep_draft(Draft(key, annotator, content))
        store.release(key, annotator)
    assert store.draft(key, "Ann").content == b"\0second\xff"
    assert store.draft(key, "Bob").content == b"other"
    store.save(answer(store, key, "Ann"))
    assert store.draft(key, "Ann") is None
    assert store.draft(key, "Bob") is not None


def test_a_draft_keeps_the_claim_too(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann", seconds=-1)
    store.keep_draft(Draft(key, "Ann", b"half"))
    assert holds(store, key, "Ann")


def test_a_draft_that_comes_after_its_save_or_without_a_claim_is_refused(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann")
    store.save(answer(store, key, "Ann"))
    for annotator in ("Ann", "Bob"):
        with pytest.raises(ClaimError, match="your claim"):
            store.keep_draft(Draft(key, annotator, b"late"))
        assert store.draft(key, annotator) is None


def test_drafts_that_race_with_their_save_never_outlive_it(store: Store) -> None:
    def keep(key: str) -> None:
        with suppress(ClaimError):
            store.keep_draft(Draft(key, "Ann", b"half"))

    with ThreadPoolExecutor(4) as pool:
        for number in range(10):
            key = ask(store, number)
            store.claim_photo(key, "Ann")
            waiting = [pool.submit(keep, key) for _ in range(3)]
            store.save(answer(store, key, "Ann"))
            assert [each.result() for each in waiting] == [None] * 3
            assert store.draft(key, "Ann") is None
            assert not holds(store, key, "Ann")


def test_a_draft_of_an_unknown_photo_is_refused(store: Store) -> None:
    with pytest.raises(UnknownPhotoError):
        store.keep_draft(Draft(photo_id(9), "Ann", b""))


# Saving.


def test_a_record_comes_back_as_it_was_saved(store: Store) -> None:
    key = ask(store, 1)
    prompts = json.dumps([{"points": [[1, 2, 1]]}, AWKWARD])
    given = answer(store, key, AWKWARD, prompts=prompts, iou_model_human=2 / 3, seconds=0.1)
    saved = store.save(given)
    assert store.record(given.id) == saved == given
    assert store.records(key) == [given]
    assert from_png(store.masks.read(saved.mask)).sum() == saved.pixels


def test_a_record_may_bring_numpy_s_fractions(store: Store) -> None:
    saved = store.save(answer(store, ask(store, 1), iou_model_human=np.float64(0.25), seconds=np.float64(2.5)))
    assert (store.record(saved.id).iou_model_human, store.record(saved.id).seconds) == (0.25, 2.5)


def test_a_save_ends_the_claim_the_draft_and_the_task(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann")
    store.keep_draft(Draft(key, "Ann", b"half"))
    store.save(answer(store, key))
    assert store.task(key).state == "done"
    assert not holds(store, key, "Ann")
    assert store.draft(key, "Ann") is None
    assert store.claim("Ann") is None


def test_saving_the_same_record_again_gives_the_stored_one(store: Store) -> None:
    key = ask(store, 1)
    given = answer(store, key)
    first = store.save(given)
    store.claim_photo(key, "Bob")  # the answer was lost, and someone else has come
    assert store.save(replace(given, created_at=datetime.now(UTC))) == first
    assert store.records(key) == [first]
    assert holds(store, key, "Bob")


def test_another_record_with_the_same_id_is_refused(store: Store) -> None:
    given = answer(store, ask(store, 1))
    store.save(given)
    with pytest.raises(RecordError, match="verdict"):
        store.save(replace(given, verdict="no_hand", pixels=0))
    other = replace(given, photo_id=ask(store, 2))
    with pytest.raises(RecordError, match="photo_id"):
        store.save(other)
    assert store.records(other.photo_id) == []


def test_a_photo_that_another_annotator_holds_cannot_be_saved(store: Store) -> None:
    key = ask(store, 1)
    store.claim_photo(key, "Bob")
    with pytest.raises(ClaimError, match="someone else"):
        store.save(answer(store, key, "Ann"))
    assert store.records(key) == []
    assert holds(store, key, "Bob")


def test_work_is_not_lost_when_the_claim_has_ended_and_nobody_came(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann", seconds=-1)
    assert store.save(answer(store, key, "Ann")).state == "waiting"


def test_a_record_supersedes_the_same_annotator_s_newest_earlier_one(store: Store) -> None:
    key = ask(store, 1)
    first, other, second, third = (
        store.save(answer(store, key, name, mask=mask_number(store, number)))
        for number, name in enumerate(("Ann", "Bob", "Ann", "Ann"))
    )
    assert [each.supersedes for each in (first, other, second, third)] == ["", "", first.id, second.id]
    assert [each.id for each in store.records(key)] == [first.id, other.id, second.id, third.id]


def test_what_the_store_fills_in_cannot_be_given(store: Store) -> None:
    key = ask(store, 1)
    forged = answer(store, key, supersedes="0" * 32, again=True, state="approved", reviewer="Ann")
    saved = store.save(forged)
    assert (saved.supersedes, saved.again, saved.state, saved.reviewer) == ("", False, "waiting", "")


def test_a_record_whose_mask_is_not_stored_is_refused(store: Store) -> None:
    record = answer(store, ask(store, 1), mask=f"{'0' * 64}.png")
    with pytest.raises(RecordError, match="not stored"):
        store.save(record)


def test_a_rejected_photo_needs_no_mask(store: Store) -> None:
    saved = store.save(answer(store, ask(store, 1), verdict="rejected", mask="", pixels=0))
    assert store.record(saved.id) == saved


def test_equal_saves_that_race_are_kept_once(store: Store) -> None:
    given = answer(store, ask(store, 1))
    with ThreadPoolExecutor(8) as pool:
        saved = list(pool.map(store.save, [given] * 16))
    assert set(saved) == {given}
    assert store.records(given.photo_id) == [given]


def test_photos_that_race_into_the_store_are_added_once(store: Store) -> None:
    key = ask(store, 1)
    photo, task = store.photo(key), store.task(key)
    new = [(replace(photo, photo_id=photo_id(n)), replace(task, photo_id=photo_id(n))) for n in (2, 3)] * 6
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda pair: store.add(*pair), new))
    assert sum(added) == 2
    assert store.counts().photos == 3


# Asking twice.


def test_a_photo_that_is_asked_about_again_is_done_after_a_second_annotator(store: Store) -> None:
    key = ask(store, 1, again=True)
    first = store.save(answer(store, key, "Ann"))
    assert (store.task(key).state, store.task(key).again) == ("open", True)
    assert store.claim("Ann") is None
    assert store.claim("Bob").photo_id == key
    second = store.save(answer(store, key, "Bob"))
    assert (first.again, second.again) == (False, True)
    assert store.task(key).state == "done"
    assert store.asked_twice() == [(first, second)]


def test_a_photo_is_asked_about_again_at_most_once(store: Store) -> None:
    key = ask(store, 1, again=True)
    for number, annotator in enumerate(("Ann", "Bob", "Ann", "Cleo")):
        store.save(answer(store, key, annotator, mask=mask_number(store, number)))
    assert store.task(key).state == "done"
    assert [(a.annotator, b.annotator) for a, b in store.asked_twice()] == [("Ann", "Bob")]


def test_one_annotator_s_two_answers_are_not_two_opinions(store: Store) -> None:
    key = ask(store, 1, again=True)
    for number in range(2):
        store.save(answer(store, key, "Ann", mask=mask_number(store, number)))
    assert store.task(key).state == "open"
    assert store.asked_twice() == []


@pytest.mark.parametrize("name", RESERVED)
def test_agreement_is_measured_among_annotators_alone(store: Store, name: str) -> None:
    key = ask(store, 1, again=True)
    store.save(answer(store, key, name))
    assert (store.task(key).state, store.task(key).again) == ("done", False)
    first, second = (store.save(answer(store, key, annotator)) for annotator in ("Ann", "Bob"))
    assert store.asked_twice() == [(first, second)]


@pytest.mark.parametrize("sent_back_first", [True, False])
def test_a_second_answer_after_a_reviewer_s_words_is_not_independent(store: Store, sent_back_first: bool) -> None:
    key = ask(store, 1, again=True)
    first = store.save(answer(store, key, "Ann"))
    store.claim_photo(key, "Bob")
    if sent_back_first:
        store.review(first.id, "Rob", "send_back", "the thumb is missing")
    second = store.save(answer(store, key, "Bob"))
    if not sent_back_first:
        first = store.review(first.id, "Rob", "send_back", "the thumb is missing")
    assert store.asked_twice() == ([] if sent_back_first else [(first, second)])


def test_about_one_photo_in_twenty_is_asked_about_again() -> None:
    drawn = [chance("ask again", f"{number:064x}") for number in range(20_000)]
    assert np.mean(np.array(drawn) < ASKED_AGAIN) == pytest.approx(0.05, abs=0.005)
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.01)


# What it adds up to.


def test_counts_follow_the_work(store: Store) -> None:
    keys = [ask(store, number) for number in range(4)]
    store.claim_photo(keys[0], "Ann")
    store.claim_photo(keys[1], "Bob")
    saved = store.save(answer(store, keys[1], "Bob"))
    store.review(store.save(answer(store, keys[2], "Bob")).id, "Rob", "approve")
    store.review(saved.id, "Rob", "send_back", "the thumb")
    counts = store.counts()
    assert vars(counts) == {
        "photos": 4,
        "open": 3,
        "claimed": 1,
        "done": 1,
        "waiting": 0,
        "approved": 1,
        "sent_back": 1,
    }
    store.save(answer(store, keys[1], "Bob"))
    assert (store.counts().waiting, store.counts().sent_back, store.counts().done) == (1, 0, 2)


def test_a_photo_that_waits_for_somebody_else_is_done_to_whom_answered_it(store: Store) -> None:
    key = ask(store, 1, again=True)
    record = store.save(answer(store, key, "Ann"))
    seen = {name: (found.open, found.done) for name in ("", "Ann", "Bob") for found in [store.counts(name)]}
    assert seen == {"": (1, 0), "Ann": (0, 1), "Bob": (1, 0)}
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert store.counts("Ann").open == 1


def test_each_annotator_s_work_is_tallied(store: Store) -> None:
    for number, (annotator, verdict, seconds) in enumerate(
        [("Bob", "edited", 9.0), ("Ann", "accepted", 1.0), ("Ann", "edited", 4.0), ("Ann", "no_hand", 30.0)]
    ):
        key = ask(store, number)
        store.save(answer(store, key, annotator, verdict=verdict, seconds=seconds))
    ann, bob = store.by_annotator()
    assert vars(ann) == {
        "annotator": "Ann",
        "records": 3,
        "accepted": 1,
        "edited": 1,
        "no_hand": 1,
        "rejected": 0,
        "median_seconds": 4.0,
    }
    assert (bob.annotator, bob.records, bob.median_seconds) == ("Bob", 1, 9.0)


def test_newest_records_come_first_and_can_be_chosen(store: Store) -> None:
    names = ["Ann", "Bob", "Ann"]
    ids = [store.save(answer(store, ask(store, number), name)).id for number, name in enumerate(names)]
    assert [each.id for each in store.newest_records(2)] == [ids[2], ids[1]]
    assert [each.id for each in store.newest_records(9, annotator="Ann")] == [ids[2], ids[0]]


def test_a_photo_s_valid_record_is_its_newest_that_is_not_superseded(store: Store) -> None:
    first, second = ask(store, 1), ask(store, 2)
    approved = store.save(answer(store, first, "Ann"))
    store.review(approved.id, "Rob", "approve")
    later = store.save(answer(store, first, "Bob"))
    store.review(store.save(answer(store, second, "Ann")).id, "Rob", "approve")
    anew = store.save(answer(store, second, "Ann", mask=mask_number(store, 1)))
    assert [each.id for each in store.valid_records()] == [later.id, anew.id]
    assert [each.id for each in store.valid_records("approved")] == [approved.id]


# What is refused at the door.


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "0" * 31),
        ("id", "g" * 32),
        ("photo_id", "f" * 63),
        ("verdict", "maybe"),
        ("mask", ""),
        ("mask", "../x.png"),
        ("pixels", -1),
        ("pixels", 2**31),
        ("pixels", np.int64(3)),
        ("iou_model_human", 1.5),
        ("iou_model_human", float("nan")),
        ("seconds", -0.1),
        ("seconds", float("inf")),
        ("annotator", ""),
        ("annotator", " "),
        ("annotator", "Ann "),
        ("annotator", "A" * 61),
        ("annotator", "A\nB\rC"),
        ("annotator", "A\0B"),
        ("prompts", "x" * (LONGEST_PROMPTS + 1)),
        ("prompts", "\ud800"),
        ("assistant", "x" * 201),
    ],
)
def test_a_record_with_a_value_that_cannot_be_used_is_refused(tmp_path: Path, field: str, value: object) -> None:
    store = Store(sqlite_url(tmp_path / "annotation.db"), tmp_path)
    with pytest.raises(RecordError):
        answer(store, photo_id(1), **{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("height", 0), ("width", -3), ("phash", "xyz"), ("file", "photo.jpg"), ("source", ""), ("consent", "x" * 2001)],
)
def test_a_photo_with_a_value_that_cannot_be_used_is_refused(field: str, value: object) -> None:
    known = {"height": 4, "width": 6, "phash": "0" * 16, "group_id": "g", "source": "s", "licence": "MIT"}
    values = known | {"photo_id": photo_id(1), "file": f"{photo_id(1)}.jpg"}
    StoredPhoto(**values)
    with pytest.raises(RecordError, match=field):
        StoredPhoto(**{**values, field: value})


def test_the_longest_texts_fit_and_longer_ones_do_not(store: Store) -> None:
    key = ask(store, 1)
    saved = store.save(answer(store, key, "A" * 60, prompts="x" * LONGEST_PROMPTS))
    assert len(store.record(saved.id).prompts) == LONGEST_PROMPTS
    for act in (
        lambda: store.claim("A" * 61),
        lambda: store.review(saved.id, "Rob", "approve", "x" * (LONGEST_COMMENT + 1)),
        lambda: Draft(key, "Ann", bytes(LONGEST_DRAFT + 1)),
    ):
        with pytest.raises(RecordError, match=r"at most|characters; give"):
            act()
    assert store.record(saved.id).state == "waiting"
