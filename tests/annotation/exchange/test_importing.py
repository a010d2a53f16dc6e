"""What becomes of photos and masks that people have."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation.chance import chance
from annotation.errors import RecordError
from annotation.exchange import coco, imagefolder, png
from annotation.exchange.errors import ExchangeError, PairError
from annotation.exchange.importing import EMPTY, TURNED, bring_in
from annotation.service.access import Access, AccessError
from annotation.store import Store
from annotation.store.answers import ASKED_AGAIN
from annotation.store.records import IMPORT, VISITOR
from handseg.errors import PhotoError
from handseg.masks import from_png, to_png
from handseg.metrics import count
from handseg.settings import Settings
from tests.annotation.exchange.filling import bring_all_in, pair_of_files, see, textured
from tests.pictures import drawn_mask, encoded
from tests.test_turning import turned_by

PHOTO, MASK = encoded(textured(1)), np.eye(48, 64) > 0


# What the store has then.


def test_a_photo_with_its_mask_is_an_approved_record_beside_the_model_s_mask(store: Store, tmp_path: Path) -> None:
    bring_all_in(store, png.read(pair_of_files(tmp_path, PHOTO, to_png(MASK))).pairs)
    [record] = store.valid_records("approved")
    assert (record.verdict, record.annotator, record.reviewer, record.seconds) == ("edited", IMPORT, "", 0)
    assert np.array_equal(from_png(store.masks.read(record.mask)), MASK)
    assert np.array_equal(from_png(store.masks.read(record.model_mask)), drawn_mask())
    assert record.model_id == "accurate@0"
    assert record.iou_model_human == count(drawn_mask(), MASK).iou < 1
    assert record.pixels == MASK.sum()
    photo = store.photo(record.photo_id)
    assert (photo.source, photo.licence, photo.group_id) == ("album", "CC-BY-4.0", photo.photo_id)


def test_an_empty_mask_says_that_there_is_no_hand(store: Store, tmp_path: Path) -> None:
    empty = to_png(np.zeros((48, 64), bool))
    [imported] = bring_all_in(store, png.read(pair_of_files(tmp_path, PHOTO, empty)).pairs)
    assert imported.notes == (EMPTY,)
    assert store.valid_records("approved")[0].verdict == "no_hand"


def test_nobody_is_asked_about_what_was_imported(store: Store, tmp_path: Path) -> None:
    for seed in range(60):
        pair_of_files(tmp_path, encoded(textured(seed, 6, 8)), to_png(np.eye(6, 8) > 0), f"{seed}.png")
    bring_all_in(store, png.read(tmp_path).pairs)
    keys = [record.photo_id for record in store.valid_records()]
    assert any(chance("ask again", key) < ASKED_AGAIN for key in keys)
    assert store.counts().done == 60
    assert not store.has_work("Ann")
    assert store.to_review("Rob") == []


def test_nobody_signs_in_by_a_name_that_stands_for_something_else(tmp_path: Path) -> None:
    door = Access(Settings(home=tmp_path))
    for name in (IMPORT, VISITOR):
        with pytest.raises(AccessError, match="give your own name"):
            door.sign_in(name)
        # As it may have been given before the name was reserved.
        token = f"{base64.urlsafe_b64encode(name.encode()).decode()}.{door._signature(name)}"
        with pytest.raises(AccessError, match="not signed in"):
            door.name_of(token)


def test_a_known_photo_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    pairs = png.read(pair_of_files(tmp_path, PHOTO, to_png(MASK))).pairs
    assert [each.known for each in bring_all_in(store, pairs)] == [False]
    pair_of_files(tmp_path, PHOTO, to_png(~MASK))
    assert [each.known for each in bring_all_in(store, pairs)] == [True]
    [record] = store.valid_records()
    assert np.array_equal(from_png(store.masks.read(record.mask)), MASK)


def test_a_mask_of_a_photo_that_exif_turns_is_turned_with_it(store: Store, tmp_path: Path) -> None:
    content = turned_by(6, drawn_mask())
    pairs = png.read(pair_of_files(tmp_path, content, to_png(drawn_mask()), "a.jpg")).pairs
    assert bring_all_in(store, pairs)[0].notes == (TURNED,)
    [record] = store.valid_records()
    assert store.photo(record.photo_id).height == 64
    assert np.array_equal(from_png(store.masks.read(record.mask)), np.rot90(drawn_mask(), -1))


@pytest.mark.parametrize(
    ("photo", "mask", "error", "words"),
    [
        (PHOTO, to_png(drawn_mask(64, 48)), PhotoError, "48 x 64 pixels and the upright photo 64 x 48"),
        (turned_by(3, MASK, "PNG"), to_png(MASK), PhotoError, "before or after"),
        (b"no photo", to_png(MASK), PhotoError, "not a photo that handseg can read"),
        (PHOTO, b"no mask", PairError, "no mask can be read"),
        (PHOTO, encoded(textured(1)), PairError, "not RGB"),
    ],
)
def test_a_bad_pair_is_refused_and_nothing_is_kept(
    store: Store, tmp_path: Path, photo: bytes, mask: bytes, error: type[Exception], words: str
) -> None:
    [pair] = png.read(pair_of_files(tmp_path / "album", photo, mask)).pairs
    with pytest.raises(error, match=words):
        bring_all_in(store, [pair])
    assert store.counts().photos == 0
    assert not list(store.photos.folder.rglob("*.*"))
    assert not list(store.masks.folder.rglob("*.*"))


def test_facts_that_cannot_be_stored_are_refused(store: Store, tmp_path: Path) -> None:
    [pair] = png.read(pair_of_files(tmp_path, PHOTO, to_png(MASK))).pairs
    with pytest.raises(RecordError, match="source has 0 characters"):
        bring_in(store, see, pair)


# Folders of pictures.


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"no folder .*images"):
        png.read(tmp_path)


def test_masks_are_found_by_place_and_stem_whatever_the_case_of_png(tmp_path: Path) -> None:
    for name in ("a.jpg", "ann/a.PNG", "ann/b.webp"):
        pair_of_files(tmp_path, PHOTO, to_png(MASK), name)
    (tmp_path / "masks" / "a.png").rename(tmp_path / "masks" / "a.PNG")
    found = png.read(tmp_path)
    assert [pair.name for pair in found.pairs] == ["images/a.jpg", "images/ann/a.PNG", "images/ann/b.webp"]
    assert all(pair.draw().mask.any() for pair in found.pairs)
    assert not found.complaints


def test_photos_and_masks_without_each_other_are_told(tmp_path: Path) -> None:
    for name in ("good.png", "two.jpg", "two.png", "lonely.png", "renamed.png"):
        pair_of_files(tmp_path, PHOTO, to_png(MASK), name)
    (tmp_path / "masks" / "lonely.png").unlink()
    (tmp_path / "images" / "renamed.png").unlink()
    found = png.read(tmp_path)
    assert [pair.name for pair in found.pairs] == ["images/good.png"]
    lonely, two, other, renamed = found.complaints
    assert "no mask" in lonely
    assert "several photos have the mask" in two
    assert "several photos have the mask" in other
    assert "renamed.png: it has no photo" in renamed


# Lines of metadata.


def metadata(folder: Path, *lines: object) -> Path:
    pair_of_files(folder, PHOTO, to_png(MASK))
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "metadata.jsonl").write_text("\n".join(texts), encoding="utf-8")
    return folder


GOOD = {"file_name": "images/a.png", "mask_file_name": "masks/a.png"}


def test_what_a_line_says_counts_and_the_options_fill_the_gaps(store: Store, tmp_path: Path) -> None:
    folder = metadata(tmp_path, {**GOOD, "group_id": "film/7", "licence": "MIT", "consent": None, "other": 7}, "")
    found = imagefolder.read(folder)
    assert not found.complaints
    bring_all_in(store, found.pairs)
    photo = store.photo(store.valid_records()[0].photo_id)
    assert (photo.group_id, photo.licence, photo.source, photo.consent) == ("film/7", "MIT", "album", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "lacks file_name"),
        ({"file_name": "images/a.png"}, "lacks file_name or mask_file_name"),
        ({**GOOD, "file_name": 7}, "7 is not a file name"),
        ({**GOOD, "file_name": ""}, "not a file name"),
        ({**GOOD, "file_name": "images/a\0.png"}, "not a file name"),
        ({**GOOD, "file_name": "../a.png"}, "leaves the folder"),
        ({**GOOD, "file_name": "images/../../a.png"}, "leaves the folder"),
        ({**GOOD, "mask_file_name": "/etc/passwd"}, "leaves the folder"),
        ({**GOOD, "mask_file_name": "."}, "leaves the folder"),
        ({**GOOD, "group_id": 7}, "the group_id is 7; give a text"),
        ({**GOOD, "licence": "free for all"}, "not an SPDX licence"),
        ({**GOOD, "file_name": "images/./b/../a.png"}, "named twice"),
    ],
)
def test_a_bad_line_is_told_and_the_others_count(tmp_path: Path, line: object, words: str) -> None:
    found = imagefolder.read(metadata(tmp_path, GOOD, line))
    assert len(found.pairs) == 1
    [complaint] = found.complaints
    assert "metadata.jsonl, line 2: " in complaint
    assert words in complaint


def test_a_link_to_a_file_elsewhere_is_a_file_of_the_folder(store: Store, tmp_path: Path) -> None:
    """As in downloads from the Hub."""
    (tmp_path / "blob").write_bytes(PHOTO)
    folder = metadata(tmp_path / "snapshot", GOOD)
    (folder / "images" / "a.png").unlink()
    (folder / "images" / "a.png").symlink_to(tmp_path / "blob")
    assert len(bring_all_in(store, imagefolder.read(folder).pairs)) == 1


def test_a_folder_without_metadata_is_refused_and_a_missing_photo_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"no metadata\.jsonl"):
        imagefolder.read(tmp_path)
    [pair] = imagefolder.read(metadata(tmp_path, {**GOOD, "file_name": "images/b.png"})).pairs
    with pytest.raises(PairError, match=r"b\.png: cannot be read \(No such file"):
        bring_all_in(store, [pair])


# COCO.


SQUARE = [10, 10, 20, 10, 20, 30, 10, 30]


def coco_file(folder: Path, name: str = "annotations.json", **changes: object) -> Path:
    """Two photos, of which the first has a hand and a cup."""
    whole: dict[str, Any] = {
        "images": [
            {"id": 1, "file_name": "a.png", "height": 48, "width": 64},
            {"id": 2, "file_name": "b.png", "height": 48, "width": 64},
        ],
        "categories": [{"id": 5, "name": "hand"}, {"id": 6, "name": "cup"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 5, "segmentation": [SQUARE]},
            {
                "id": 2,
                "image_id": 1,
                "category_id": 5,
                "iscrowd": 1,
                "segmentation": {"size": [48, 64], "counts": [0, 48, 3024]},
            },
            {"id": 3, "image_id": 1, "category_id": 6, "segmentation": [[40, 40, 60, 40, 60, 45]]},
        ],
    }
    for seed, photo in enumerate(("a.png", "b.png")):
        (folder / "images").mkdir(parents=True, exist_ok=True)
        (folder / "images" / photo).write_bytes(encoded(textured(seed)))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(whole | changes))
    return folder


def test_all_annotations_of_the_category_are_united_and_the_others_left_out(store: Store, tmp_path: Path) -> None:
    found = coco.read(coco_file(tmp_path))
    assert not found.complaints
    bring_all_in(store, found.pairs)
    masks = [from_png(store.masks.read(record.mask)) for record in store.valid_records("approved")]
    expected = np.zeros((48, 64), bool)
    expected[10:30, 10:20] = expected[:, 0] = True
    assert np.array_equal(masks[0], expected)
    assert not masks[1].any()


def test_other_categories_can_be_asked_for(tmp_path: Path) -> None:
    folder = coco_file(tmp_path)
    hand, cup, both = (coco.read(folder, names).pairs[0].draw().mask for names in (["hand"], ["cup"], ["cup", "hand"]))
    assert cup.any()
    assert np.array_equal(both, hand | cup)
    with pytest.raises(ExchangeError, match="no category arm; give --category with one of: cup, hand"):
        coco.read(folder, ["hand", "arm"])


@pytest.mark.parametrize("name", ["annotations/instances.json", "_annotations.coco.json"])
def test_the_only_json_file_is_found_and_photos_beside_images(tmp_path: Path, name: str) -> None:
    folder = coco_file(tmp_path, name)
    for path in (folder / "images").iterdir():
        path.rename(folder / path.name)
    found = coco.read(folder)
    assert [pair.name for pair in found.pairs] == ["a.png", "b.png"]
    (folder / "more.json").write_text("{}")
    with pytest.raises(ExchangeError, match="are 2 JSON files"):
        coco.read(folder)


IMAGE = {"id": 9, "file_name": "a.png", "height": 48, "width": 64}


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ({**IMAGE, "height": 0}, "height and width are 0 and 64"),
        ({**IMAGE, "width": "64"}, "height and width are 48 and '64'"),
        ({**IMAGE, "height": 10**6, "width": 10**6}, "height and width"),
        ({"id": 9, "file_name": "a.png"}, "None and None"),
        ({**IMAGE, "file_name": "../a.png"}, "leaves the folder"),
        ({**IMAGE, "file_name": "/a.png"}, "leaves the folder"),
        ({**IMAGE, "file_name": None}, "not a file name"),
        ({**IMAGE, "licence": "free for all"}, "not an SPDX licence"),
    ],
)
def test_a_bad_image_is_told_and_the_others_count(tmp_path: Path, image: object, words: str) -> None:
    good = {"id": 2, "file_name": "b.png", "height": 48, "width": 64}
    found = coco.read(coco_file(tmp_path, images=[image, good], annotations=[]))
    assert [pair.name for pair in found.pairs] == ["images/b.png"]
    [complaint] = found.complaints
    assert "annotations.json, image 9: " in complaint
    assert words in complaint


def test_ids_and_photos_that_are_named_twice_and_images_that_are_missing_are_told(tmp_path: Path) -> None:
    twice = {**IMAGE, "file_name": "b.png"}
    lost = [{"id": 1, "image_id": 77, "category_id": 5, "segmentation": [SQUARE]}]
    found = coco.read(coco_file(tmp_path, images=[IMAGE, twice], annotations=lost))
    assert not found.pairs
    assert ["2 images have this id" in each for each in found.complaints] == [True, True, False]
    assert "the image 77, and no such one" in found.complaints[2]


def test_an_image_for_each_hand_of_a_photo_makes_no_photo_with_half_its_mask(tmp_path: Path) -> None:
    other = {**IMAGE, "id": 2, "file_name": "b.png"}
    found = coco.read(
        coco_file(tmp_path, images=[{**IMAGE, "id": 1}, other, {**IMAGE, "id": 10, "file_name": "./a.png"}])
    )
    assert [pair.name for pair in found.pairs] == ["images/b.png"]
    assert ["2 images have its file_name" in each for each in found.complaints] == [True, True]


@pytest.mark.parametrize("lost", ["0002", "b.png", 2.5, None])
def test_a_photo_is_not_taken_for_one_without_hands_while_there_are_annotations_of_no_image(
    tmp_path: Path, lost: object
) -> None:
    hands = [
        {"id": id_, "image_id": image, "category_id": 5, "segmentation": [SQUARE]} for id_, image in [(1, 1), (2, lost)]
    ]
    found = coco.read(coco_file(tmp_path, annotations=hands))
    assert [pair.name for pair in found.pairs] == ["images/a.png"]
    refused, stray = found.complaints
    assert f"image 2: it seems to have no hands, but there are annotations of the image {lost}" in refused
    assert f"annotations of the image {lost}, and no such one" in stray


def test_ids_may_be_whole_numbers_with_a_point_as_pandas_writes_them(tmp_path: Path) -> None:
    hands = [{"id": 1.0, "image_id": 2.0, "category_id": 5.0, "segmentation": [SQUARE]}]
    found = coco.read(coco_file(tmp_path, annotations=hands))
    assert not found.complaints
    assert [pair.draw().mask.any() for pair in found.pairs] == [False, True]


def test_an_annotation_without_a_mask_is_no_empty_mask(tmp_path: Path) -> None:
    boxes = [{"id": 3, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 4]}]
    pair = coco.read(coco_file(tmp_path, annotations=boxes)).pairs[0]
    with pytest.raises(PairError, match="the annotation 3: it has no segmentation"):
        pair.draw()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "no object"),
        ("{}", "no list of categories"),
        ('{"categories": [{"id": 1, "name": "hand"}]}', "no list of annotations"),
        ('{"categories": [{"id": 1, "name": "hand"}], "annotations": [], "images": [7]}', "no list of images"),
    ],
)
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(ExchangeError, match=words):
        coco.read(tmp_path)


def test_a_folder_without_a_coco_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match="is no COCO file in"):
        coco.read(tmp_path)
