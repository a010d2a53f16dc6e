"""Which photos go out, and into which folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from annotation.errors import FileError
from annotation.exchange import folder, polygons, yolo
from annotation.exchange.errors import ExchangeError
from annotation.exchange.exporting import FORMATS, export
from annotation.exchange.outgoing import chosen
from annotation.publishing.publisher import Publisher
from annotation.store import Store
from handseg.errors import OutputError
from handseg.intake import take_in
from handseg.masks import Mask, from_png
from handseg.metrics import count
from handseg.outputs import write_whole
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS
from tests.annotation.exchange.filling import answer, answered, textured, three_photos, tree, write
from tests.pictures import drawn_mask, drawn_photo, encoded

KINDS = sorted(FORMATS)


def test_photos_go_out_as_they_are_stored_with_masks_of_their_names(store: Store, tmp_path: Path) -> None:
    keys = three_photos(store)
    write(store, "png", tmp_path / "out")
    photos = [store.photo(key) for key in keys]
    assert tree(tmp_path / "out").keys() == {"README.md"} | {
        name
        for photo in photos
        for name in (f"images/{photo.photo_id}{photo.file[-4:]}", f"masks/{photo.photo_id}.png")
    }
    for photo in photos:
        file = tmp_path / "out" / "images" / f"{photo.photo_id}{photo.file[-4:]}"
        assert file.read_bytes() == store.photos.read(photo.file)
    assert np.array_equal(from_png((tmp_path / "out" / "masks" / f"{keys[0]}.png").read_bytes()), drawn_mask())


# Which records.


def test_only_approved_records_go_out_or_all_that_were_not_sent_back(store: Store) -> None:
    approved = answered(store, encoded(textured(1)), drawn_mask())
    waiting = answered(store, encoded(textured(2)), drawn_mask(), approve=False)
    sent_back = answered(store, encoded(textured(3)), drawn_mask(), approve=False)
    store.review(store.records(sent_back)[0].id, "Rob", "send_back", "The thumb is missing.")
    answered(store, encoded(textured(4)), None)
    assert [photo.photo_id for photo, _ in chosen(store)] == [approved]
    assert [photo.photo_id for photo, _ in chosen(store, everything=True)] == sorted([approved, waiting])


def test_the_newest_mask_goes_out_and_one_that_was_sent_back_hides_none_before_it(store: Store) -> None:
    key = answered(store, encoded(textured(1)), drawn_mask())
    first = store.records(key)[0].id
    again = store.save(answer(store, key, ~drawn_mask(), "Bob"))
    assert [[record.id for _, record in chosen(store, all_)] for all_ in (False, True)] == [[first], [again.id]]
    store.review(again.id, "Rob", "send_back")
    assert [[record.id for _, record in chosen(store, all_)] for all_ in (False, True)] == [[first], [first]]


def test_a_photo_whose_newest_record_rejects_it_does_not_go_out(store: Store) -> None:
    key = answered(store, encoded(textured(1)), drawn_mask())
    store.save(answer(store, key, None, "Bob"))
    assert len(chosen(store)) == 1
    assert chosen(store, everything=True) == []


def test_many_records_are_read_in_few_queries(store: Store) -> None:
    for seed in range(30):
        answered(store, encoded(textured(seed, 6, 8)), np.ones((6, 8), bool))
    queries: list[str] = []
    engine = store.database._engine
    sa.event.listen(engine, "before_cursor_execute", lambda *arguments: queries.append(arguments[2]))
    assert len(chosen(store)) == 30
    assert len(queries) < 5


# Which folders.


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_can_be_repeated_and_is_then_up_to_date(kind: str, store: Store, tmp_path: Path) -> None:
    keys = three_photos(store)
    write(store, kind, tmp_path / "out")
    store.review(store.save(answer(store, keys[0], ~drawn_mask())).id, "Rob", "approve")
    store.review(store.save(answer(store, keys[1], None)).id, "Rob", "approve")
    (tmp_path / "out" / "labels.cache").write_text("of another program")
    write(store, kind, tmp_path / "out")
    write(store, kind, tmp_path / "fresh")
    (tmp_path / "out" / "labels.cache").unlink()
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
    assert not any(keys[1] in name for name in tree(tmp_path / "out"))


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_last_photo_is_gone_nothing_of_it_is_left(kind: str, store: Store, tmp_path: Path) -> None:
    key = answered(store, encoded(textured(1)), drawn_mask())
    write(store, kind, tmp_path / "out")
    store.save(answer(store, key, None))
    write(store, kind, tmp_path / "out")
    assert not [name for name, content in tree(tmp_path / "out").items() if key in name or key.encode() in content]


def test_a_repeated_export_writes_only_what_changed(store: Store, tmp_path: Path) -> None:
    three_photos(store)
    write(store, "png", tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.*")}
    write(store, "png", tmp_path / "out")
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_folder_with_anything_else_is_refused_and_left_as_it_is(store: Store, tmp_path: Path) -> None:
    three_photos(store)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "README.md").write_text("# My notes\n")
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "README.md").write_bytes(b"\xff\xfe")
    (tmp_path / "file").write_text("no folder")
    write(store, "coco", tmp_path / "other format")
    before = tree(tmp_path)
    for name in ("notes", "bytes", "file", "other format"):
        with pytest.raises(ExchangeError, match=name):
            write(store, "png", tmp_path / name)
    assert tree(tmp_path) == before


def kill_after(writes: int) -> Callable[[Path, bytes], None]:
    """What takes the place of `write_whole`: it does so many writes, and dies in the next one."""
    left = writes

    def write_or_die(path: Path, content: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / ".handseg-cut").write_bytes(content[:3])
            raise KeyboardInterrupt
        write_whole(path, content)

    return write_or_die


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_that_was_killed_anywhere_can_be_repeated(
    kind: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_photos(store)
    write(store, kind, tmp_path / "whole")
    whole = tree(tmp_path / "whole")
    for writes in range(len(whole)):
        out = tmp_path / f"after {writes}"
        monkeypatch.setattr(folder, "write_whole", kill_after(writes))
        with pytest.raises(KeyboardInterrupt):
            write(store, kind, out)
        monkeypatch.setattr(folder, "write_whole", write_whole)
        # What names other files is the last to be written.
        lists = {"annotations.json", "metadata.jsonl", "data.yaml"} & tree(out).keys()
        assert not lists
        write(store, kind, out)
        assert tree(out) == whole


def test_a_full_disk_and_a_damaged_file_are_told(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = three_photos(store)

    def full(path: Path, content: bytes) -> None:
        raise OutputError(f"cannot write {path}: {len(content)} bytes are too many")

    with monkeypatch.context() as patched:
        patched.setattr(folder, "write_whole", full)
        with pytest.raises(OutputError, match="too many"):
            write(store, "png", tmp_path / "full")
    path = store.photos.path(store.photo(keys[0]).file)
    path.write_bytes(b"damaged")
    with pytest.raises(FileError, match="damaged"):
        write(store, "png", tmp_path / "out")


# YOLO.


def test_yolo_lists_each_photo_in_the_split_of_its_group(store: Store, tmp_path: Path) -> None:
    # By their hashes, "a film" is in test and "another film" in train.
    first = answered(store, encoded(textured(1)), drawn_mask(), group_id="a film")
    second = answered(store, encoded(textured(2)), np.zeros((48, 64), bool), group_id="another film")
    report = write(store, "yolo", tmp_path / "out")
    files = {name: content.decode() for name, content in tree(tmp_path / "out").items() if "images" not in name}
    assert files["test.txt"] == f"./images/{first}.png\n"
    assert files["train.txt"] == f"./images/{second}.png\n"
    assert files["validation.txt"] == ""
    assert files[f"labels/{second}.txt"] == ""
    assert np.array_equal(polygons.from_text(files[f"labels/{first}.txt"], 48, 64), drawn_mask())
    assert "val: validation.txt" in files["data.yaml"]
    assert report == [
        "drawn again at the photos' size, polygons and masks agree to IoU 1.0000 on average, 1.0000 least",
        "no photo is in validation.txt",
    ]


def test_yolo_holds_back_what_looks_like_a_photo_of_another_split(store: Store, tmp_path: Path) -> None:
    picture = drawn_photo(480, 640)
    for number, group in enumerate(("a film", "another film")):  # in test and in train
        answered(store, encoded(picture, "JPEG", quality=80 + number), np.zeros((480, 640), bool), group_id=group)
    report = write(store, "yolo", tmp_path / "out")
    lists = [(tmp_path / "out" / f"{split}.txt").read_text() for split in ("train", "validation", "test")]
    assert sum(bool(each) for each in lists) == 1
    assert sum("belongs to test and train at once" in line for line in report) == 1


def listed_by(folder: Path) -> dict[str, str]:
    """The split of each photo in the lists of an export, by its name."""
    lists = {split: (folder / f"{split}.txt").read_text().splitlines() for split in SPLITS}
    return {Path(line).stem: split for split, lines in lists.items() for line in lines}


def test_yolo_has_each_photo_in_its_split_of_the_dataset(store: Store, tmp_path: Path) -> None:
    picture = drawn_photo(480, 640)
    alike = [encoded(picture, "JPEG", quality=80 + number) for number in range(2)]
    # The one that is saved first, and so comes first into the dataset, is the last by its id.
    alike.sort(key=lambda content: take_in(content).photo_id, reverse=True)
    for content, group in zip(alike, ("a film", "another film"), strict=True):  # in test and in train
        answered(store, content, np.zeros((480, 640), bool), group_id=group)
    answered(store, encoded(textured(1)), drawn_mask(), group_id="another film")
    Publisher(store, FolderPlace(tmp_path / "dataset")).publish()
    rows = Snapshot(FolderPlace(tmp_path / "dataset")).light.to_pylist()
    write(store, "yolo", tmp_path / "out")
    assert listed_by(tmp_path / "out") == {row["photo_id"]: row["split"] for row in rows}
    assert len(rows) == 2


@pytest.mark.parametrize("reviewed_only", [False, True])
def test_yolo_agrees_with_the_dataset_also_where_that_has_more_photos(
    store: Store, tmp_path: Path, reviewed_only: bool
) -> None:
    picture = drawn_photo(480, 640)
    for number, group in enumerate(("a film", "another film")):  # in test and in train
        content = encoded(picture, "JPEG", quality=80 + number)
        answered(store, content, np.zeros((480, 640), bool), approve=bool(number), group_id=group)
    report = export(store, chosen(store), "yolo", tmp_path / "out", reviewed_only)
    assert sum("belongs to test and train at once" in line for line in report) == (not reviewed_only)
    assert list(listed_by(tmp_path / "out").values()) == ["train"] * reviewed_only


def test_the_loss_that_yolo_reports_is_that_of_the_files(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours lose nothing at the photo's size, so that worse polygons are put in their place: boxes."""

    def boxes(mask: Mask) -> str:
        return polygons.to_text(np.outer(mask.any(axis=1), mask.any(axis=0)))

    monkeypatch.setattr(yolo, "to_text", boxes)
    keys = three_photos(store)
    report = write(store, "yolo", tmp_path / "out")
    loss = {}
    for key in keys:
        mask = from_png(store.masks.read(store.records(key)[0].mask))
        text = (tmp_path / "out" / "labels" / f"{key}.txt").read_text()
        loss[key] = count(polygons.from_text(text, *mask.shape), mask).iou
    assert loss[keys[1]] < loss[keys[0]] < loss[keys[2]] == 1
    assert f"IoU {sum(loss.values()) / 3:.4f} on average, {loss[keys[1]]:.4f} least" in report[0]
    assert report[1:3] == [f"  {loss[key]:.4f}  {key}" for key in (keys[1], keys[0])]
    assert keys[2] not in "".join(report)
