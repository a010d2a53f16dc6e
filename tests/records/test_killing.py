"""What is left of a dataset in a folder when its writer is killed, or when the disk is full."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handseg.places.folder import OWN, FolderPlace
from handseg.records.snapshot import CARD, Snapshot
from tests.records.filling import by_id, filled, rows

ROOT = Path(__file__).parents[2]
ROWS = 4
KILLS = 15

COMMITTER = """\
import itertools, sys
from pathlib import Path
from handseg.records.edits import Edit, commit
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.records.filling import rows

place = FolderPlace(Path(sys.argv[1]))
print("ready", flush=True)
for seed in itertools.count(int(sys.argv[2])):
    before = Snapshot(place)
    merge = before.shards if seed % 3 == 0 else ()
    commit(before, Edit(message=str(seed), add=rows(int(sys.argv[3]), seed), merge=merge))
    print(seed, flush=True)
"""


def killed_after(folder: Path, first: int, commits: int, seconds: float) -> list[int]:
    """The seeds of the rows that a process says to have committed before it was killed."""
    arguments = [sys.executable, "-c", COMMITTER, str(folder), str(first), str(ROWS)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    said = [process.stdout.readline() for _ in range(commits)]
    time.sleep(seconds)
    process.kill()
    said += process.communicate()[0].splitlines(keepends=True)
    return [int(line) for line in said if line.endswith("\n")]


def test_a_committer_that_is_killed_at_any_moment_leaves_whole_revisions_and_no_half_one(tmp_path: Path) -> None:
    chance = random.Random(4)
    folder, said = tmp_path / "hands", []
    for kill in range(KILLS):
        said += killed_after(folder, 1000 * kill, kill % 3, chance.uniform(0, 0.1))
        place = FolderPlace(folder)
        made = [int(revision.message) for revision in place.log()]
        assert set(said) <= set(made)
        newest = Snapshot(place)
        assert by_id(newest) == {row.id: row for seed in made for row in rows(ROWS, seed)}
        seen = {path.relative_to(folder).as_posix() for path in folder.rglob("data/*/*") if path.name[0] != "."}
        assert seen == set(newest.shards)
        if made:
            assert (folder / CARD).read_text() == newest.card
            assert f"{ROWS * len(made)} photos in" in newest.card
    assert len(said) >= KILLS
    for number, revision in enumerate(reversed(place.log()), start=1):
        assert len(by_id(Snapshot(place, revision.id))) == ROWS * number


LIMITED = """\
import resource, signal, sys
from pathlib import Path
from handseg.errors import OutputError
from handseg.records.edits import Edit, commit
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.records.filling import rows

before = Snapshot(FolderPlace(Path(sys.argv[1])))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    commit(before, Edit(message=sys.argv[3], add=rows(1, seed=1)))
except OutputError as error:
    print(error)
"""


def files_of(folder: Path) -> dict[str, bytes]:
    found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {str(path): content for path, content in found.items() if "objects" not in path.parts}


@pytest.mark.parametrize(("limit", "message"), [(0, "a"), (5_000, "a"), (50_000, "long " * 20_000)])
def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, limit: int, message: str) -> None:
    """A limit on the size of files fails a write in the middle: of the shard, or of the list of the new revision."""
    place = filled(tmp_path / "hands", 6)
    before = files_of(place.folder)
    arguments = [sys.executable, "-c", LIMITED, str(place.folder), str(limit), message]
    answer = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("cannot write ")
    assert files_of(place.folder) == before
    assert not list((place.folder / OWN).rglob(".handseg-*"))
    assert by_id(Snapshot(FolderPlace(place.folder))) == {row.id: row for row in rows(6)}
