from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from annotation.verification.verifying import verify
from handseg.errors import PhotoError
from handseg.hub.place import HubPlace
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.opening import open_snapshot
from handseg.records.snapshot import Snapshot
from handseg.records.splits import split_of
from handseg.records.withdrawn import Withdrawn
from tests.hub import Faults, stand_in_hub
from tests.pictures import drawn_mask, drawn_photo, encoded
from tests.training.conftest import write
from tests.training.sources import layouts
from tests.training.sources.layouts import rectangle
from training import importing
from training.importing import Outcome, annotator_of, import_found
from training.importing_command import told
from training.sources import labels
from training.sources.examples import Example, Terms
from training.sources.known import source_called
from training.sources.licensed import find
from training.sources.protocol import Entry, Found, Wishes

ROOT = Path(__file__).parent.parent.parent
TERMS = Terms("desk", "MIT", "Ann")


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path / "dataset")


def example(name: str, seed: int, hand: bool = True, group: str = "") -> Example:
    """Different seeds look different, too."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    photo = np.kron(blocks, np.ones((8, 8, 1), np.uint8))
    return Example.of(name, encoded(photo), labels.of_mask(drawn_mask() & hand), group, TERMS)


def found(*examples: Example) -> Found:
    return Found(len(examples), [Entry(each.name, lambda each=each: each) for each in examples])


def training(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_what_is_imported_passes_the_verification(collection: Path, place: FolderPlace) -> None:
    outcome = import_found(find(str(collection), Wishes()), place)
    snapshot = Snapshot(place)
    verified = verify(snapshot)
    assert verified.findings.count("error") == 0, verified.findings.told(5)
    assert len(snapshot.light) == outcome.added > 10
    assert outcome.revision == snapshot.revision


def test_masks_with_unknown_pixels_pass_the_verification(tmp_path: Path, place: FolderPlace) -> None:
    root = layouts.gtea(tmp_path / "gtea", cropped=True)
    outcome = import_found(source_called("gtea")(str(root), Wishes()), place)
    assert outcome.added > 0
    assert verify(Snapshot(place)).findings.count("error") == 0


def test_importing_again_adds_nothing(collection: Path, place: FolderPlace) -> None:
    first = import_found(find(str(collection), Wishes()), place)
    again = import_found(find(str(collection), Wishes()), place)
    assert (again.added, again.present, again.revision) == (0, first.added, first.revision)
    assert len(again.left_out) == len(first.left_out)
    assert len(place.log()) == 1


def test_a_row_says_who_made_it_and_under_which_licence(place: FolderPlace) -> None:
    import_found(found(example("one", 1), example("none", 2, hand=False)), place)
    rows = Snapshot(place).light.to_pylist()
    assert {row["verdict"] for row in rows} == {"edited", "no_hand"}
    assert {row["annotator"] for row in rows} == {annotator_of("desk")}
    assert {(row["source"], row["licence"], row["model_id"]) for row in rows} == {("desk", "MIT", "")}


def test_photos_of_a_group_stay_together_and_others_begin_their_own(place: FolderPlace) -> None:
    film = [example(f"film {seed}", seed, group="desk/film") for seed in range(5)]
    import_found(found(*film, *(example(str(seed), seed) for seed in range(5, 30))), place)
    rows = Snapshot(place).light.to_pylist()
    in_film = [row for row in rows if row["group_id"] == "desk/film"]
    assert len(in_film) == 5
    assert {row["split"] for row in in_film} == {split_of("desk/film")}
    assert len({row["group_id"] for row in rows}) == 26


def test_a_photo_that_would_be_in_two_splits_is_told_and_left_out(place: FolderPlace) -> None:
    films = {split_of(f"desk/{number}"): f"desk/{number}" for number in range(60)}
    first, second = (example(split, 1, group=films[split]) for split in ("train", "test"))
    other = Example.of("test", encoded(first.photo, "JPEG", quality=95), first.label, second.group, TERMS)
    outcome = import_found(found(first, other), place)
    assert outcome.added == 1
    assert "belongs to test and train at once" in outcome.left_out[0]


def test_a_photo_that_cannot_be_read_does_not_stop_the_others(place: FolderPlace) -> None:
    def damaged() -> Example:
        raise PhotoError("no photo can be read")

    chosen = found(example("one", 1))
    outcome = import_found(Found(2, [Entry("two", damaged), *chosen.entries], ("three: has no mask",)), place)
    assert outcome.added == 1
    assert outcome.left_out == ["three: has no mask", "two: no photo can be read"]


def test_a_second_copy_of_a_photo_is_left_out_every_time(place: FolderPlace) -> None:
    photo = example("one", 1)
    twice = found(photo, Example("copy", photo.image, photo.mask, photo.hand_free, "", TERMS))
    for _ in range(2):
        assert "is there twice" in import_found(twice, place).left_out[0]
    assert len(place.log()) == 1


def test_a_mask_that_people_made_stays_and_one_of_an_earlier_import_is_replaced(place: FolderPlace) -> None:
    import_found(found(example("one", 1), example("two", 2)), place)
    snapshot = Snapshot(place)
    one, two = sorted(snapshot.rows(), key=lambda row: row.id == importing.row_id(example("two", 2)))
    by_hand = type(one)(**{**vars(one), "annotator": "f" * 16, "id": "0" * 32})
    commit(snapshot, Edit(message="Correct", add=[by_hand]))
    mended = [example("one", 1, hand=False), example("two", 2, hand=False)]
    outcome = import_found(found(*mended), place)
    rows = {row["photo_id"]: row for row in Snapshot(place).light.to_pylist()}
    assert (outcome.added, outcome.present) == (1, 1)
    assert rows[one.photo_id]["annotator"] == "f" * 16
    assert (rows[two.photo_id]["verdict"], rows[two.photo_id]["supersedes"]) == ("no_hand", two.id)


def test_a_photo_that_was_taken_out_for_good_does_not_come_back(place: FolderPlace) -> None:
    import_found(found(example("one", 1), example("two", 2)), place)
    snapshot = Snapshot(place)
    row = next(snapshot.rows())
    gone = Withdrawn(row.photo_id, row.group_id, row.phash)
    commit(snapshot, Edit(message="Forget", drop=[row.id], withdraw=[gone]))
    assert (
        "taken out of the dataset for good"
        in import_found(found(example("one", 1), example("two", 2)), place).left_out[0]
    )


def test_an_interrupted_import_goes_on(place: FolderPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_PHOTOS", 4)
    examples = [example(str(seed), seed) for seed in range(10)]

    def stop() -> None:
        if len(place.log()) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_found(found(*examples), place, stop)
    outcome = import_found(found(*examples), place)
    assert (outcome.present, outcome.added) == (8, 2)


def test_a_killed_import_leaves_a_dataset_that_can_be_imported_into(collection: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "import", "licensed", collection, "--output", tmp_path / "dataset"]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 100
    while not (tmp_path / "dataset").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    process.wait()
    answer = training("import", "licensed", collection, "--output", tmp_path / "dataset")
    assert answer.returncode == 0, answer.stderr
    assert verify(open_snapshot(str(tmp_path / "dataset"))).findings.count("error") == 0


def test_a_dataset_on_the_hub_is_imported_into_through_a_storm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_PHOTOS", 5)
    examples = [example(str(seed), seed) for seed in range(12)]
    for hub in stand_in_hub(tmp_path / "cache", monkeypatch):
        hub.faults = Faults(0.2, seed=1)
        place = HubPlace("anna/hands", hub.url, sleep=lambda _: None)
        import_found(found(*examples), place, sleep=lambda _: None)
        again = import_found(found(*examples), place, sleep=lambda _: None)
        hub.faults = Faults()
        snapshot = Snapshot(place)
        assert (again.added, again.present, len(snapshot.light)) == (0, 12, 12)
        assert verify(snapshot).findings.count("error") == 0


def test_the_command_tells_what_came_of_it(tmp_path: Path) -> None:
    films = {f"FILM_{number}": [{"myleft": rectangle(4, 4, 20, 20 + number)}] for number in range(3)}
    root = layouts.egohands(tmp_path / "egohands", films)
    answer = training("import", "egohands", root, "--output", tmp_path / "dataset")
    assert answer.returncode == 0, answer.stderr
    assert "photos added, 0 were there" in answer.stderr
    assert "egohands (NOASSERTION): Bambach" in answer.stderr
    assert "do not ship weights that learn from it" in answer.stderr


def test_the_command_refuses_in_words(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "one.jpg", encoded(drawn_photo(), "JPEG"))
    for source, words in (("imagenet", "there is no source called"), ("folder", "give --licence"), ("hof", "masks")):
        answer = training("import", source, tmp_path / "photos", "--output", tmp_path / "dataset")
        assert answer.returncode != 0
        assert words in answer.stderr
        assert "Traceback" not in answer.stderr


def test_photos_of_one_class_only_are_told() -> None:
    assert "none of the photos shows a hand" in told(Outcome(added=3))[-1]


def test_of_many_photos_that_are_left_out_some_are_told_and_the_others_counted() -> None:
    lines = told(Outcome(left_out=[f"{number}: no" for number in range(25)], hands=1))
    assert lines[-1] == "    and 15 more"
