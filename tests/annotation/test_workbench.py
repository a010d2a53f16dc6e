"""The queue, the assistant and the store behind one door."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from annotation import runs
from annotation.errors import ClaimError, FileError, RecordError, StoreError
from annotation.runs import RunsError
from annotation.service.saving import Save, SaveError
from annotation.service.workbench import ASKED_AGAIN, ElsewhereError, Workbench
from annotation.store import reviews
from handseg import masks
from handseg.assistants import AssistantError
from handseg.assistants.prompts import PromptError
from handseg.masks import Mask
from tests.annotation.serving import (
    NO_PROMPT,
    Served,
    Squares,
    answer,
    draft,
    other_mask,
    question,
    unpacked,
    wait_until,
)
from tests.pictures import HEIGHT, WIDTH, drawn_mask


@pytest.fixture
def bench(served: Served) -> Workbench:
    return served.workbench


def sent(mask: Mask | None = None, /, **values: object) -> Save:
    return Save(**answer(mask, **values))


# ---------------------------------------------------------------------- photos


def test_the_next_photo_comes_with_all_that_is_needed_to_begin(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = bench.next("Ann")
    work = given["work"]
    assert (work["photo_id"], work["height"], work["width"]) == (key, HEIGHT, WIDTH)
    assert (work["source"], work["licence"], work["reason"]) == ("test", "CC0-1.0", "the edge is unsure")
    assert np.array_equal(unpacked(work["start"]), drawn_mask())
    assert (work["draft"], work["note"], work["pin"], work["upcoming"]) == (None, "", None, [])
    assert (given["counts"]["open"], given["counts"]["claimed"]) == (1, 1)


def test_an_empty_queue_has_no_work(bench: Workbench) -> None:
    given = bench.next("Ann")
    assert given["work"] is None
    assert given["counts"]["photos"] == 0


def test_the_photos_that_come_next_are_named_and_looked_at_ahead(served: Served, bench: Workbench) -> None:
    keys = [served.add(seed, doubt=0.9 - 0.1 * seed) for seed in range(4)]
    work = bench.next("Ann")["work"]
    assert [work["photo_id"], *work["upcoming"]] == keys[:3]
    for key in keys[:3]:
        wait_until(lambda key=key: bench.assistant(key)["ready"])
    assert not bench.assistant(keys[3])["ready"]


def photo_path(served: Served, key: str) -> Path:
    return served.store.photos.path(served.store.photo(key).file)


def mask_path(served: Served, key: str) -> Path:
    return served.store.masks.path(served.store.task(key).model_mask)


@pytest.mark.parametrize("path", [photo_path, mask_path])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"cut")])
def test_a_photo_with_a_lost_or_damaged_file_is_skipped_and_logged_and_the_work_goes_on(
    served: Served,
    bench: Workbench,
    path: Callable[[Served, str], Path],
    damage: Callable[[Path], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second, third = (served.add(seed, drawn_mask() ^ (seed == 0), doubt=0.9 - 0.1 * seed) for seed in range(3))
    damaged = path(served, first)
    damage(damaged)
    work = bench.next("Ann")["work"]
    assert (work["photo_id"], work["upcoming"]) == (second, [third])
    assert str(damaged) in caplog.text
    assert served.store.counts().claimed == 1
    assert bench.next("Ann")["work"]["photo_id"] == second


def test_a_queue_of_damaged_photos_alone_is_an_empty_one(served: Served, bench: Workbench) -> None:
    for seed in range(3):
        photo_path(served, served.add(seed)).unlink()
    assert bench.next("Ann")["work"] is None
    assert not bench.counts("Ann")["yours"]


def test_a_disk_that_is_gone_costs_no_photo_its_place_in_the_queue(served: Served, bench: Workbench) -> None:
    key = served.add()
    folder = served.store.photos.folder
    folder.rename(folder.with_name("unplugged"))
    with pytest.raises(StoreError, match="check that its disk is there"):
        bench.next("Ann")
    folder.with_name("unplugged").rename(folder)
    assert bench.next("Ann")["work"]["photo_id"] == key


def test_a_photo_that_is_asked_a_second_time_says_so(served: Served, bench: Workbench) -> None:
    key = served.add(again=True)
    bench.next("Ann")
    bench.save(key, "Ann", sent())
    work = bench.next("Bob")["work"]
    assert (work["photo_id"], work["reason"]) == (key, ASKED_AGAIN)


def test_a_second_annotator_is_not_shown_what_the_first_one_drew(served: Served, bench: Workbench) -> None:
    key = served.add(again=True)
    bench.next("Ann")
    bench.save(key, "Ann", sent())
    work = bench.next("Bob")["work"]
    assert np.array_equal(unpacked(work["start"]), drawn_mask())
    assert work["draft"] is None


def test_the_stored_file_is_served_as_what_it_is(served: Served, bench: Workbench) -> None:
    key = served.add()
    content, media_type = bench.photo_file(key)
    assert content.startswith(b"\x89PNG")
    assert media_type == "image/png"


# ---------------------------------------------------------------------- the assistant


def applied(mask: Mask, proposal: dict[str, object]) -> Mask:
    """As the page applies it: the window alone is replaced."""
    after = mask.copy()
    if proposal["box"]:
        left, top, right, bottom = proposal["box"]
        after[top:bottom, left:right] = runs.from_text(proposal["runs"], bottom - top, right - left)
    return after


def test_a_proposal_is_the_window_it_changes_and_nothing_more(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = bench.propose(key, "Ann", *question((50, 40, 1)).values())
    expected = drawn_mask()
    expected[37:44, 47:54] = True
    assert given["proposals"][0]["box"] == [47, 37, 54, 44]
    assert np.array_equal(applied(drawn_mask(), given["proposals"][0]), expected)
    assert given["assistant"] == "squares"
    assert given["seconds"] >= 0


def test_equal_proposals_are_offered_once(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = bench.propose(key, "Ann", *question((50, 40, 1)).values())
    assert [each["box"] for each in given["proposals"]] == [[47, 37, 54, 44], [44, 34, 57, 47]]


def test_a_click_that_changes_nothing_is_one_empty_proposal(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = bench.propose(key, "Ann", *question((60, 45, 0)).values())
    assert given["proposals"] == [{"box": None, "runs": ""}]


def test_a_box_changes_what_is_inside_it(served: Served, bench: Workbench) -> None:
    key = served.add()
    asked = {**question(), "prompt": {"points": [], "box": [10, 5, 30, 25]}}
    [proposal] = bench.propose(key, "Ann", *asked.values())["proposals"]
    expected = drawn_mask()
    expected[5:25, 10:30] = True
    assert np.array_equal(applied(drawn_mask(), proposal), expected)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"prompt": {"points": [[WIDTH, 0, 1]], "box": None}}, PromptError),
        ({"prompt": {"points": [[0, HEIGHT, 1]], "box": None}}, PromptError),
        ({"prompt": {"points": [[-1, 0, 1]], "box": None}}, PromptError),
        ({"prompt": {"points": [], "box": [0, 0, WIDTH + 1, 5]}}, PromptError),
        ({"prompt": NO_PROMPT}, PromptError),
        ({"prompt": "click"}, PromptError),
        ({"mask": runs.to_text(drawn_mask(HEIGHT, WIDTH - 1))}, RunsError),
        ({"mask": None}, RunsError),
    ],
)
def test_what_is_no_question_about_the_photo_is_refused(
    served: Served, bench: Workbench, changes: dict[str, object], refusal: type[Exception]
) -> None:
    key = served.add()
    with pytest.raises(refusal):
        bench.propose(key, "Ann", *{**question(), **changes}.values())


def test_a_click_outside_the_photo_is_refused_before_the_photo_is_looked_at(served: Served, bench: Workbench) -> None:
    key = served.add()
    with pytest.raises(PromptError, match=f"outside the photo of {WIDTH} x {HEIGHT}"):
        bench.propose(key, "Ann", *question((WIDTH, 0, 1)).values())
    assert served.assistance.encodes == 0


def test_a_failing_assistant_says_what_to_do_and_the_work_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Squares):
        def propose(self, *_: object) -> list:
            raise RuntimeError("/secret/sam.pth is out of luck")

    served = Served(tmp_path, lambda *_: Broken())
    key = served.add()
    with pytest.raises(AssistantError, match=r"^the assistant failed at this photo; try again, or use the brush$"):
        served.workbench.propose(key, "Ann", *question().values())
    assert "/secret/sam.pth" in caplog.text
    served.workbench.next("Ann")
    assert served.workbench.save(key, "Ann", sent()).pixels == other_mask().sum()
    served.close()


# ---------------------------------------------------------------------- drafts


def test_a_draft_comes_back_as_it_was_sent_to_its_annotator_alone(served: Served, bench: Workbench) -> None:
    key = served.add()
    bench.next("Ann")
    begun = draft(pending={"id": "1"}, seconds=7)
    bench.keep_draft(key, "Ann", begun)
    assert bench.next("Ann")["work"]["draft"] == begun
    served.store.release(key, "Ann")
    assert bench.next("Bob")["work"]["draft"] is None


def test_a_draft_for_a_photo_that_someone_else_holds_is_refused(served: Served, bench: Workbench) -> None:
    key = served.add()
    bench.next("Ann")
    with pytest.raises(ClaimError, match="your claim"):
        bench.keep_draft(key, "Bob", draft())
    assert served.store.draft(key, "Bob") is None


@pytest.mark.parametrize("part", ["mask", "drawn"])
def test_a_draft_with_a_mask_of_another_size_is_refused(served: Served, bench: Workbench, part: str) -> None:
    key = served.add()
    bench.next("Ann")
    with pytest.raises(RunsError):
        bench.keep_draft(key, "Ann", draft(**{part: runs.to_text(drawn_mask(WIDTH, HEIGHT)[:-1])}))
    assert served.store.draft(key, "Ann") is None


# ---------------------------------------------------------------------- saving


def test_a_saved_mask_lies_on_the_disk_and_the_photo_is_done(served: Served, bench: Workbench) -> None:
    key = served.add()
    bench.next("Ann")
    bench.keep_draft(key, "Ann", draft())
    given = sent()
    saved = bench.save(key, "Ann", given)
    assert (saved.id, saved.sha256, saved.pixels) == (given.id, given.sha256, given.pixels)
    [record] = served.store.records(key)
    assert np.array_equal(masks.from_png(served.store.masks.read(record.mask)), other_mask())
    assert (record.annotator, record.verdict, record.seconds) == ("Ann", "edited", 12.5)
    assert record.model_id == "drawn@1"
    assert record.assistant == "squares"
    assert json.loads(record.prompts) == given.prompts
    assert record.iou_model_human == pytest.approx(
        (drawn_mask() & other_mask()).sum() / (drawn_mask() | other_mask()).sum()
    )
    assert served.store.draft(key, "Ann") is None
    assert bench.next("Ann")["work"] is None


def test_each_verdict_is_kept(served: Served, bench: Workbench) -> None:
    nothing = np.zeros_like(drawn_mask())
    for seed, (verdict, mask) in enumerate(
        [("accepted", drawn_mask()), ("edited", other_mask()), ("no_hand", nothing), ("rejected", drawn_mask())]
    ):
        key = served.add(seed)
        bench.save(key, "Ann", sent(mask, verdict=verdict))
        [record] = served.store.records(key)
        assert record.verdict == verdict


def test_the_answer_to_a_save_is_what_can_be_read_back_from_the_disk(
    served: Served, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = served.add()
    put = served.store.masks.put

    def put_and_damage(content: bytes, suffix: str) -> str:
        name = put(content, suffix)
        path = served.store.masks.path(name)
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        return name

    monkeypatch.setattr(served.store.masks, "put", put_and_damage)
    with pytest.raises(FileError, match="damaged"):
        bench.save(key, "Ann", sent())


def test_the_same_save_twice_is_one_record(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = sent()
    assert bench.save(key, "Ann", given) == bench.save(key, "Ann", given)
    assert len(served.store.records(key)) == 1


def test_a_repeated_save_cannot_be_another_one(served: Served, bench: Workbench) -> None:
    key = served.add()
    given = sent()
    bench.save(key, "Ann", given)
    with pytest.raises(RecordError, match="another mask"):
        bench.save(key, "Ann", sent(other_mask(3)[::-1], id=given.id))
    with pytest.raises(RecordError, match="another annotator"):
        bench.save(key, "Bob", given)
    assert len(served.store.records(key)) == 1


def test_a_save_for_a_photo_that_someone_else_holds_is_refused(served: Served, bench: Workbench) -> None:
    key = served.add()
    bench.next("Ann")
    with pytest.raises(ClaimError, match="someone else"):
        bench.save(key, "Bob", sent())
    assert not served.store.records(key)
    assert bench.save(key, "Ann", sent()).pixels == other_mask().sum()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (sent(sha256="0" * 64), "damaged on its way"),
        (sent(pixels=1), "1 pixels left, [0-9]+ arrived"),
        (sent(other_mask(), mask=runs.to_text(other_mask(5))), "damaged on its way"),
        (sent(verdict="no_hand"), "no_hand, but the mask has [0-9]+ pixels"),
        (sent(verdict="accepted"), "not the model's; save it as edited"),
        (sent(drawn_mask(), verdict="edited"), "is the model's; save it as accepted"),
    ],
)
def test_a_save_that_contradicts_itself_leaves_nothing(
    served: Served, bench: Workbench, given: Save, complaint: str
) -> None:
    key = served.add()
    before, files = served.contents(), sorted(served.settings.home.rglob("*.png"))
    with pytest.raises(SaveError, match=complaint):
        bench.save(key, "Ann", given)
    assert served.contents() == before
    assert sorted(served.settings.home.rglob("*.png")) == files


def test_a_mask_in_another_form_than_the_one_is_not_saved(served: Served, bench: Workbench) -> None:
    key = served.add()
    longer = base64.b64encode(bytes([128, 0]) + runs.to_runs(~drawn_mask())).decode()
    with pytest.raises(RunsError):
        bench.save(key, "Ann", sent(~drawn_mask(), mask=longer))


# ---------------------------------------------------------------------- after a review


def test_work_that_was_sent_back_begins_with_ones_own_mask_and_shows_note_and_pin(
    served: Served, bench: Workbench
) -> None:
    key = served.add()
    saved = bench.save(key, "Ann", sent())
    served.reviewing.decide(saved.id, "Rob", "send_back", "the thumb is missing", 7, 9)
    work = bench.next("Ann")["work"]
    assert (work["photo_id"], work["note"], work["pin"]) == (key, "the thumb is missing", {"x": 7, "y": 9})
    assert np.array_equal(unpacked(work["draft"]["mask"]), other_mask())
    assert np.array_equal(unpacked(work["start"]), drawn_mask())
    assert not unpacked(work["draft"]["drawn"]).any()


def test_a_draft_comes_before_the_mask_that_was_sent_back(served: Served, bench: Workbench) -> None:
    key = served.add()
    saved = bench.save(key, "Ann", sent())
    served.reviewing.decide(saved.id, "Rob", "send_back", "look again", None, None)
    bench.next("Ann")
    bench.keep_draft(key, "Ann", draft(other_mask(9), base=saved.id))
    assert np.array_equal(unpacked(bench.next("Ann")["work"]["draft"]["mask"]), other_mask(9))


def test_work_names_the_record_it_begins_from(served: Served, bench: Workbench) -> None:
    key = served.add()
    assert bench.next("Ann")["work"]["base"] == ""
    saved = bench.save(key, "Ann", sent())
    work = bench.last("Ann")["work"]
    assert (work["base"], work["draft"]["base"], work["draft"]["version"]) == (saved.id, saved.id, 0)
    bench.save(key, "Ann", newer := sent(other_mask(9)))
    assert bench.last("Ann")["work"]["base"] == newer.id


@pytest.mark.parametrize("base", ["", "f" * 32])
def test_a_draft_of_work_that_began_before_the_newest_record_does_not_come_back(
    served: Served, bench: Workbench, base: str
) -> None:
    key = served.add()
    bench.save(key, "Ann", sent())
    bench.last("Ann")
    bench.keep_draft(key, "Ann", draft(other_mask(9), base=base, version=99))
    assert np.array_equal(unpacked(bench.last("Ann")["work"]["draft"]["mask"]), other_mask())


def test_a_draft_without_a_record_to_begin_from_may_leave_the_base_away(served: Served, bench: Workbench) -> None:
    served.add()
    key = bench.next("Ann")["work"]["photo_id"]
    begun = {name: value for name, value in draft().items() if name != "base"}
    bench.keep_draft(key, "Ann", begun)
    assert bench.next("Ann")["work"]["draft"] == begun


def test_someone_elses_record_is_no_base_of_ones_own_draft(served: Served, bench: Workbench) -> None:
    key = served.add(again=True)
    bench.next("Ann")
    bench.save(key, "Ann", sent())
    assert bench.next("Bob")["work"]["base"] == ""
    bench.keep_draft(key, "Bob", begun := draft())
    assert bench.next("Bob")["work"]["draft"] == begun


def test_a_note_without_a_place_has_no_pin(served: Served, bench: Workbench) -> None:
    key = served.add()
    saved = bench.save(key, "Ann", sent())
    served.reviewing.decide(saved.id, "Rob", "send_back", "look again", None, None)
    work = bench.next("Ann")["work"]
    assert (work["note"], work["pin"]) == ("look again", None)


def test_a_skipped_photo_goes_to_others(served: Served, bench: Workbench) -> None:
    key = served.add()
    bench.next("Ann")
    bench.skip(key, "Ann")
    assert bench.next("Ann")["work"] is None
    assert bench.next("Bob")["work"]["photo_id"] == key


def test_only_the_page_on_which_a_photo_was_opened_last_may_save_it(served: Served) -> None:
    key = served.add()
    workbench = served.workbench
    workbench.next("Ann", page="first")
    workbench.next("Ann", page="second")
    begun = draft(other_mask())
    for act in (
        lambda: workbench.keep_draft(key, "Ann", begun, page="first"),
        lambda: workbench.save(key, "Ann", sent(other_mask()), page="first"),
    ):
        with pytest.raises(ElsewhereError, match="on another page"):
            act()
    workbench.keep_draft(key, "Ann", begun, page="second")
    assert workbench.save(key, "Ann", sent(other_mask()), page="second").pixels == other_mask().sum()


def test_after_a_restart_of_the_server_any_page_may_go_on(served: Served) -> None:
    key = served.add()
    served.workbench.next("Ann", page="first")
    restarted = Served(served.settings.home)
    assert restarted.workbench.save(key, "Ann", sent(other_mask()), page="first").pixels
    restarted.close()


def test_somebody_else_goes_on_from_the_mask_that_was_sent_back(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "RESERVED_FOR", timedelta(0))
    key = served.add()
    saved = served.workbench.save(key, "Ann", sent(other_mask()))
    served.reviewing.decide(saved.id, "Rob", "send_back", "the thumb", 5, 6)
    work = served.workbench.next("Bob")["work"]
    assert (work["note"], work["pin"]) == ("the thumb", {"x": 5, "y": 6})
    assert np.array_equal(runs.from_text(work["draft"]["mask"], HEIGHT, WIDTH), other_mask())


def test_the_last_saved_photo_can_be_opened_again(served: Served) -> None:
    assert served.workbench.last("Ann")["work"] is None
    key = served.add()
    served.workbench.save(key, "Ann", sent(other_mask()))
    served.workbench.save(served.add(1), "Bob", sent(other_mask()))
    assert served.workbench.last("Ann")["work"]["photo_id"] == key


def test_counts_say_whether_there_is_work_for_whom_who_asks(served: Served) -> None:
    key = served.add()
    assert served.workbench.counts("Ann")["yours"]
    served.workbench.skip(key, "Ann")
    assert not served.workbench.counts("Ann")["yours"]
    assert served.workbench.counts("Bob")["yours"]


def test_a_proposal_that_contradicts_its_click_is_not_offered(served: Served) -> None:
    key = served.add()
    mask = drawn_mask()
    y, x = np.argwhere(mask)[len(np.argwhere(mask)) // 2]
    offered = served.workbench.propose(
        key, "Ann", {"points": [[int(x), int(y), 0]], "box": None}, runs.to_text(mask), 1
    )
    assert offered["proposals"]
    for proposal in offered["proposals"]:
        left, top, right, bottom = proposal["box"]
        after = runs.from_text(proposal["runs"], bottom - top, right - left)
        assert not after[y - top, x - left]
