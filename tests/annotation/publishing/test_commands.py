"""The commands about datasets, as the processes that people start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from annotation.commands.datasets import compact
from annotation.publishing.publisher import Publisher
from annotation.store import Store, forgetting
from handseg.places import PlaceError
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.annotation.publishing.filling import add, answer, fill, mask, photo
from tests.annotation.publishing.reading import ROOT, pictures_in, pictures_of
from tests.annotation.test_command_line import command, environment, store_in
from tests.forking import forked
from tests.hub import Repository, StandInHub


def run(home: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    settings = {"HANDSEG_DATASET": "", "HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_XET": "1", **variables}
    given = {**environment(home), **settings}
    if any(name.startswith("HF_") for name in variables):
        answered = subprocess.run(command(*arguments), env=given, cwd=ROOT, capture_output=True, text=True)
    else:
        answered = forked("annotation", *arguments, environment=given)
    assert "Traceback" not in answered.stderr, answered.stderr
    return answered


def told(home: Path, *arguments: object, **variables: str) -> str:
    answered = run(home, *arguments, **variables)
    assert answered.returncode == 0, answered.stderr
    return answered.stdout


def refused(home: Path, *arguments: object, **variables: str) -> str:
    answered = run(home, *arguments, **variables)
    assert answered.returncode == 2, answered.stdout
    return answered.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def kept(home: Path) -> Store:
    return store_in(home)


def test_a_dataset_grows_is_corrected_and_tells_its_history(home: Path, kept: Store) -> None:
    records = list(fill(kept, range(5)))
    assert "5 records were published" in told(home, "publish", "--tag", "v1.0.0")
    answer(kept, records[0].photo_id, mask(9))
    kept.review(records[1].id, "Bob", "send_back", "the thumb")
    list(fill(kept, range(5, 7)))
    assert "5 published, 4 waiting" in told(home, "status")
    assert "3 records were published, 1 taken out, 0 held back" in told(home, "publish")
    newest, oldest = told(home, "log").splitlines()[1:]
    assert "Add 2, correct 1, take out 1" in newest
    assert "v1.0.0" in oldest
    difference = told(home, "diff", "v1.0.0")
    assert "2 added, 1 changed, 1 withdrawn, 0 moved, 3 unchanged" in difference
    assert f"changed    {records[0].photo_id}  IoU 0." in difference
    assert f"withdrawn  {records[1].photo_id}" in difference
    assert "0 added, 0 changed, 0 withdrawn" in told(home, "diff", "main", "main")
    assert "nothing new" not in refused(home, "diff", "v9")


def test_compaction_keeps_the_rows_and_older_revisions(home: Path, kept: Store) -> None:
    for begin in range(0, 40, 8):
        list(fill(kept, range(begin, begin + 8)))
        told(home, "publish")
    place = FolderPlace(home / "dataset")
    before = Snapshot(place)
    answered = told(home, "compact", "--tag", "v2.0.0")
    after = Snapshot(place)
    assert f"{len(before.shards)} shards became {len(set(before.shards.values()))}" in answered
    assert f"the same 40 rows, digest {before.digest}" in answered
    assert pictures_of(after) == pictures_of(Snapshot(place, before.revision)) == pictures_in(kept)
    assert place.resolve("v2.0.0") == after.revision
    assert "nothing to merge" in told(home, "compact", "--tag", "v2.0.0")


def test_the_newest_revision_s_tag_is_refused_before_there_is_another_revision(home: Path, kept: Store) -> None:
    for begin in range(0, 16, 8):
        list(fill(kept, range(begin, begin + 8)))
        told(home, "publish", "--tag", f"v{begin}")
    assert "0 records were published" in told(home, "publish", "--tag", "v8")
    assert "the tag v8 is the revision" in refused(home, "compact", "--tag", "v8")
    list(fill(kept, range(16, 17)))
    assert "the tag v8 is the revision" in refused(home, "publish", "--tag", "v8")
    assert len(FolderPlace(home / "dataset").log()) == 2
    kept.forget_photo(photo(0).photo_id)
    assert "the tag v8 is the revision" in refused(home, "publish", "--tag", "v8")


def test_compaction_is_told_even_if_its_tag_cannot_be_given(
    home: Path, kept: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for begin in range(0, 16, 8):
        list(fill(kept, range(begin, begin + 8)))
        Publisher(kept, FolderPlace(home / "dataset")).publish()

    def taken(*_: object) -> None:
        raise PlaceError("somebody else has taken it")

    monkeypatch.setattr(FolderPlace, "tag", taken)
    with pytest.raises(PlaceError, match="taken"):
        compact(folder=home / "dataset", tag="v1")
    assert "the same 16 rows" in capsys.readouterr().out


def test_a_forgotten_photo_is_gone_from_the_store_the_folder_and_its_history(home: Path, kept: Store) -> None:
    records = list(fill(kept, range(4)))
    told(home, "publish")
    gone = kept.photo(records[2].photo_id)
    told(home, "publish", "--tag", "v1")
    answered = told(home, "forget", gone.photo_id)
    assert "does not have it any more" in answered
    assert "of the tags v1 some photos cannot be loaded any more" in answered
    assert not kept.has_photo(gone.photo_id)
    needle = kept.photos.path(gone.file)
    assert not needle.exists()
    assert not kept.masks.path(records[2].mask).exists()
    place = FolderPlace(home / "dataset")
    assert {row.photo_id for row in Snapshot(place).rows()} == {r.photo_id for r in records} - {gone.photo_id}
    taken = photo(2).file
    assert not any(taken in path.read_bytes() for path in home.rglob("*") if path.is_file())
    add(kept, photo(2))
    answer(kept, gone.photo_id, mask(2))
    assert "for good" in told(home, "publish")
    assert "no photo" in refused(home, "forget", "0" * 64)
    assert "+" in told(home, "log").splitlines()[-1]
    assert "deleted for good" in refused(home, "diff", "v1", "main")


def test_forgetting_brings_nothing_into_a_dataset_of_reviewed_masks(home: Path, kept: Store, tmp_path: Path) -> None:
    records = list(fill(kept, range(6)))
    for record in records[:2]:
        kept.review(record.id, "Bob", "approve")
    reviewed = tmp_path / "reviewed"
    assert "2 records were published" in told(home, "publish", "--reviewed", "--folder", reviewed)
    assert "does not have it any more" in told(home, "forget", records[5].photo_id)
    assert {row.id for row in Snapshot(FolderPlace(reviewed)).rows()} == {record.id for record in records[:2]}


ANN = "Ann of the example"


def test_a_forgotten_annotator_leaves_no_name_and_no_row_and_photos_are_asked_about_again(
    home: Path, kept: Store
) -> None:
    anns = list(fill(kept, range(3), annotator=ANN))
    bobs = list(fill(kept, range(3, 5), annotator="Bob"))
    kept.review(bobs[0].id, ANN, "approve")
    told(home, "publish")
    assert f"3 records of {ANN} were forgotten here" in told(home, "forget", "--annotator", ANN)
    assert {row.id for row in Snapshot(FolderPlace(home / "dataset")).rows()} == {record.id for record in bobs}
    assert {task.photo_id for task in kept.upcoming("Cleo", 9)} >= {record.photo_id for record in anns}
    assert not any(ANN.encode() in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert kept.record(bobs[0].id).reviewer == ""
    assert "nothing of anybody" in refused(home, "forget", "--annotator", ANN)
    assert "either" in refused(home, "forget")
    assert "the name has 0 characters" in refused(home, "forget", "--annotator", "")


def test_what_is_forgotten_while_the_hub_is_away_goes_with_the_next_commit_and_the_history_is_told(
    home: Path, kept: Store, hub: StandInHub
) -> None:
    records = list(fill(kept, range(3)))
    on_hub = {"HANDSEG_DATASET": "anna/hands", "HF_ENDPOINT": hub.url}
    told(home, "publish", **on_hub)
    away = run(home, "forget", records[0].photo_id, HANDSEG_DATASET="anna/hands", HF_HUB_OFFLINE="1")
    assert away.returncode == 1
    assert "still has it" in away.stdout
    assert "then run this again" in away.stdout
    assert "1 photos or records are still to be taken out of anna/hands" in told(home, "status", **on_hub)
    answered = told(home, "publish", **on_hub)
    assert "1 taken out" in answered
    assert "permanently_delete_lfs_files" in answered
    old = {
        path for path in hub.datasets["anna/hands"].files(hub.datasets["anna/hands"].commits[1].oid) if "train" in path
    }
    assert all(path in answered for path in old)
    assert "permanently_delete_lfs_files" not in told(home, "publish", **on_hub)
    assert "permanently_delete_lfs_files" in told(home, "status", **on_hub)


def test_a_dataset_that_cannot_be_seen_is_not_taken_for_clean(home: Path, kept: Store, hub: StandInHub) -> None:
    records = list(fill(kept, range(2)))
    hub.tokens = {"hf_write": "write"}
    seen = {"HANDSEG_DATASET": "anna/hands", "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_write"}
    told(home, "publish", **seen)
    blind = run(home, "forget", records[0].photo_id, **{**seen, "HF_TOKEN": ""})
    assert blind.returncode == 1
    assert "cannot be seen" in blind.stdout
    assert "1 taken out" in told(home, "publish", **seen)


def test_forgetting_can_be_repeated_until_a_dataset_is_there_again(home: Path, kept: Store) -> None:
    records = [*fill(kept, range(2)), *fill(kept, range(2, 4), annotator="Bob")]
    told(home, "publish")
    dataset, away = home / "dataset", home / "away"
    for what in ((records[0].photo_id,), ("--annotator", "Bob")):
        dataset.rename(away)
        assert run(home, "forget", *what).returncode == 1
        assert run(home, "forget", *what).returncode == 1
        assert "no photo" in refused(home, "forget", records[0].photo_id[::-1])
        away.rename(dataset)
        assert "does not have it any more" in told(home, "forget", *what)
        assert refused(home, "forget", *what)
    assert [row.id for row in Snapshot(FolderPlace(dataset)).rows()] == [records[1].id]


def test_a_killed_forget_is_ended_by_the_next_publish(home: Path, kept: Store) -> None:
    records = list(fill(kept, range(3)))
    told(home, "publish")
    taken, file = photo(1).file, kept.photos.path(kept.photo(records[1].photo_id).file)
    with kept.database.writing() as connection:  # all that had happened when it was killed
        forgetting.forget_photo(connection, records[1].photo_id)
    assert file.exists()
    assert "cannot be loaded any more" in told(home, "publish")
    assert not file.exists()
    assert not any(taken in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_photo_that_was_never_published_leaves_no_trace_in_a_dataset(home: Path, kept: Store) -> None:
    list(fill(kept, range(2)))
    key = add(kept, photo(7), "source/anna-smith")
    told(home, "publish")
    told(home, "forget", key)
    assert not any(key.encode() in path.read_bytes() for path in (home / "dataset").rglob("*") if path.is_file())


def test_a_forgotten_group_name_is_not_in_what_remains(home: Path, kept: Store) -> None:
    answer(kept, add(kept, photo(7), "source/anna-smith"), mask(7))
    list(fill(kept, range(2)))
    told(home, "publish")
    told(home, "forget", photo(7).photo_id)
    remains = (home / "dataset" / ".withdrawn.jsonl").read_text()
    assert photo(7).photo_id in remains
    assert "anna" not in remains


def test_a_review_comes_into_a_row_that_was_published_before(home: Path, kept: Store) -> None:
    records = list(fill(kept, range(3)))
    told(home, "publish")
    kept.review(records[0].id, "Rob", "approve")
    told(home, "publish")
    rows = {row.id: row for row in Snapshot(FolderPlace(home / "dataset")).rows()}
    assert [bool(rows[record.id].reviewer) for record in records] == [True, False, False]
    mark = rows[records[0].id].reviewer.encode()
    told(home, "forget", "--annotator", "Rob")
    assert {row.reviewer for row in Snapshot(FolderPlace(home / "dataset")).rows()} == {""}
    assert not any(mark in path.read_bytes() for path in (home / "dataset").rglob("*") if path.is_file())


def test_a_shard_deleted_by_hand_comes_back_with_the_next_publish(home: Path, kept: Store) -> None:
    list(fill(kept, range(3)))
    told(home, "publish")
    shard = next((home / "dataset" / "data").rglob("*.parquet"))
    shard.unlink()
    assert "0 records were published" in told(home, "publish")
    assert shard.exists()


def test_a_repository_is_published_to_with_a_token_that_stays_here(home: Path, kept: Store, hub: StandInHub) -> None:
    list(fill(kept, range(3)))
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    for token, words in (("", "HF_TOKEN"), ("hf_read", "write"), ("hf_wrong", "HF_TOKEN")):
        assert words in refused(home, "publish", "--repo", "anna/hands", HF_ENDPOINT=hub.url, HF_TOKEN=token)
    answered = told(home, "publish", "--repo", "anna/hands", "--tag", "v1", HF_ENDPOINT=hub.url, HF_TOKEN="hf_write")
    assert "3 records were published" in answered
    repository: Repository = hub.datasets["anna/hands"]
    assert repository.private
    assert "v1" in repository.tags
    assert not any(b"hf_write" in content for content in repository.files().values())


def test_names_that_cannot_be_are_refused_before_anything_is_done(home: Path, kept: Store) -> None:
    list(fill(kept, range(1)))
    assert "USER/NAME" in refused(home, "publish", "--repo", "hands")
    assert "USER/NAME" in refused(home, "publish", "--repo", "a/b/c")
    assert "owner/name" in refused(home, "publish", "--repo", "an na/ha nds")
    assert "--folder is" in refused(home, "publish", "--folder", "")
    assert "one dataset" in refused(home, "publish", "--repo", "a/b", "--folder", "c")
    assert "not a tag name" in refused(home, "publish", "--tag", "a tag")
    assert "no dataset" in refused(home, "log")
    assert not (home / "dataset").exists()
