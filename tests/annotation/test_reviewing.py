"""What reviewers see, decide, and count."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.errors import ReviewError, UnknownRecordError
from annotation.service.reviewing import MOST_LISTED, Reviewing
from annotation.service.saving import Save
from handseg.masks import Mask
from handseg.metrics import count
from tests.annotation.serving import Served, answer, other_mask, unpacked
from tests.pictures import HEIGHT, WIDTH, drawn_mask


@pytest.fixture
def reviewing(served: Served) -> Reviewing:
    return served.reviewing


def save(served: Served, key: str, annotator: str = "Ann", mask: Mask | None = None, **values: object) -> str:
    """An answer of this annotator; returns the record's id."""
    return served.workbench.save(key, annotator, Save(**answer(mask, **values))).id


def test_what_waits_is_told_in_brief_the_oldest_first_and_ones_own_last(served: Served, reviewing: Reviewing) -> None:
    own = save(served, served.add(0), "Rob")
    first, second = save(served, served.add(1), "Ann"), save(served, served.add(2), "Ann")
    waiting = reviewing.waiting("Rob")
    assert [each["id"] for each in waiting] == [first, second, own]
    brief = waiting[0]
    assert (brief["annotator"], brief["verdict"], brief["state"]) == ("Ann", "edited", "waiting")
    assert (brief["pixels"], brief["seconds"], brief["assistant"]) == (int(other_mask().sum()), 12.5, "squares")
    assert brief["iou"] == pytest.approx(count(drawn_mask(), other_mask()).iou)
    assert "mask" not in brief
    assert "prompts" not in brief


def test_a_long_list_is_cut(served: Served, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch) -> None:
    record = served.store.record(save(served, served.add()))
    monkeypatch.setattr(served.store, "to_review", lambda _: [record] * (MOST_LISTED + 1))
    assert len(reviewing.waiting("Rob")) == MOST_LISTED


def test_a_record_is_shown_with_both_masks_and_where_its_photo_comes_from(served: Served, reviewing: Reviewing) -> None:
    record = reviewing.record(save(served, served.add()))
    assert (record["height"], record["width"]) == (HEIGHT, WIDTH)
    assert (record["source"], record["licence"]) == ("test", "CC0-1.0")
    assert np.array_equal(unpacked(record["model_mask"]), drawn_mask())
    assert np.array_equal(unpacked(record["mask"]), other_mask())


def test_the_history_tells_every_answer_with_what_was_said_about_it(served: Served, reviewing: Reviewing) -> None:
    key = served.add()
    first = save(served, key)
    reviewing.decide(first, "Rob", "send_back", "the thumb is missing", 7, 9)
    second = save(served, key, mask=other_mask(9))
    reviewing.decide(second, "Rita", "approve", "", None, None)
    history = reviewing.record(first)["history"]
    assert history == reviewing.record(second)["history"]
    assert [(each["id"], each["state"]) for each in history] == [(first, "sent_back"), (second, "approved")]
    said = {"reviewer": "Rob", "decision": "send_back", "text": "the thumb is missing", "x": 7, "y": 9}
    assert history[0]["remarks"] == [said]
    assert history[1]["remarks"][0]["decision"] == "approve"


def test_a_rejected_photo_is_shown_too(served: Served, reviewing: Reviewing) -> None:
    record = reviewing.record(save(served, served.add(), mask=drawn_mask(), verdict="rejected"))
    assert record["verdict"] == "rejected"
    assert np.array_equal(unpacked(record["mask"]), drawn_mask())


def test_a_decision_takes_the_record_from_the_list(served: Served, reviewing: Reviewing) -> None:
    record = save(served, served.add())
    assert reviewing.decide(record, "Rob", "approve", "", None, None) == {"state": "approved"}
    assert reviewing.waiting("Rob") == []
    with pytest.raises(ReviewError, match="Rob has reviewed this record already: it was approved"):
        reviewing.decide(record, "Rita", "send_back", "the thumb", None, None)


