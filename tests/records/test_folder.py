from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handseg.errors import OutputError
from handseg.places import HEAD, ConflictError, PlaceError, PurgedError
from handseg.places.folder import OWN, FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.row import Row
from handseg.records.snapshot import CARD, Snapshot
from handseg.records.withdrawn import PATH as WITHDRAWN
from handseg.records.withdrawn import Withdrawn
from tests.records.filling import add, by_id, filled, rows

ROOT = Path(__file__).parents[2]


def expected(*parts: tuple[int, int]) -> dict[str, Row]:
    return {row.id: row for count, seed in parts for row in rows(count, seed)}


def shards_seen(place: FolderPlace) -> set[str]:
    return {path.relative_to(place.folder).as_posix() for path in place.folder.rglob("data/*/*.parquet")}


def test_a_folder_that_is_not_there_is_an_empty_dataset_and_opening_makes_nothing(tmp_path: Path) -> None:
    snapshot = Snapshot(FolderPlace(tmp_path / "hands"))
    assert (snapshot.revision, snapshot.shards, len(snapshot.light), snapshot.card) == ("", {}, 0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_revision_is_known_by_head_id_first_digits_and_tag(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    first = place.resolve()
    place.tag("v1.0.0", HEAD)
    second = add(place, *rows(2, seed=1)).id
    assert place.resolve(HEAD) == second
    assert place.resolve(first) == place.resolve(first[:8]) == place.resolve("v1.0.0") == first
    assert by_id(Snapshot(place, "v1.0.0")) == expected((3, 0))
    assert [revision.id for revision in place.log()] == [second, first]
    assert place.tags() == {"v1.0.0": first}


@pytest.mark.parametrize("revision", ["v9", "", "0" * 40, "../../etc", "12345"])
def test_an_unknown_revision_is_refused_with_the_names_there_are(tmp_path: Path, revision: str) -> None:
    place = filled(tmp_path, 3)
    place.tag("v1.0.0", HEAD)
    with pytest.raises(PlaceError, match=r"has no revision .* main, v1\.0\.0"):
        Snapshot(place, revision)


def test_a_tag_is_for_ever(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    place.tag("v1.0.0", HEAD)
    place.tag("v1.0.0", HEAD)
    add(place, *rows(2, seed=1))
    with pytest.raises(PlaceError, match="another revision's"):
        place.tag("v1.0.0", HEAD)


@pytest.mark.parametrize("name", ["", "main", "../v1", ".hidden", "a b", "v1\n", "x" * 101])
def test_what_is_no_name_of_a_tag_is_refused(tmp_path: Path, name: str) -> None:
    place = filled(tmp_path, 3)
    with pytest.raises(PlaceError, match="not a tag name"):
        place.tag(name, HEAD)


def test_an_empty_dataset_has_nothing_to_name(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="publish something"):
        FolderPlace(tmp_path).tag("v1", HEAD)


def test_a_commit_that_knows_less_than_the_newest_revision_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    stale = Snapshot(place)
    add(place, *rows(2, seed=1))
    objects = sorted((tmp_path / OWN / "objects").rglob("*"))
    with pytest.raises(ConflictError, match="start again"):
        commit(stale, Edit(message="late", add=rows(2, seed=2)))
    assert by_id(Snapshot(place)) == expected((3, 0), (2, 1))
    assert sorted((tmp_path / OWN / "objects").rglob("*")) == objects


COMMITTER = """\
import sys
from pathlib import Path
from handseg.records.edits import Edit, commit
from handseg.places import ConflictError
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.records.filling import rows

place, first = FolderPlace(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
conflicts = 0
for seed in range(first, first + int(sys.argv[3])):
    while True:
        try:
            commit(Snapshot(place), Edit(message=f"seed {seed}", add=rows(3, seed)))
            break
        except ConflictError:
            conflicts += 1
print(conflicts)
"""


def test_of_two_processes_that_commit_at_once_one_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    def begin(first: int) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", COMMITTER, str(tmp_path / "hands"), str(first), "15"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(arguments, cwd=ROOT, **pipes)

    both = [begin(0), begin(100)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    conflicts = [int(process.communicate(timeout=120)[0]) for process in both]
    assert sum(conflicts) > 0
    place = FolderPlace(tmp_path / "hands")
    assert by_id(Snapshot(place)) == expected(*((3, seed) for first in (0, 100) for seed in range(first, first + 15)))
    assert len(place.log()) == 30
    assert shards_seen(place) == set(Snapshot(place).shards)


def test_a_shard_that_was_deleted_by_hand_comes_back(tmp_path: Path) -> None:
    place = filled(tmp_path)
    lost = tmp_path / sorted(shards_seen(place))[0]
    content = lost.read_bytes()
    lost.unlink()
    assert by_id(Snapshot(place)) == expected((30, 0))
    add(place, *rows(2, seed=1))
    assert lost.read_bytes() == content
    assert by_id(Snapshot(place)) == expected((30, 0), (2, 1))


def test_files_that_people_put_beside_the_shards_stay(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    (tmp_path / "LICENSE").write_text("ours")
    add(place, *rows(2, seed=1))
    assert (tmp_path / "LICENSE").read_text() == "ours"


def test_a_card_that_was_edited_by_hand_is_kept_by_the_next_commit(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    card = tmp_path / CARD
    card.write_text(card.read_text().replace("## Limitations", "## Whom they show\n\nUs.\n\n## Limitations"))
    assert "Whom they show" in Snapshot(place).card
    revision = add(place, *rows(2, seed=1)).id
    for opened in (place, FolderPlace(tmp_path)):
        for wanted in (HEAD, revision):
            assert "Whom they show\n\nUs." in Snapshot(opened, wanted).card
            assert "5 photos in" in Snapshot(opened, wanted).card
    assert card.read_text() == Snapshot(place).card


def test_a_card_that_was_edited_stays_when_the_facts_did_not_change(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    text = (tmp_path / CARD).read_text() + "\nMore.\n"
    (tmp_path / CARD).write_text(text)
    commit(Snapshot(place), Edit(message="merge", merge=Snapshot(place).shards))
    assert (tmp_path / CARD).read_text() == text


def test_a_folder_with_other_things_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(PlaceError, match=r"not empty \(README\.md\); choose another"):
        add(FolderPlace(tmp_path), *rows(1))
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "hands").write_text("a file")
    with pytest.raises(OutputError, match=r"cannot write .*hands"):
        add(FolderPlace(tmp_path / "hands"), *rows(1))


def test_a_revision_that_is_made_counts_even_if_it_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it told as an error, the same rows would be sent again."""

    def fail(*_: object) -> None:
        raise OutputError("the disk is full")

    place = filled(tmp_path, 3)
    with monkeypatch.context() as patched:
        patched.setattr(place, "_bring_out", fail)
        made = add(place, *rows(2, seed=1))
    assert made.id == place.resolve()
    healed = FolderPlace(tmp_path)
    assert shards_seen(healed) == set(Snapshot(healed).shards)
    assert (tmp_path / CARD).read_text() == Snapshot(healed).card


@pytest.mark.parametrize("brought_out", range(4))
def test_what_was_not_shown_in_time_is_not_taken_for_an_edit_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brought_out: int
) -> None:
    """Killed between making a revision and showing it: the old list of withdrawn photos still lies in the folder."""
    place = filled(tmp_path, 3)
    gone = [Withdrawn(row.photo_id, row.group_id, row.phash) for row in rows(3)]
    commit(Snapshot(place), Edit(message="first", withdraw=gone[:1]))
    left, bring_out = brought_out, place._bring_out

    def bring_out_some(*arguments: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        bring_out(*arguments)

    monkeypatch.setattr(place, "_bring_out", bring_out_some)
    with contextlib.suppress(KeyboardInterrupt):
        commit(Snapshot(place), Edit(message="second", add=rows(2, seed=1), withdraw=gone[1:2]))
    healed = FolderPlace(tmp_path)
    assert set(Snapshot(healed).withdrawn) == set(gone[:2])
    assert "5 photos in" in Snapshot(healed).card
    assert (tmp_path / WITHDRAWN).read_bytes() == healed.read(WITHDRAWN, HEAD)
    assert shards_seen(healed) == set(Snapshot(healed).shards)


def test_showing_anew_what_is_there_already_leaves_no_second_name_of_it(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / OWN / "shown").unlink()
    place = FolderPlace(tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("data/*/*")}
    assert names == set(Snapshot(place).shards)


def test_a_name_that_a_killed_process_left_goes_with_the_next_commit(tmp_path: Path) -> None:
    place = filled(tmp_path)
    shard = tmp_path / sorted(shards_seen(place))[0]
    left = shard.with_name(f".{shard.name}.new")
    left.hardlink_to(shard)
    add(place, *rows(2, seed=1))
    assert not left.exists()


def test_purging_takes_what_was_withdrawn_out_of_every_revision(tmp_path: Path) -> None:
    place = filled(tmp_path)
    victim = next(rows(30))
    before = Snapshot(place)
    commit(before, Edit(message="forget", drop=[victim.id], withdraw=[Withdrawn(victim.photo_id, "a", "0" * 16)]))
    doomed = before.shards.keys() - Snapshot(place).shards.keys()
    assert len(doomed) == 1
    orphan = tmp_path / OWN / "objects" / "ab" / ("ab" * 32)  # of a process that was killed
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(victim.image)
    assert place.purge(doomed) == ""
    assert not any(victim.image in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert victim.id not in by_id(Snapshot(place))
    assert len(by_id(Snapshot(place))) == 29
    with pytest.raises(PlaceError, match="deleted for good"):
        by_id(Snapshot(place, before.revision))


def test_what_synchronises_folders_may_leave_its_own_files_among_ours(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    place.tag("v1.0.0", HEAD)
    (shard, *_) = Snapshot(place).shards
    (manifest,) = (tmp_path / OWN / "revisions").iterdir()
    manifest.with_name(f"{manifest.stem}.sync-conflict-20261127.json").write_bytes(manifest.read_bytes())
    kept = place._object(place.files(HEAD)[shard].sha256)
    copied = kept.with_name(f"{kept.name}.sync-conflict-20261127")
    copied.write_bytes(kept.read_bytes())
    for folder in (kept.parent, kept.parents[1], manifest.parent, tmp_path / OWN / "tags"):
        (folder / "@eaDir").mkdir()
        (folder / "@eaDir" / "index").write_text("theirs")
    opened = FolderPlace(tmp_path)
    assert by_id(Snapshot(opened)) == expected((3, 0))
    assert opened.tags() == {"v1.0.0": opened.resolve()}
    assert opened.purge(["data/train/gone.parquet"]) == ""
    assert kept.is_file()
    assert not copied.exists()  # it may hold what was forgotten
    assert len(list((tmp_path / OWN).rglob("@eaDir/index"))) == 4


def test_what_cannot_be_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = filled(tmp_path, 3)
    before = Snapshot(place)
    add(place, drop=tuple(row.id for row in rows(3)))

    def fail(path: Path, **_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", fail)
        with pytest.raises(OutputError, match=r"cannot delete .*objects.* \(Operation not permitted\); allow it"):
            place.purge(before.shards)
    assert place.purge(before.shards) == ""
    with pytest.raises(PurgedError):
        by_id(before)


def test_purging_leaves_what_the_newest_revision_has(tmp_path: Path) -> None:
    place = filled(tmp_path)
    place.purge(Snapshot(place).shards)
    assert by_id(Snapshot(place)) == expected((30, 0))


def test_of_two_purges_at_once_each_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, other = filled(tmp_path, 3), FolderPlace(tmp_path)
    revisions = {place.resolve(): set(Snapshot(place).shards)}
    add(place, *rows(3, seed=1), drop=tuple(row.id for row in rows(3)))
    revisions[place.resolve()] = set(Snapshot(place).shards)
    add(place, drop=tuple(row.id for row in rows(3, seed=1)))
    first, second = revisions.values()
    lock = place._lock

    def lock_too_late() -> object:
        monkeypatch.undo()
        other.purge(second)
        return lock()

    monkeypatch.setattr(place, "_lock", lock_too_late)
    place.purge(first)
    for revision, shards in revisions.items():
        for path in shards:
            with pytest.raises(PurgedError, match="deleted for good"):
                place.open(path, revision)


@pytest.mark.parametrize("damage", [b'["data/train/a', b"7", b"\xff"])
def test_a_damaged_list_of_what_was_purged_is_told_and_kept(tmp_path: Path, damage: bytes) -> None:
    place = filled(tmp_path, 3)
    purged = tmp_path / OWN / "purged.json"
    purged.write_bytes(damage)
    with pytest.raises(PlaceError, match=r"purged\.json .* restore it from a backup"):
        place.purge(["data/train/b.parquet"])
    assert purged.read_bytes() == damage


def test_a_shard_takes_no_more_room_than_itself(tmp_path: Path) -> None:
    place = filled(tmp_path)
    for path in shards_seen(place):
        assert (tmp_path / path).stat().st_nlink == 2


def test_what_is_kept_can_be_read_by_whom_the_umask_allows_and_is_not_for_writing(tmp_path: Path) -> None:
    place = filled(tmp_path / "hands", 3)
    (tmp_path / "plain").touch()
    allowed = (tmp_path / "plain").stat().st_mode & 0o444
    kept = [path for path in (place.folder / OWN / "objects").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in kept} == {allowed}


def test_a_damaged_list_of_a_revision_is_told(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    (manifest,) = (tmp_path / OWN / "revisions").iterdir()
    manifest.write_text(json.dumps({"number": 1}))
    with pytest.raises(PlaceError, match="restore it from a backup"):
        FolderPlace(tmp_path)
