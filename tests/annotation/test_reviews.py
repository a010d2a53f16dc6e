"""What reviewers can do, on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from annotation.errors import RecordError, ReviewError
from annotation.store import Store, answers, reviews
from annotation.store.records import VISITOR, Draft, Record
from tests.annotation.filling import answer, ask, holds, mask_number


@pytest.fixture
def record(store: Store) -> Record:
    return store.save(answer(store, ask(store, 1), "Ann"))


def test_an_approved_record_is_no_longer_waiting(store: Store, record: Record) -> None:
    approved = store.review(record.id, "Rob", "approve")
    assert (approved.state, approved.reviewer) == ("approved", "Rob")
    assert store.record(record.id) == approved
    assert store.to_review("Rob") == []
    assert store.task(record.photo_id).state == "done"


def test_what_is_sent_back_comes_to_the_same_annotator_first_with_the_words(store: Store, record: Record) -> None:
    ask(store, 2, doubt=1.0)
    store.review(record.id, "Rob", "send_back", "the thumb is missing", 12, 34)
    assert record.photo_id not in [each.photo_id for each in store.upcoming("Bob", 5)]
    task = store.claim("Ann")
    assert (task.photo_id, task.state, task.note) == (record.photo_id, "open", "the thumb is missing")
    again = store.save(answer(store, record.photo_id, "Ann"))
    assert (again.supersedes, again.state) == (record.id, "waiting")
    assert (store.task(record.photo_id).note, store.task(record.photo_id).state) == ("", "done")


def test_a_reviewer_may_decide_otherwise_and_nobody_is_asked_to_mend_what_was_approved_after_all(
    store: Store, record: Record
) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb is missing")
    assert store.has_work("Ann")
    assert store.review(record.id, "Rob", "approve").state == "approved"
    assert not store.has_work("Ann")
    assert (store.task(record.photo_id).state, store.task(record.photo_id).note) == ("done", "")
    assert store.review(record.id, "Rob", "send_back", "the little finger").state == "sent_back"
    assert store.claim("Ann").note == "the little finger"
    said = [(each.decision, each.text) for each in store.remarks(record.id)]
    assert said == [("send_back", "the thumb is missing"), ("approve", ""), ("send_back", "the little finger")]


def test_what_is_decided_once_more_in_the_same_words_is_one_decision(store: Store, record: Record) -> None:
    first = store.review(record.id, "Rob", "send_back", "the thumb", 3, 4)
    assert store.review(record.id, "Rob", "send_back", "the thumb", 3, 4) == first
    assert len(store.remarks(record.id)) == 1


def test_nobody_decides_otherwise_about_what_its_annotator_has_mended(store: Store, record: Record) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb")
    mended = store.save(answer(store, record.photo_id, "Ann"))
    with pytest.raises(ReviewError, match="Ann has saved this photo anew"):
        store.review(record.id, "Rob", "approve")
    assert store.to_review("Rob") == [mended]
    assert store.reviewed("Rob", 9) == []


def test_a_second_annotator_is_asked_still_where_a_mask_is_approved_after_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ASKED_AGAIN", 1.0)
    record = store.save(answer(store, ask(store, 1), "Ann"))
    store.review(record.id, "Rob", "send_back", "the thumb")
    store.review(record.id, "Rob", "approve")
    assert store.task(record.photo_id).state == "open"
    assert store.claim("Bob").photo_id == record.photo_id


def test_what_somebody_decided_is_told_newest_first_and_of_nobody_else(store: Store, record: Record) -> None:
    second, third = (store.save(answer(store, ask(store, number), "Ann")) for number in (2, 3))
    for each, reviewer in ((record, "Rob"), (second, "Rita"), (third, "Rob")):
        store.review(each.id, reviewer, "approve")
    assert [each.id for each in store.reviewed("Rob", 9)] == [third.id, record.id]
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert [each.id for each in store.reviewed("Rob", 1)] == [record.id]


def test_what_is_sent_back_waits_for_its_annotator_however_many_others_come(store: Store, record: Record) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert store.claim("Rob") is None
    assert not store.has_work("Rob")
    assert store.has_work("Ann")


def test_what_is_sent_back_is_held_by_nobody_and_does_not_come_before_the_photo_at_hand(
    store: Store, record: Record
) -> None:
    other = ask(store, 2)
    store.claim("Ann")
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert store.counts().claimed == 1
    assert store.claim("Ann").photo_id == other
    store.save(answer(store, other, "Ann"))
    assert store.counts().claimed == 0
    assert store.claim("Ann").photo_id == record.photo_id


def test_whoever_holds_a_photo_that_is_sent_back_goes_on_with_it(store: Store, record: Record) -> None:
    store.claim_photo(record.photo_id, "Bob")
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert holds(store, record.photo_id, "Bob")
    store.renew(record.photo_id, "Bob")
    assert store.claim("Bob").photo_id == record.photo_id
    assert store.claim("Ann") is None
    assert store.save(answer(store, record.photo_id, "Bob")).state == "waiting"


def test_an_answer_of_someone_else_does_not_take_what_was_sent_back_from_its_annotator(
    store: Store, record: Record
) -> None:
    store.claim_photo(record.photo_id, "Bob")
    store.review(record.id, "Rob", "send_back", "the thumb")
    store.save(answer(store, record.photo_id, "Bob"))
    assert store.claim("Bob") is None
    assert store.claim("Ann").note == "the thumb"
    store.save(answer(store, record.photo_id, "Ann"))
    assert (store.task(record.photo_id).state, store.task(record.photo_id).note) == ("done", "")


def test_what_its_annotator_skips_is_no_longer_reserved(store: Store, record: Record) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb")
    store.skip(record.photo_id, "Bob")
    assert store.claim("Cleo") is None
    store.skip(record.photo_id, "Ann")
    assert store.claim("Ann") is None
    assert store.claim("Cleo").photo_id == record.photo_id


def test_what_its_annotator_gives_back_to_the_queue_stays_reserved(store: Store, record: Record) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb")
    store.claim("Ann")
    store.release(record.photo_id, "Ann")
    assert store.claim("Cleo") is None
    assert store.claim("Ann").photo_id == record.photo_id


def test_what_is_sent_back_is_given_to_someone_else_after_a_while_when_nothing_else_is_left(
    store: Store, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "RESERVED_FOR", timedelta(0))
    store.review(record.id, "Rob", "send_back", "the thumb")
    other = ask(store, 2, doubt=0.0)
    assert store.claim("Bob").photo_id == other
    assert store.claim("Cleo").photo_id == record.photo_id


def test_what_a_visitor_made_is_sent_back_to_whoever_comes_next(store: Store) -> None:
    record = store.save(answer(store, ask(store, 1), VISITOR))
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert store.claim("Bob").photo_id == record.photo_id


def test_a_skipped_photo_that_was_saved_after_all_can_be_sent_back(store: Store) -> None:
    key = ask(store, 1)
    store.skip(key, "Ann")
    store.claim_photo(key, "Ann")
    record = store.save(answer(store, key, "Ann"))
    store.review(record.id, "Rob", "send_back", "the thumb")
    assert store.claim("Ann").photo_id == key


def test_a_second_answer_that_is_sent_back_comes_to_its_annotator(store: Store) -> None:
    key = ask(store, 1, again=True)
    store.save(answer(store, key, "Ann"))
    second = store.save(answer(store, key, "Bob"))
    store.review(second.id, "Rob", "send_back", "the thumb")
    assert store.claim("Ann") is None
    assert store.claim("Bob").photo_id == key
    assert store.save(answer(store, key, "Bob")).again
    assert store.task(key).state == "done"


@pytest.mark.parametrize("place", [(0, 0), (63, 47)])
def test_remarks_are_kept_with_their_place(store: Store, record: Record, place: tuple[int, int]) -> None:
    store.review(record.id, "Rob", "send_back", "the thumb\nis ✋", *place)
    (remark,) = store.remarks(record.id)
    assert (remark.record_id, remark.reviewer, remark.decision) == (record.id, "Rob", "send_back")
    assert (remark.text, remark.x, remark.y) == ("the thumb\nis ✋", *place)
    assert remark.created_at >= record.created_at
    assert store.remarks("0" * 32) == []


@pytest.mark.parametrize("place", [(64, 0), (0, 48), (-1, 3)])
def test_a_place_outside_the_photo_is_refused(store: Store, record: Record, place: tuple[int, int]) -> None:
    with pytest.raises(ReviewError, match="64 x 48"):
        store.review(record.id, "Rob", "approve", "", *place)
    assert store.record(record.id).state == "waiting"
    assert store.remarks(record.id) == []


def test_half_a_place_and_another_decision_are_refused(store: Store, record: Record) -> None:
    with pytest.raises(RecordError, match="both or neither"):
        store.review(record.id, "Rob", "approve", x=3)
    with pytest.raises(RecordError, match="approve, send_back"):
        store.review(record.id, "Rob", "reject")


@pytest.mark.parametrize("decision", ["approve", "send_back"])
def test_a_record_is_reviewed_once(store: Store, record: Record, decision: str) -> None:
    store.review(record.id, "Rob", decision, "first")
    with pytest.raises(ReviewError, match="Rob has reviewed"):
        store.review(record.id, "Sue", "approve")
    assert len(store.remarks(record.id)) == 1


def test_nobody_approves_a_mask_of_their_own_but_everybody_may_send_it_back(store: Store, record: Record) -> None:
    with pytest.raises(ReviewError, match="your own"):
        store.review(record.id, "Ann", "approve")
    assert store.record(record.id).state == "waiting"
    assert store.remarks(record.id) == []
    assert store.review(record.id, "Ann", "send_back", "I forgot the thumb").state == "sent_back"


def test_reviewers_that_race_decide_once(store: Store, record: Record) -> None:
    def decide(number: int) -> bool:
        try:
            return bool(store.review(record.id, f"Rob {number}", ("approve", "send_back")[number % 2]))
        except ReviewError:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(decide, range(6))) == 1
    (remark,) = store.remarks(record.id)
    assert (store.record(record.id).state == "approved") == (remark.decision == "approve")


def test_a_superseded_record_cannot_be_reviewed_and_its_successor_can(store: Store, record: Record) -> None:
    later = store.save(answer(store, record.photo_id, "Ann", mask=mask_number(store, 1)))
    assert [each.id for each in store.to_review("Rob")] == [later.id]
    with pytest.raises(ReviewError, match="anew"):
        store.review(record.id, "Rob", "approve")
    assert store.review(later.id, "Rob", "approve").state == "approved"


def test_whoever_looks_back_and_changes_nothing_keeps_the_approval(store: Store, record: Record) -> None:
    approved = store.review(record.id, "Rob", "approve")
    store.claim_photo(record.photo_id, "Ann")
    store.keep_draft(Draft(record.photo_id, "Ann", b"half"))
    assert store.save(answer(store, record.photo_id, "Ann", seconds=1.0)) == approved
    assert store.records(record.photo_id) == [approved]
    assert store.task(record.photo_id).state == "done"
    assert not holds(store, record.photo_id, "Ann")
    assert store.draft(record.photo_id, "Ann") is None


def test_own_records_come_last_and_the_oldest_first(store: Store) -> None:
    saved = [store.save(answer(store, ask(store, number), name)) for number, name in enumerate(["Rob", "Ann", "Bob"])]
    assert [each.annotator for each in store.to_review("Rob")] == ["Ann", "Bob", "Rob"]
    assert [each.id for each in store.to_review("Sue")] == [each.id for each in saved]
