"""The commands, as they are typed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from annotation.commands.exchange import export_, import_
from annotation.store import Store
from handseg.errors import HandsegError
from handseg.masks import from_png, to_png
from handseg.metrics import count
from handseg.settings import Settings
from tests.annotation.exchange.filling import pair_of_files, textured, three_photos, tree
from tests.pictures import encoded

FACTS = ("--source", "album", "--licence", "CC-BY-4.0")

app = typer.Typer(pretty_exceptions_enable=False)
app.command("export")(export_)
app.command("import")(import_)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANDSEG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HANDSEG_MODEL", "fast")
    monkeypatch.setenv("HANDSEG_DATABASE", "")
    return tmp_path / "home"


def annotation(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def store_in(home: Path) -> closing[Store]:
    return closing(Store.open(Settings(home=home)))


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two people's photos with masks."""
    for seed, name in enumerate(["ann/1.jpg", "ann/2.png", "bob/3.jpg"]):
        photo = encoded(textured(seed), "PNG" if name.endswith("png") else "JPEG")
        pair_of_files(tmp_path / "album", photo, to_png(np.eye(48, 64) > seed), name)
    return tmp_path / "album"


def test_pairs_are_imported_once_and_a_bad_one_is_reported_and_skipped(album: Path, home: Path) -> None:
    (album / "masks" / "ann" / "1.png").write_bytes(encoded(textured(1)))
    first = annotation("import", album, "--format", "png", *FACTS)
    assert first.exit_code == 1
    assert "2 photos with masks were imported, 0 were known, 1 failed" in first.stdout
    assert "2 masks were empty" in first.stdout
    assert "images/ann/1.jpg" in first.stderr
    assert "not RGB" in first.stderr
    (album / "masks" / "ann" / "1.png").write_bytes(encoded((np.eye(48, 64) > 0).astype(np.uint8)))
    again = annotation("import", album, "--format", "png", *FACTS)
    assert again.exit_code == 0, again.stderr
    assert "1 photos with masks were imported, 2 were known, 0 failed" in again.stdout
    assert "1 masks had the values 0 and 1" in again.stdout
    with store_in(home) as store:
        records = store.valid_records("approved")
        assert len(records) == 3
        for record in records:
            mask, model_mask = (from_png(store.masks.read(name)) for name in (record.mask, record.model_mask))
            assert record.iou_model_human == count(model_mask, mask).iou
            assert record.model_id.startswith("fast@")


def test_the_group_is_found_in_the_path_below_the_folder(album: Path, home: Path) -> None:
    answered = annotation("import", album, "--format", "png", *FACTS, "--group", r"^images/(\w+)/")
    assert answered.exit_code == 0, answered.stderr
    with store_in(home) as store:
        photos = store.photos_called(record.photo_id for record in store.valid_records())
        assert sorted(photo.group_id for photo in photos.values()) == ["album/ann", "album/ann", "album/bob"]


def test_the_group_that_a_file_says_needs_no_pattern(home: Path, tmp_path: Path) -> None:
    with store_in(tmp_path / "other") as store:
        three_photos(store)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HANDSEG_HOME", str(tmp_path / "other"))
        assert annotation("export", "--format", "coco", "-o", tmp_path / "out").exit_code == 0
    answered = annotation("import", tmp_path / "out", "--format", "coco", *FACTS, "--group", "never found")
    assert answered.exit_code == 0, answered.stderr
    with store_in(home) as store:
        photos = store.photos_called(record.photo_id for record in store.valid_records()).values()
        assert {photo.source for photo in photos} == {"film"}
        assert "film/7" in {photo.group_id for photo in photos}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--group", r"(ann)/"], "no group in the path of 1 photos.*3.jpg"),
        (["--group", "("], "not a regular expression"),
        (["--licence", "free for all"], "not an SPDX licence identifier"),
        (["--source", ""], "source has 0 characters"),
    ],
)
def test_options_that_cannot_be_used_are_refused_before_anything_is_imported(
    album: Path, home: Path, options: list[str], words: str
) -> None:
    with pytest.raises(HandsegError, match=words):
        raise annotation("import", album, "--format", "png", *FACTS, *options).exception
    with store_in(home) as store:
        assert store.counts().photos == 0


def test_a_folder_that_is_not_there_is_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(HandsegError, match=r"no folder .*none"):
        raise annotation("import", tmp_path / "none", "--format", "coco", *FACTS).exception
    assert not home.exists()


@pytest.mark.parametrize("kind", ["png", "imagefolder", "coco", "yolo"])
def test_each_format_is_exported(kind: str, home: Path, tmp_path: Path) -> None:
    with store_in(home) as store:
        three_photos(store)
    answered = annotation("export", "--format", kind, "--output", tmp_path / "out")
    assert f"3 photos with masks were exported to {tmp_path / 'out'}" in answered.stdout, answered.exception
    assert ("IoU 1.0000 on average" in answered.stdout) == (kind == "yolo")
    assert len(tree(tmp_path / "out" / "images")) == 3


def test_an_empty_store_is_exported_as_nothing(home: Path, tmp_path: Path) -> None:
    assert "0 photos" in annotation("export", "--format", "yolo", "--output", tmp_path / "out").stdout
    assert home.exists()


def test_the_help_says_what_the_formats_are() -> None:
    for command in ("export", "import"):
        text = " ".join(annotation(command, "--help").stdout.split())
        assert "imagefolder" in text
        assert "You can interrupt this and run it again" in text
