"""Plain folders, COCO files, renders, datasets of ours, and their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from handseg.coco import CocoError
from handseg.errors import PhotoError, UnknownNameError
from handseg.hub.place import HubPlace
from handseg.masks import to_png
from handseg.places import PlaceError, UnreliableError
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.snapshot import Snapshot
from tests.pictures import drawn_mask, drawn_photo, encoded
from tests.records.filling import rows
from tests.test_turning import turned_by
from tests.training.conftest import write
from tests.training.sources import layouts
from training.sources import coco, dataset, folder, renders
from training.sources.examples import SourceError
from training.sources.known import credit_of, source_called
from training.sources.labels import HAND, IGNORE
from training.sources.policies import PolicyError
from training.sources.protocol import Wishes

OURS = Wishes(licence="CC0-1.0")


def test_photos_of_a_folder_have_the_masks_of_their_names_and_unknown_pixels_stay_unknown(tmp_path: Path) -> None:
    found = folder.find(str(layouts.folder(tmp_path / "desk")), OURS)
    one, two = [entry.read() for entry in found.entries]
    assert found.left_out == ("three.png: has no mask",)
    assert (one.source, one.terms.licence, two.group) == ("desk", "CC0-1.0", "")
    assert one.label[0, 0] == IGNORE
    assert (one.label[drawn_mask()] == HAND).all()


def test_folders_of_images_are_groups(tmp_path: Path) -> None:
    found = folder.find(str(layouts.folder(tmp_path, groups=True)), Wishes(licence="MIT", name="desk"))
    assert {entry.read().group for entry in found.entries} == {"desk/ann"}


def test_a_folder_without_masks_has_photos_without_hands(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg", encoded(drawn_photo(), "JPEG"))
    assert next(iter(folder.find(str(tmp_path), OURS).entries)).read().hand_free


def test_a_folder_needs_a_licence_from_the_person(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="give --licence with its SPDX"):
        folder.find(str(layouts.folder(tmp_path)), Wishes())


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there are no photos in"):
        folder.find(str(tmp_path), OURS)


@pytest.mark.parametrize("policy", ["forearm", "skin"])
def test_masks_with_arms_are_refused_or_ignored_but_never_mixed(policy: str, tmp_path: Path) -> None:
    root = layouts.folder(tmp_path)
    with pytest.raises(PolicyError, match=f"label policy {policy}"):
        folder.find(str(root), Wishes(licence="MIT", policy=policy))
    entry = next(iter(folder.find(str(root), Wishes(licence="MIT", policy=policy, ignore_arms=True)).entries))
    assert (entry.read().label[drawn_mask()] == IGNORE).all()


def test_an_unknown_policy_is_told_the_known_ones() -> None:
    with pytest.raises(SourceError, match="no label policy 'elbow'; choose from: wrist, forearm, skin"):
        Wishes(policy="elbow")


def test_coco_s_polygons_and_run_lengths_are_hands_and_its_crowds_unknown(tmp_path: Path) -> None:
    polygon, lengths, crowd, none = [entry.read() for entry in coco.find(str(layouts.coco(tmp_path)), Wishes()).entries]
    assert (polygon.label[5:15, 9:19] == HAND).all()
    assert np.flatnonzero(lengths.label[:, 5]).tolist() == list(range(10, 30))
    assert (crowd.label[10:30, 5] == IGNORE).all()
    assert none.hand_free
    assert polygon.terms.licence == "CC-BY-4.0"


def test_coco_s_categories_may_be_chosen_and_a_missing_one_is_told(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path)
    *_, last = coco.find(str(root), Wishes(categories=("cup",))).entries
    assert not last.read().hand_free
    with pytest.raises(CocoError, match="has no category foot; give --category with one of: cup, hand"):
        coco.find(str(root), Wishes(categories=("foot",)))


def test_coco_s_groups_are_kept(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path / "desk", group_id="ann")
    assert next(iter(coco.find(str(root), Wishes()).entries)).read().group == "desk/ann"


def test_a_coco_image_of_another_size_or_outside_the_folder_is_refused(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path / "inside")
    whole = json.loads((root / "annotations.json").read_bytes())
    whole["images"][3]["height"] = 47
    whole["images"][2]["file_name"] = "../../secret.jpg"
    write(tmp_path / "secret.jpg", encoded(drawn_photo(), "JPEG"))
    write(root / "annotations.json", json.dumps(whole).encode())
    *_, outside, other = coco.find(str(root), Wishes()).entries
    with pytest.raises(PhotoError, match="64 x 47 pixels"):
        other.read()
    with pytest.raises(SourceError, match="there is no photo"):
        outside.read()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"height": -48, "width": -64}, "height and width are -48 and -64"),
        ({"id": 2}, "2 images have this id"),
        ({"id": "2"}, "2 images have this id"),
    ],
)
def test_a_coco_image_of_no_size_or_with_another_s_id_is_refused(
    tmp_path: Path, changes: dict[str, int], words: str
) -> None:
    root = layouts.coco(tmp_path)
    whole = json.loads((root / "annotations.json").read_bytes())
    whole["images"][3] |= changes
    write(root / "annotations.json", json.dumps(whole).encode())
    *_, last = coco.find(str(root), Wishes()).entries
    with pytest.raises(CocoError, match=words):
        last.read()


def test_coco_s_annotations_of_no_image_are_told(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path)
    whole = json.loads((root / "annotations.json").read_bytes())
    del whole["images"][0]
    write(root / "annotations.json", json.dumps(whole).encode())
    [told] = coco.find(str(root), Wishes()).left_out
    assert "there are annotations of the image 0, and no such one" in told


def test_coco_s_ids_may_be_numbers_here_and_texts_there(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path)
    whole = json.loads((root / "annotations.json").read_bytes())
    for each in whole["annotations"]:
        each |= {"image_id": str(each["image_id"]), "category_id": str(each["category_id"])}
    write(root / "annotations.json", json.dumps(whole).encode())
    examples = [entry.read() for entry in coco.find(str(root), Wishes()).entries]
    assert [example.hand_free for example in examples] == [False, False, False, True]


def test_a_coco_image_with_an_annotation_of_no_category_is_not_taken_for_one_without_hands(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path)
    whole = json.loads((root / "annotations.json").read_bytes())
    whole["annotations"][-1]["category_id"] = 99
    write(root / "annotations.json", json.dumps(whole).encode())
    *_, last = coco.find(str(root), Wishes()).entries
    with pytest.raises(CocoError, match="the category 99, which is not listed"):
        last.read()


@pytest.mark.parametrize("name", ["x" * 300 + ".jpg", "a\0.jpg"])
def test_a_coco_image_whose_name_no_file_can_have_is_told(tmp_path: Path, name: str) -> None:
    root = layouts.coco(tmp_path)
    whole = json.loads((root / "annotations.json").read_bytes())
    whole["images"][0]["file_name"] = name
    write(root / "annotations.json", json.dumps(whole).encode())
    first, second, *_ = coco.find(str(root), Wishes()).entries
    with pytest.raises(SourceError, match="there is no photo"):
        first.read()
    assert second.read()


def test_linked_folders_of_photos_are_read(tmp_path: Path) -> None:
    root = layouts.coco(tmp_path / "linked")
    (root / "images").rename(tmp_path / "elsewhere")
    (root / "images").symlink_to(tmp_path / "elsewhere")
    assert all(entry.read() for entry in coco.find(str(root), Wishes()).entries)


def test_photos_that_share_a_mask_are_told_and_not_taken(tmp_path: Path) -> None:
    root = layouts.folder(tmp_path)
    write(root / "images" / "one.jpg", encoded(drawn_photo(seed=9), "JPEG"))
    found = folder.find(str(root), OURS)
    assert [entry.name.partition(".")[0] for entry in found.entries] == ["two"]
    assert sum("together with another photo" in told for told in found.left_out) == 2


def test_a_mask_that_was_drawn_before_exif_turned_the_photo_is_turned_too(tmp_path: Path) -> None:
    write(tmp_path / "images" / "a.jpg", turned_by(6, drawn_mask()))
    write(tmp_path / "images" / "b.jpg", turned_by(3, drawn_mask()))
    for name in "ab":
        write(tmp_path / "masks" / f"{name}.png", to_png(drawn_mask()))
    one, unclear = folder.find(str(tmp_path), OURS).entries
    assert np.array_equal(one.read().label == HAND, np.rot90(drawn_mask(), -1))
    with pytest.raises(PhotoError, match="may have been drawn before or after"):
        unclear.read()


def test_names_of_old_archives_that_are_no_utf_8_are_read(tmp_path: Path) -> None:
    root = layouts.folder(tmp_path, groups=True)
    old = next((root / "images" / "ann").iterdir())
    mask = (root / "masks" / "ann" / old.name).with_suffix(".png")
    for path in (old, mask):
        path.rename(path.with_name(f"h\udce4nd{path.suffix}"))
    names = [entry.read().name for entry in folder.find(str(root), OURS).entries]
    assert f"ann/h?nd{old.suffix}" in names


def renders_in(folder: Path) -> Path:
    """One with surroundings, one of which only the lower half is opaque, and one that is not finished."""
    whole = np.dstack([drawn_photo(), np.full((48, 64), 255, np.uint8)])
    half = whole.copy()
    half[:24, :, 3] = 0
    for stem, picture in (("0-1", whole), ("0-2", half)):
        write(folder / "images" / f"{stem}.png", encoded(picture))
        write(folder / "masks" / f"{stem}.png", encoded(drawn_mask().astype(np.uint8) * 255))
    write(folder / "images" / "0-3.png", encoded(whole))
    lines = [json.dumps({"stem": stem, "credits": ["Ann, CC BY"]}) for stem in ("0-1", "0-2")]
    write(folder / "manifest.jsonl", "\n".join(lines).encode())
    return folder


def test_finished_renders_are_read_and_something_is_put_behind_those_without_surroundings(tmp_path: Path) -> None:
    with_room, without = renders.find(str(renders_in(tmp_path)), Wishes()).entries
    assert with_room.read().terms.credit.endswith("Ann, CC BY")
    photo = without.read().photo
    assert (photo[24:] == drawn_photo()[24:]).all()
    assert (photo[:24] != drawn_photo()[:24]).any()
    assert without.read().image == renders.find(str(tmp_path), Wishes()).entries[1].read().image


def test_renders_whose_last_line_is_torn_off_are_read_as_far_as_they_are_finished(tmp_path: Path) -> None:
    manifest = renders_in(tmp_path) / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-5])
    assert [entry.name for entry in renders.find(str(tmp_path), Wishes()).entries] == ["0-1"]


@pytest.mark.parametrize("line", [b"{", b"[1]", b"7", b"{}", b"\xff", b'{"stem": "0-3", "credits": 7}'])
def test_a_line_that_tells_of_no_render_is_told(line: bytes, tmp_path: Path) -> None:
    manifest = renders_in(tmp_path) / "manifest.jsonl"
    manifest.write_bytes(line + b"\n" + manifest.read_bytes())
    with pytest.raises(SourceError, match="line 1 tells of no picture"):
        renders.find(str(tmp_path), Wishes())


@pytest.mark.parametrize("kept", [0, 20, -40])
def test_a_render_that_is_cut_short_is_told_with_its_file(kept: int, tmp_path: Path) -> None:
    damaged = renders_in(tmp_path) / "images" / "0-2.png"
    damaged.write_bytes(damaged.read_bytes()[:kept])
    _, entry = renders.find(str(tmp_path), Wishes()).entries
    with pytest.raises(PhotoError, match=r"0-2\.png"):
        entry.read()


def test_photos_without_hands_of_a_dataset_come_behind_renders(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    commit(Snapshot(place), Edit(message="Begin", add=rows(30, verdict="no_hand")))
    _, without = renders.find(str(renders_in(tmp_path / "renders")), Wishes(behind=place.address)).entries
    assert without.read().photo[:24].std() > 0
    commit(Snapshot(hands := FolderPlace(tmp_path / "hands")), Edit(message="Begin", add=rows(30, verdict="edited")))
    with pytest.raises(SourceError, match="has no photos without hands"):
        renders.find(str(tmp_path / "renders"), Wishes(behind=hands.address))


def test_a_dataset_s_rows_are_read_by_split_with_their_groups_and_licences(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    commit(Snapshot(place), Edit(message="Begin", add=rows(30, licence="MIT")))
    light = Snapshot(place).light.to_pylist()
    for split in ("train", "validation", "test"):
        found = dataset.find(place.address, Wishes(splits=(split,)))
        examples = [entry.read() for entry in found.entries]
        assert {each.name for each in examples} == {row["id"] for row in light if row["split"] == split}
        assert found.count == len(examples)
        assert {each.group for each in examples} <= {row["group_id"] for row in light}
        assert {each.terms.licence for each in examples} == {"MIT"}
    assert dataset.find(f"{place.address}@{place.resolve()}", Wishes()).count == 30


def test_a_missing_folder_that_may_be_a_name_on_the_hub_is_told_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(place: HubPlace, revision: str) -> str:
        raise UnreliableError(f"no answer from the Hub about {place.address} at {revision}")

    monkeypatch.setattr(HubPlace, "resolve", silent)
    with pytest.raises(PlaceError, match=r"^there is no folder data/gone, so the Hub was asked: no answer"):
        dataset.find("data/gone", Wishes())


def test_what_is_no_dataset_revision_or_split_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="there is no dataset"):
        dataset.find(str(tmp_path / "none"), Wishes())
    place = FolderPlace(tmp_path / "dataset")
    commit(Snapshot(place), Edit(message="Begin", add=rows(3)))
    with pytest.raises(PlaceError, match=r"v9"):
        dataset.find(f"{place.address}@v9", Wishes())
    with pytest.raises(SourceError, match="there is no split val; choose from: train, validation, test"):
        dataset.find(place.address, Wishes(splits=("val",)))


def test_an_unknown_source_is_told_the_known_ones() -> None:
    with pytest.raises(
        UnknownNameError, match="no source called 'imagenet'; choose from: coco, dataset, egohands, eyth"
    ):
        source_called("imagenet")


def test_who_is_to_be_thanked_is_known_by_the_source_of_a_row() -> None:
    assert "Bambach" in credit_of("egohands")
    assert credit_of("somebody's desk") == ""
