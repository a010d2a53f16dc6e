from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation.chance import chance
from annotation.publishing import publisher
from annotation.publishing.publisher import Publisher
from annotation.publishing.state import state_of
from annotation.store import Store
from annotation.store.answers import ASKED_AGAIN
from annotation.store.records import VISITOR
from handseg.errors import OutputError
from handseg.hub.place import HubPlace
from handseg.intake import take_in
from handseg.masks import to_png
from handseg.photos import encode_png
from handseg.places import ConflictError, PlaceError, Revision
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.schema import SchemaError
from handseg.records.snapshot import Snapshot
from handseg.records.splits import split_of
from handseg.records.withdrawn import Withdrawn
from tests.annotation.publishing.conftest import open_store
from tests.annotation.publishing.filling import add, answer, fill, hurried, mask, photo
from tests.annotation.publishing.reading import loaded, pictures_in, pictures_of
from tests.hub import Faults, StandInHub


def publish(store: Store, place: FolderPlace | HubPlace) -> Snapshot:
    Publisher(store, place, sleep=hurried).publish()
    return Snapshot(place)


def group_in(split: str) -> str:
    return next(f"film {n}" for n in range(99) if split_of(f"film {n}") == split)


def test_stored_bytes_come_out_of_load_dataset_as_they_are_in_the_store(
    store: Store, place: FolderPlace, tmp_path: Path
) -> None:
    list(fill(store, range(5)))
    publish(store, place)
    assert loaded(place.address, None, tmp_path / "hf") == pictures_in(store)
    list(fill(store, range(5, 9)))
    publish(store, place)
    assert loaded(place.address, None, tmp_path / "hf") == pictures_in(store)


def test_what_is_known_of_a_record_is_in_its_row_but_no_name(store: Store, place: FolderPlace) -> None:
    key = add(store, photo(1), "film/7", source="shop", licence="MIT", consent="I agree.")
    record = answer(store, key, mask(1), "Ann Other")
    store.review(record.id, "Bob", "approve")
    (row,) = publish(store, place).rows()
    assert (row.id, row.photo_id, row.group_id) == (record.id, key, "film/7")
    assert (row.source, row.licence, row.consent) == ("shop", "MIT", "I agree.")
    assert (row.verdict, row.assistant_id, row.seconds, row.model_id) == ("edited", "grabcut", 12.5, "accurate@0")
    assert json.loads(row.prompts) == [{"x": 3, "y": 4, "label": 1}]
    assert row.created_at == record.created_at
    assert len({row.annotator, row.reviewer, ""}) == 3
    assert not any("Ann" in str(value) or value == "Bob" for value in vars(row).values())


def test_nothing_happens_when_there_is_nothing_new(store: Store, place: FolderPlace) -> None:
    assert Publisher(store, place).publish().revision == ""
    list(fill(store, range(3)))
    first = publish(store, place)
    assert Publisher(store, place).publish().added == 0
    assert place.resolve() == first.revision


