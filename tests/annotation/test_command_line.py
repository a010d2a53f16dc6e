"""The annotators' command line, as the process that people start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotation.store import Store
from handseg import photos
from handseg.assistants import default_assistant
from handseg.masks import from_png
from handseg.settings import Settings
from tests.annotation.filling import answer
from tests.pictures import encoded

ROOT = Path(__file__).parent.parent.parent
FACTS = ("--source", "album", "--licence", "CC-BY-4.0")


def annotation(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), env=environment(home), cwd=ROOT, capture_output=True, text=True)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "annotation", *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HANDSEG_HOME": str(home), "HANDSEG_DATABASE": "", "HANDSEG_ASSISTANT": ""}


def store_in(home: Path) -> Store:
    return Store.open(Settings(home=home))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two people's photos, and a file that is none."""
    for number, place in enumerate(["ann/1.jpg", "ann/2.png", "bob/3.jpg"]):
        path = tmp_path / "album" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        path.write_bytes(encoded(noise, "JPEG" if path.suffix == ".jpg" else "PNG"))
    return tmp_path / "album"


def test_photos_are_added_once_and_a_bad_one_is_reported_and_skipped(album: Path, tmp_path: Path) -> None:
    (album / "bad.jpg").write_text("no photo")
    first = annotation(tmp_path, "add", album, *FACTS)
    assert first.returncode == 1
    assert "3 photos were added, 0 were known, 1 failed" in first.stdout
    assert "bad.jpg" in first.stderr
    assert "Traceback" not in first.stderr
    (album / "bad.jpg").unlink()
    again = annotation(tmp_path, "add", album, album / "ann" / "1.jpg", *FACTS)
    assert again.returncode == 0, again.stderr
    assert "0 photos were added, 3 were known, 0 failed" in again.stdout
    store = store_in(tmp_path)
    task = store.claim("Ann")
    photo = store.photo(task.photo_id)
    assert (photo.source, photo.licence, photo.group_id) == ("album", "CC-BY-4.0", photo.photo_id)
    assert from_png(store.masks.read(task.model_mask)).shape == (48, 64)
    store.close()


def test_a_photo_of_too_many_pixels_is_reported_in_one_line(tmp_path: Path) -> None:
    Image.new("1", (10_000, 9_500)).save(tmp_path / "poster.png")  # more than Pillow takes without a warning
    answer = annotation(tmp_path, "add", tmp_path / "poster.png", *FACTS)
    [refused] = answer.stderr.splitlines()
    assert "10000 x 9500 is 95.0 megapixels" in refused


def test_the_group_is_found_in_the_path_below_the_folder(album: Path, tmp_path: Path) -> None:
    answered = annotation(tmp_path, "add", album, *FACTS, "--group", r"^(\w+)/", "--random-share", 1)
    assert answered.returncode == 0, answered.stderr
    store = store_in(tmp_path)
    tasks = store.upcoming("Ann", 9)
    assert sorted(store.photo(task.photo_id).group_id for task in tasks) == ["album/ann", "album/ann", "album/bob"]
    assert {task.reason for task in tasks} == {"picked at random"}
    store.close()


def test_a_photo_whose_group_cannot_be_used_is_reported_and_skipped(album: Path, tmp_path: Path) -> None:
    (album / "ann").rename(album / "an\tn")
    answered = annotation(tmp_path, "add", album, *FACTS, "--group", r"^([^/]+)/")
    assert answered.returncode == 1
    assert "1 photos were added, 0 were known, 2 failed" in answered.stdout
    assert re.search(r"1\.jpg: group_id 'album/an\\tn' has a tab or a line break", answered.stderr)
    assert "Traceback" not in answered.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--group", r"^(ann)/"], "no group in the path of 1 photos.*3.jpg"),
        (["--group", "("], "not a regular expression"),
        (["--licence", "free for all"], "not an SPDX licence identifier"),
        (["--licence", "4.0"], "not an SPDX licence identifier"),
        (["--source", ""], "source has 0 characters"),
        (["--source", "my\talbum"], "source 'my.*' has a tab or a line break"),
        (["--random-share", "2"], "random-share"),
    ],
)
def test_options_that_cannot_be_used_are_refused_before_anything_is_added(
    album: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    answered = annotation(tmp_path, "add", album, *FACTS, *options)
    assert answered.returncode == 2
    assert re.search(words, answered.stderr)
    assert "Traceback" not in answered.stderr
    store = store_in(tmp_path)
    assert store.counts().photos == 0
    store.close()


def test_a_folder_without_photos_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answered = annotation(tmp_path, "add", tmp_path / "empty", *FACTS)
    assert answered.returncode == 2
    assert "no photos in" in answered.stderr


def test_adding_can_be_killed_and_run_again(tmp_path: Path) -> None:
    album = tmp_path / "album"
    album.mkdir()
    for number in range(40):
        noise = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        (album / f"{number}.png").write_bytes(encoded(noise))
    process = subprocess.Popen(command("add", album, *FACTS), env=environment(tmp_path), cwd=ROOT)
    store = store_in(tmp_path)
    while store.counts().photos < 2:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    before = store.counts().photos
    assert before < 40
    answered = annotation(tmp_path, "add", album, *FACTS)
    assert f"{40 - before} photos were added, {before} were known, 0 failed" in answered.stdout
    tasks = store.upcoming("Ann", 99)
    assert len(tasks) == 40
    for task in tasks:
        photo = store.photo(task.photo_id)
        assert photos.decode(store.photos.read(photo.file)).shape == (48, 64, 3)
        assert from_png(store.masks.read(task.model_mask)).shape == (48, 64)
    store.close()


def test_the_status_tells_what_is_open_and_who_did_what(album: Path, tmp_path: Path) -> None:
    annotation(tmp_path, "add", album, *FACTS)
    store = store_in(tmp_path)
    key = store.claim("Zoë").photo_id
    store.save(answer(store, key, "Zoë", seconds=7.25))
    store.claim("Bob")
    store.close()
    answered = annotation(tmp_path, "status")
    assert answered.returncode == 0, answered.stderr
    assert "annotation.db" in answered.stdout
    assert re.search(f"assistant +{default_assistant()}", answered.stdout)
    assert re.search(r"photos +3: [23] open, 1 being worked on", answered.stdout)
    assert "1 wait for review, 0 approved, 0 sent back" in answered.stdout
    assert re.search(r"Zoë +1 +0 +1 +0 +0 +7.2", answered.stdout)
