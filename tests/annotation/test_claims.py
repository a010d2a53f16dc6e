"""Who is given which photo, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from annotation.errors import ClaimError, RecordError
from annotation.store import Store
from tests.annotation.filling import answer, ask, holds, mask_number

ROOT = Path(__file__).parent.parent.parent


def given_to(store: Store, annotator: str, count: int = 20) -> list[str]:
    return [task.photo_id for task in store.upcoming(annotator, count)]


def test_the_most_doubtful_photo_comes_first(store: Store) -> None:
    keys = {doubt: ask(store, number, doubt=doubt) for number, doubt in enumerate([0.2, 0.9, 0.5])}
    assert given_to(store, "Ann") == [keys[0.9], keys[0.5], keys[0.2]]
    assert store.claim("Ann").photo_id == keys[0.9]


def test_an_annotator_is_given_the_photo_at_hand_again(store: Store) -> None:
    ask(store, 1, doubt=0.1)
    first = store.claim("Ann")
    ask(store, 2, doubt=0.9)
    assert store.claim("Ann") == first


def test_two_annotators_never_hold_the_same_photo(store: Store) -> None:
    keys = [ask(store, number) for number in range(2)]
    held = {store.claim(annotator).photo_id for annotator in ("Ann", "Bob")}
    assert held == set(keys)
    assert store.claim("Cleo") is None


def test_a_photo_is_free_again_when_the_lease_has_ended(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann")
    assert store.claim("Bob") is None
    store.claim("Ann", seconds=-1)
    assert not holds(store, key, "Ann")
    assert store.claim("Bob").photo_id == key
    with pytest.raises(ClaimError, match="ended and somebody else may have it"):
        store.renew(key, "Ann")


def test_a_renewed_lease_lasts(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann", seconds=-1)
    store.renew(key, "Ann")
    assert holds(store, key, "Ann")
    assert store.claim("Bob") is None


def test_a_released_photo_is_free_and_cannot_be_renewed(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann")
    store.release(key, "Bob")
    assert holds(store, key, "Ann")
    store.release(key, "Ann")
    with pytest.raises(ClaimError):
        store.renew(key, "Ann")
    assert store.claim("Bob").photo_id == key


def test_a_chosen_photo_is_given_unless_someone_else_holds_it(store: Store) -> None:
    ask(store, 1, doubt=0.9)
    key = ask(store, 2, doubt=0.1)
    assert store.claim_photo(key, "Ann").photo_id == key
    assert store.claim_photo(key, "Ann").photo_id == key
    with pytest.raises(ClaimError, match="someone else"):
        store.claim_photo(key, "Bob")


def test_a_photo_that_is_done_can_be_chosen_to_be_done_better(store: Store) -> None:
    key = ask(store, 1)
    first = store.save(answer(store, key))
    assert store.claim_photo(key, "Ann").state == "done"
    assert store.claim("Ann").photo_id == key
    assert store.save(answer(store, key, mask=mask_number(store, 1))).supersedes == first.id
    assert store.claim("Ann") is None


def test_a_skipped_photo_goes_to_others_only(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Ann")
    for _ in range(2):
        store.skip(key, "Ann")
    assert store.claim("Ann") is None
    assert given_to(store, "Ann") == []
    assert store.claim("Bob").photo_id == key


def test_a_skip_of_what_someone_else_holds_leaves_it_to_them(store: Store) -> None:
    key = ask(store, 1)
    store.claim("Bob")
    store.skip(key, "Ann")
    assert holds(store, key, "Bob")


def test_what_is_upcoming_is_not_claimed_and_leaves_out_what_is_held(store: Store) -> None:
    keys = [ask(store, number, doubt=1 - number / 10) for number in range(4)]
    store.claim("Ann")
    store.claim("Bob")
    assert given_to(store, "Ann") == given_to(store, "Bob") == keys[2:]
    assert given_to(store, "Ann", 1) == keys[2:3]
    assert store.counts().claimed == 2


def test_near_duplicates_of_photos_at_work_or_answered_come_last(store: Store) -> None:
    first = ask(store, 1, doubt=0.9)
    second = ask(store, 2, doubt=0.8, alike=first)
    third = ask(store, 3, doubt=0.7, alike=first)
    others = [ask(store, number, doubt=0.1) for number in (4, 5)]
    assert store.claim("Ann").photo_id == first
    assert set(given_to(store, "Bob")[:2]) == set(others)
    assert given_to(store, "Bob")[2:] == [second, third]
    store.save(answer(store, first))
    assert given_to(store, "Bob")[2:] == [second, third]


def test_a_cluster_is_fresh_again_when_its_photo_is_given_back(store: Store) -> None:
    first = ask(store, 1, doubt=0.9)
    second = ask(store, 2, doubt=0.8, alike=first)
    other = ask(store, 3, doubt=0.1)
    store.claim("Ann")
    store.skip(first, "Ann")
    assert given_to(store, "Ann") == [second, other]


def test_a_photo_to_be_asked_about_again_does_not_wait_for_the_rest(store: Store) -> None:
    key = ask(store, 1, again=True, doubt=0.9)
    ask(store, 2, doubt=0.1)
    store.save(answer(store, key, "Ann"))
    assert given_to(store, "Bob")[0] == key
    assert key not in given_to(store, "Ann")


def test_a_name_that_cannot_be_used_is_refused(store: Store) -> None:
    for name in ("", " Ann", "A" * 61, "\0"):
        with pytest.raises(RecordError):
            store.claim(name)


def test_threads_of_one_server_never_get_the_same_photo(store: Store) -> None:
    for number in range(12):
        ask(store, number)
    with ThreadPoolExecutor(6) as pool:
        claimed = list(pool.map(lambda number: store.claim(f"annotator {number}").photo_id, range(12)))
    assert len(set(claimed)) == 12


def test_processes_that_claim_at_the_same_time_never_get_the_same_photo(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    keys = {ask(store, number) for number in range(60)}
    annotators = [annotator_at_work(database_url, tmp_path, name) for name in ("Ann", "Bob", "Cleo")]
    for process in annotators:
        begin(process)
    outputs = [process.communicate(timeout=60)[0].split() for process in annotators]
    # Whoever was given a photo that another was given, too, could not have saved it, and would have failed.
    assert [process.returncode for process in annotators] == [0, 0, 0]
    saved = [store.record(each) for output in outputs for each in output]
    assert sorted(each.photo_id for each in saved) == sorted(keys)
    assert len({each.annotator for each in saved}) > 1


def test_whoever_is_killed_while_saving_has_saved_whole_records(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    for number in range(400):
        ask(store, number)
    acknowledged: list[str] = []
    for attempt in range(5):
        process = annotator_at_work(database_url, tmp_path, f"annotator {attempt}")
        begin(process)
        acknowledged.append(process.stdout.readline().strip())
        time.sleep(0.03 + 0.017 * attempt)
        process.kill()
        acknowledged += process.communicate()[0].splitlines()
        assert process.returncode == -9
    saved = store.newest_records(1000)
    assert set(acknowledged) <= {each.id for each in saved}
    for record in saved:
        assert len(store.masks.read(record.mask)) > 0
        assert store.task(record.photo_id).state == "done"
        assert store.records(record.photo_id) == [record]
    assert store.counts().done == len(saved) == len({each.photo_id for each in saved})
    # Each record is whole; what was begun is at most one claim for each that was killed.
    assert store.counts().claimed <= 5
    assert store.claim("someone else") is not None


def annotator_at_work(url: str, folder: Path, name: str) -> subprocess.Popen[str]:
    """An annotator as a process of its own, ready to begin."""
    command = [sys.executable, "-m", "tests.annotation.filling", url, str(folder), name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()