def test_what_is_too_large_for_one_commit_comes_in_several(
    store: Store, place: FolderPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = list(fill(store, range(3)))
    monkeypatch.setattr(publisher, "MOST_BYTES", store.photos.size(store.photo(records[0].photo_id).file) + 1)
    assert {row.id for row in publish(store, place).rows()} == {record.id for record in records}
    assert len(place.log()) == 2


def test_a_later_mask_takes_the_place_of_the_earlier_one(store: Store, place: FolderPlace) -> None:
    key = add(store, photo(1))
    first = answer(store, key, mask(1))
    before = publish(store, place)
    second = answer(store, key, mask(2))
    after = publish(store, place)
    assert [row.id for row in before.rows()] == [first.id]
    assert [(row.id, row.supersedes) for row in after.rows()] == [(second.id, first.id)]


def test_what_is_sent_back_or_rejected_goes_and_comes_back_mended(store: Store, place: FolderPlace) -> None:
    records = list(fill(store, range(3)))
    publish(store, place)
    store.review(records[0].id, "Bob", "send_back", "the thumb")
    assert state_of(store, place.address, reviewed_only=False).kept_back == 1
    answer(store, records[1].photo_id, mask(1), verdict="rejected")
    assert [row.id for row in publish(store, place).rows()] == [records[2].id]
    mended = answer(store, records[0].photo_id, mask(7))
    assert {row.id for row in publish(store, place).rows()} == {records[2].id, mended.id}


def test_a_visitors_mask_needs_a_review_and_on_request_everybodys(store: Store, place: FolderPlace) -> None:
    (visitors,) = fill(store, range(1), annotator=VISITOR)
    (anns,) = fill(store, range(1, 2))
    assert {row.id for row in publish(store, place).rows()} == {anns.id}
    store.review(visitors.id, "Bob", "approve")
    assert {row.id for row in publish(store, place).rows()} == {anns.id, visitors.id}
    reviewed = FolderPlace(place.folder.with_name("reviewed"))
    Publisher(store, reviewed, reviewed_only=True).publish()
    assert {row.id for row in Snapshot(reviewed).rows()} == {visitors.id}


def test_an_approved_mask_counts_before_a_later_one_that_nobody_has_seen(store: Store, place: FolderPlace) -> None:
    key = add(store, photo(1))
    approved, later = answer(store, key, mask(1)), answer(store, key, mask(2), "Cleo")
    assert [row.id for row in publish(store, place).rows()] == [later.id]
    store.review(approved.id, "Bob", "approve")
    assert [row.id for row in publish(store, place).rows()] == [approved.id]


def test_a_damaged_file_holds_back_its_own_record_only(store: Store, place: FolderPlace) -> None:
    records = list(fill(store, range(3)))
    store.masks.path(records[1].mask).write_bytes(b"no mask")
    rows = publish(store, place).rows()
    assert {row.id for row in rows} == {records[0].id, records[2].id}
    state = state_of(store, place.address, reviewed_only=False)
    assert (state.published, state.waiting) == (2, 0)
    assert "damaged" in state.held_back[records[1].id]
    store.masks.put(to_png(mask(1)), ".png")
    assert len(list(publish(store, place).rows())) == 3


def test_an_earlier_mask_stays_while_the_file_of_the_later_one_is_damaged(store: Store, place: FolderPlace) -> None:
    key = add(store, photo(1))
    first = answer(store, key, mask(1))
    publish(store, place)
    second = answer(store, key, mask(2))
    store.masks.path(second.mask).write_bytes(b"no mask")
    assert [row.id for row in publish(store, place).rows()] == [first.id]


def test_of_two_apps_masks_of_one_photo_the_later_one_counts(place: FolderPlace, tmp_path: Path) -> None:
    one, other = open_store(tmp_path / "one"), open_store(tmp_path / "other")
    (earlier,) = fill(one, range(1))
    later = answer(other, add(other, photo(0)), mask(5))
    publish(other, place)
    assert [row.id for row in publish(one, place).rows()] == [later.id]
    assert "another app" in state_of(one, place.address, reviewed_only=False).held_back[earlier.id]
    latest = answer(one, earlier.photo_id, mask(6))
    assert [row.id for row in publish(one, place).rows()] == [latest.id]


def test_a_test_photo_never_comes_into_training_whatever_group_another_app_gives_it(
    place: FolderPlace, tmp_path: Path
) -> None:
    one, other = open_store(tmp_path / "one"), open_store(tmp_path / "other")
    test, train = (
        next(f"film {n}" for n in range(99) if split_of(f"film {n}") == split) for split in ("test", "train")
    )
    answer(one, add(one, photo(1), test), mask(1))
    publish(one, place)
    answer(other, add(other, photo(1), train), mask(2))
    assert [row.group_id for row in publish(other, place).rows()] == [test]


def test_a_photo_that_belongs_to_two_splits_is_held_back(store: Store, place: FolderPlace) -> None:
    test, train = (
        next(f"film {n}" for n in range(99) if split_of(f"film {n}") == split) for split in ("test", "train")
    )
    for number, group in ((1, test), (2, train)):
        answer(store, add(store, photo(number), group), mask(number))
    publish(store, place)
    noisy = photo(1).photo.copy()
    noisy[0, 0] ^= 1
    record = answer(store, add(store, take_in(encode_png(noisy)), train), mask(3))
    assert len(list(publish(store, place).rows())) == 2
    assert "at once" in state_of(store, place.address, reviewed_only=False).held_back[record.id]


def test_a_shard_that_somebody_deleted_on_the_hub_is_published_again(store: Store, hub: StandInHub) -> None:
    list(fill(store, range(20)))
    place = HubPlace("anna/hands", hub.url, hurried)
    snapshot = publish(store, place)
    place.commit(snapshot.revision, "delete by hand", {}, [next(iter(snapshot.shards))])
    assert pictures_of(publish(store, place)) == pictures_in(store)


def test_a_commit_that_was_done_though_the_hub_said_500_is_not_done_again(store: Store, hub: StandInHub) -> None:
    place = HubPlace("anna/hands", hub.url, hurried)
    list(fill(store, range(4)))
    hub.faults = Faults(share=1, kinds=("error_500_done",), operations=("commit",), limit=1)
    outcome = Publisher(store, place, sleep=hurried).publish()
    assert (outcome.added, len(place.log())) == (4, 2)
    assert state_of(store, "anna/hands", reviewed_only=False).revision == outcome.revision == place.resolve()


class Overtaken(FolderPlace):
    """A place in which somebody else commits just before each of our first commits."""

    def __init__(self, folder: Path, others: list[Callable[[], object]]) -> None:
        super().__init__(folder)
        self.others = others

    def commit(self, *arguments: Any, **options: Any) -> Revision:
        if self.others:
            self.others.pop()()
        return super().commit(*arguments, **options)


def test_commits_of_another_app_in_between_are_no_harm(place: FolderPlace, tmp_path: Path) -> None:
    one, other = open_store(tmp_path / "one"), open_store(tmp_path / "other")
    list(fill(one, range(3)))

    def publish_more(begin: int) -> None:
        list(fill(other, range(begin, begin + 3)))
        publish(other, place)

    overtaken = Overtaken(place.folder, [lambda: publish_more(10), lambda: publish_more(20)])
    assert pictures_of(publish(one, overtaken)) == pictures_in(one) | pictures_in(other)


@pytest.mark.parametrize(
    "files", [{"data/train-00000-of-00001.parquet": b"PAR1"}, {"data/train/photos.parquet": b"PAR1"}]
)
def test_somebody_elses_dataset_is_left_alone(store: Store, hub: StandInHub, files: dict[str, bytes]) -> None:
    place = HubPlace("anna/hands", hub.url, hurried)
    with pytest.raises(ConflictError):
        place.commit("", "begin", {})
    hub.datasets["anna/hands"].push(files)
    list(fill(store, range(1)))
    with pytest.raises(SchemaError, match="another kind of dataset"):
        publish(store, place)
    assert "another kind" in state_of(store, "anna/hands", reviewed_only=False).error


def test_a_folder_with_other_things_is_left_alone(store: Store, place: FolderPlace) -> None:
    place.folder.mkdir()
    (place.folder / "README.md").write_text("my photos")
    list(fill(store, range(1)))
    with pytest.raises(PlaceError, match="not empty"):
        publish(store, place)
    assert (place.folder / "README.md").read_text() == "my photos"


def test_a_failure_is_told_until_it_is_over(store: Store, hub: StandInHub) -> None:
    place = HubPlace("anna/hands", hub.url, hurried)
    list(fill(store, range(1)))
    hub.faults = Faults(share=1, kinds=("unavailable_503",))
    with pytest.raises(PlaceError):
        Publisher(store, place, patience=0.01, sleep=hurried).publish()
    state = state_of(store, "anna/hands", reviewed_only=False)
    assert "503" in state.error
    assert state.failed_at
    assert state.waiting == 1
    hub.faults = None
    publish(store, place)
    state = state_of(store, "anna/hands", reviewed_only=False)
    assert (state.error, state.failed_at, state.waiting, state.published) == ("", None, 0, 1)


def test_a_full_disk_changes_nothing(store: Store, place: FolderPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    list(fill(store, range(3)))
    before = publish(store, place).revision

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    list(fill(store, range(3, 6)))
    with monkeypatch.context() as patched:
        patched.setattr("shutil.copyfileobj", full)
        with pytest.raises(OutputError, match="No space left"):
            publish(store, place)
    assert place.resolve() == before
    assert pictures_of(publish(store, place)) == pictures_in(store)


def test_a_photo_that_was_withdrawn_stays_out(store: Store, place: FolderPlace) -> None:
    (record,) = fill(store, range(1))
    snapshot = publish(store, place)
    row = next(iter(snapshot.rows()))
    gone = Withdrawn(row.photo_id, row.group_id, row.phash)
    commit(snapshot, Edit(message="withdraw", drop={row.id}, withdraw=[gone]))
    assert list(publish(store, place).rows()) == []
    assert "for good" in state_of(store, place.address, reviewed_only=False).held_back[record.id]


def test_a_photo_that_is_forgotten_and_comes_again_at_once_stays_out(store: Store, place: FolderPlace) -> None:
    (record,) = fill(store, range(1))
    publish(store, place)
    store.forget_photo(record.photo_id)
    (again,) = fill(store, range(1))
    assert list(publish(store, place).rows()) == []
    assert again.id in state_of(store, place.address, reviewed_only=False).held_back
    assert len(place.log()) == 2


def test_what_is_forgotten_after_its_row_has_gone_leaves_a_trace_in_its_split(store: Store, place: FolderPlace) -> None:
    record = answer(store, add(store, photo(1), group_in("test")), mask(1))
    publish(store, place)
    store.review(record.id, "Bob", "send_back", "the thumb")
    assert not list(publish(store, place).rows())
    store.forget_photo(record.photo_id)
    (trace,) = publish(store, place).withdrawn
    assert (trace.photo_id, split_of(trace.group_id)) == (record.photo_id, "test")


def withdrawn(store: Store, place: FolderPlace) -> Snapshot:
    Publisher(store, place).withdraw()
    assert store.outbox.withdrawals(place.address) == []
    return Snapshot(place)


def test_what_is_told_of_and_taken_out_of_one_dataset_is_not_so_of_another(store: Store, place: FolderPlace) -> None:
    records, other = list(fill(store, range(3))), FolderPlace(place.folder.with_name("other"))
    store.masks.path(records[2].mask).write_bytes(b"no mask")
    first = publish(store, other)
    publish(store, place)
    store.forget_photo(records[0].photo_id)
    store.masks.put(to_png(mask(2)), ".png")
    publish(store, place)
    done, state = (state_of(store, each.address, reviewed_only=False) for each in (place, other))
    assert (done.published, done.waiting, done.held_back) == (2, 0, {})
    assert (state.revision, state.published, state.waiting) == (first.revision, 2, 1)
    assert state.held_back.keys() == {records[2].id}
    assert len(store.outbox.commits_within(other.address, timedelta(hours=1))) == 1
    assert {row.id for row in publish(store, other).rows()} == {record.id for record in records[1:]}
    assert store.outbox.published_ids(other.address) == {record.id for record in records[1:]}


def test_withdrawing_takes_out_what_was_forgotten_and_brings_nothing_in(store: Store, place: FolderPlace) -> None:
    records = list(fill(store, range(4)))
    for record in records[:2]:
        store.review(record.id, "Bob", "approve")
    Publisher(store, place, reviewed_only=True).publish()
    store.forget_photo(records[0].photo_id)
    assert [row.id for row in withdrawn(store, place).rows()] == [records[1].id]
    assert store.outbox.published_ids(place.address) == {records[1].id}


def test_withdrawing_takes_a_reviewer_s_name_out_of_a_row_and_leaves_the_row(store: Store, place: FolderPlace) -> None:
    key = add(store, photo(1))
    for number, (annotator, reviewer) in enumerate((("Ann", "Rob"), ("Cleo", "Bob"))):
        record = answer(store, key, mask(number), annotator)
        store.review(record.id, reviewer, "approve")
        if not number:
            publish(store, place)
    store.forget_annotator("Rob")
    (row,) = withdrawn(store, place).rows()
    assert (row.id, row.reviewer) == (store.records(key)[0].id, "")
    assert len(place.log()) == 2


@pytest.mark.parametrize("mend", [Publisher.withdraw, Publisher.publish])
def test_a_row_goes_with_a_forgotten_name_if_it_cannot_be_written_anew(
    store: Store, place: FolderPlace, mend: Callable[[Publisher], object]
) -> None:
    records = list(fill(store, range(2)))
    for record in records:
        store.review(record.id, "Rob", "approve")
    publish(store, place)
    store.masks.path(records[0].mask).write_bytes(b"no mask")
    store.forget_annotator("Rob")
    mend(Publisher(store, place))
    assert store.outbox.withdrawals(place.address) == []
    assert [(row.id, row.reviewer) for row in Snapshot(place).rows()] == [(records[1].id, "")]


def test_the_card_tells_how_well_annotators_agree(store: Store, place: FolderPlace) -> None:
    twice = next(n for n in range(2000) if chance("ask again", photo(n).photo_id) < ASKED_AGAIN)
    key = add(store, photo(twice))
    drawn = np.zeros((12, 16), bool)
    drawn[:6] = True
    answer(store, key, drawn)
    answer(store, key, np.ones((12, 16), bool), "Bob")
    assert "mean IoU of their masks is 0.500" in publish(store, place).card
