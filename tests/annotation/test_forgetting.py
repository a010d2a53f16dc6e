"""What is forgotten goes, and nothing that somebody else needs, on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotation.errors import FileError, RecordError
from annotation.store import Store, answers, forgetting
from annotation.store.records import Record
from annotation.store.tables import metadata
from handseg.masks import to_png
from tests.annotation.filling import answer, ask, photo_id


def no_hand(store: Store, number: int, annotator: str) -> Record:
    """An answer, not yet saved, whose mask has the same bytes for every photo."""
    mask = store.masks.put(to_png(np.zeros((48, 64), bool)), ".png")
    return answer(store, ask(store, number), annotator, verdict="no_hand", mask=mask, pixels=0)


def forget_without_deleting(store: Store, key: str) -> None:
    """All that has happened when the process is killed just then."""
    with store.database.writing() as connection:
        forgetting.forget_photo(connection, key)


def test_a_mask_goes_with_the_last_record_that_has_it(store: Store) -> None:
    saved = [store.save(no_hand(store, number, "Ann")) for number in (1, 2)]
    store.forget_photo(saved[0].photo_id)
    assert store.masks.read(saved[1].mask)
    store.forget_photo(saved[1].photo_id)
    with pytest.raises(FileError):
        store.masks.read(saved[1].mask)
    assert store.outbox.doomed_files() == []


def test_a_mask_that_is_saved_again_before_it_is_deleted_stays(store: Store) -> None:
    forget_without_deleting(store, store.save(no_hand(store, 1, "Ann")).photo_id)
    saved = store.save(no_hand(store, 2, "Bob"))
    assert ("masks", saved.mask) in store.outbox.doomed_files()
    store.delete_doomed()
    assert store.masks.read(saved.mask)
    assert store.outbox.doomed_files() == []


def test_a_photo_that_is_added_again_before_it_is_deleted_stays(store: Store) -> None:
    key = ask(store, 1)
    file = store.photo(key).file
    forget_without_deleting(store, key)
    assert ask(store, 1) == key
    store.delete_doomed()
    assert store.photos.read(file)


def test_a_save_whose_mask_was_deleted_meanwhile_is_refused_and_can_be_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_without_deleting(store, store.save(no_hand(store, 1, "Ann")).photo_id)
    record, writing = no_hand(store, 2, "Bob"), store.database.writing

    def delete_first() -> Any:
        monkeypatch.undo()
        store.delete_doomed()
        return writing()

    monkeypatch.setattr(store.database, "writing", delete_first)
    with pytest.raises(RecordError, match="save it again"):
        store.save(record)
    assert store.records(record.photo_id) == []
    assert store.save(no_hand(store, 2, "Bob")).mask == record.mask


def test_no_file_is_deleted_while_a_save_that_needs_it_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_without_deleting(store, store.save(no_hand(store, 1, "Ann")).photo_id)
    record, keep, deleting = no_hand(store, 2, "Bob"), answers.keep, list[Future[None]]()

    with ThreadPoolExecutor(1) as pool:

        def keep_late(*given: Any) -> Record:
            deleting.append(pool.submit(store.delete_doomed))
            with pytest.raises(TimeoutError):
                deleting[0].result(timeout=0.5)
            return keep(*given)

        monkeypatch.setattr(answers, "keep", keep_late)
        saved = store.save(record)
        deleting[0].result()
    assert store.masks.read(saved.mask)


@pytest.mark.parametrize("forgotten", ["Rob", "Ann"])
def test_a_forgotten_reviewer_s_words_go_and_so_do_those_about_a_forgotten_mask(store: Store, forgotten: str) -> None:
    first, other = (store.save(answer(store, ask(store, number), name)) for number, name in enumerate(("Ann", "Bob")))
    store.review(first.id, "Rob", "send_back", "call Rob about this thumb", 3, 4)
    store.review(other.id, "Sue", "send_back", "the sleeve is no hand")
    store.forget_annotator(forgotten)
    assert (store.task(first.photo_id).note, store.task(first.photo_id).state) == ("", "open")
    assert store.task(other.photo_id).note == "the sleeve is no hand"
    with store.database.reading() as connection:
        assert not [
            row for table in metadata.sorted_tables for row in connection.execute(table.select()) if "thumb" in str(row)
        ]


@pytest.mark.parametrize("lacking", [{"file": f"{'0' * 64}.jpg"}, {"model_mask": f"{'0' * 64}.png"}])
def test_a_photo_without_its_files_is_not_added(store: Store, lacking: dict[str, str]) -> None:
    known = ask(store, 1)
    photo, task = (replace(each, photo_id=photo_id(2)) for each in (store.photo(known), store.task(known)))
    photo, task = (
        replace(each, **{name: value for name, value in lacking.items() if name in vars(each)})
        for each in (photo, task)
    )
    with pytest.raises(RecordError, match="not stored"):
        store.add(photo, task)
    assert not store.has_photo(photo_id(2))