def test_work_is_sent_back_only_with_words(served: Served, reviewing: Reviewing) -> None:
    record = save(served, served.add())
    with pytest.raises(ReviewError, match="say in a few words what is wrong"):
        reviewing.decide(record, "Rob", "send_back", "  ", None, None)


@pytest.mark.parametrize(("x", "y"), [(WIDTH, 0), (0, HEIGHT), (-1, 0), (0, -1)])
def test_a_remark_points_into_the_photo(served: Served, reviewing: Reviewing, x: int, y: int) -> None:
    record = save(served, served.add())
    with pytest.raises(ReviewError, match="outside the photo of 64 x 48"):
        reviewing.decide(record, "Rob", "send_back", "here", x, y)
    assert reviewing.record(record)["history"][0]["remarks"] == []


def test_an_answer_that_was_replaced_cannot_be_reviewed(served: Served, reviewing: Reviewing) -> None:
    key = served.add()
    first = save(served, key)
    save(served, key, mask=other_mask(9))
    with pytest.raises(ReviewError, match="review the later record"):
        reviewing.decide(first, "Rob", "approve", "", None, None)


@pytest.mark.parametrize("record", ["0" * 32, "x", "", "../secret"])
def test_a_record_that_does_not_exist_is_not_found(reviewing: Reviewing, record: str) -> None:
    with pytest.raises(UnknownRecordError):
        reviewing.record(record)
    with pytest.raises(UnknownRecordError):
        reviewing.decide(record, "Rob", "approve", "", None, None)


def test_the_tallies_count_each_annotators_verdicts_and_median_seconds(served: Served, reviewing: Reviewing) -> None:
    for seed, seconds in enumerate((1.0, 30.0, 3.0)):
        save(served, served.add(seed), "Ann", seconds=seconds)
    save(served, served.add(3), "Bob", drawn_mask(), verdict="accepted")
    ann, bob = reviewing.tallies()
    assert (ann.annotator, ann.records, ann.edited, ann.median_seconds) == ("Ann", 3, 3, 3.0)
    assert (bob.annotator, bob.records, bob.accepted) == ("Bob", 1, 1)


def test_agreement_is_the_mean_overlap_with_others_on_photos_asked_twice(served: Served, reviewing: Reviewing) -> None:
    pairs = [("Ann", other_mask(), "Bob", other_mask()), ("Ann", other_mask(), "Cleo", other_mask(20))]
    for seed, (one, ones, other, others) in enumerate(pairs):
        key = served.add(seed, again=True)
        save(served, key, one, ones)
        save(served, key, other, others)
    save(served, served.add(2), "Dan")
    some = count(other_mask(), other_mask(20)).iou
    assert 0 < some < 1
    assert reviewing.agreements() == {"Ann": pytest.approx((1 + some) / 2), "Bob": 1.0, "Cleo": pytest.approx(some)}


def test_two_masks_are_compared_once(served: Served, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch) -> None:
    key = served.add(again=True)
    for name, mask in (("Ann", other_mask(3)), ("Bob", other_mask(30))):
        save(served, key, name, mask)
    read, asked = served.store.masks.read, []
    monkeypatch.setattr(served.store.masks, "read", lambda name: asked.append(name) or read(name))
    first = reviewing.agreements()
    assert len(asked) == 2
    assert reviewing.agreements() == first
    assert len(asked) == 2


def test_two_who_see_no_hand_agree(served: Served, reviewing: Reviewing) -> None:
    key, nothing = served.add(again=True), np.zeros((HEIGHT, WIDTH), bool)
    save(served, key, "Ann", nothing, verdict="no_hand")
    save(served, key, "Bob", nothing, verdict="no_hand")
    assert reviewing.agreements() == {"Ann": 1.0, "Bob": 1.0}


def test_a_rejected_photo_says_nothing_about_agreement(served: Served, reviewing: Reviewing) -> None:
    key = served.add(again=True)
    save(served, key, "Ann", drawn_mask(), verdict="accepted")
    save(served, key, "Bob", drawn_mask(), verdict="rejected")
    assert reviewing.agreements() == {}
