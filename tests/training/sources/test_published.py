"""EgoYouTubeHands, HandOverFace and GTEA."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.pictures import drawn_mask, encoded
from tests.training.conftest import write
from tests.training.sources import layouts
from training.sources import eyth, gtea, hof
from training.sources.examples import Example, SourceError
from training.sources.labels import BACKGROUND, HAND, IGNORE
from training.sources.policies import PolicyError
from training.sources.protocol import Found, Wishes


def read(found: Found) -> list[Example]:
    return [entry.read() for entry in found.entries]


def test_eyth_masks_are_found_with_and_without_a_suffix(tmp_path: Path) -> None:
    examples = read(eyth.find(str(layouts.eyth(tmp_path)), Wishes()))
    assert [each.name for each in examples][:2] == ["vid4/frame25.jpg", "vid4/frame30.jpg"]
    assert {each.group for each in examples} == {"eyth/vid4", "eyth/vid6"}
    for each in examples:
        assert np.array_equal(each.label == HAND, drawn_mask())


def test_an_eyth_mask_of_another_size_is_refused_and_one_that_is_missing_named(tmp_path: Path) -> None:
    root = layouts.eyth(tmp_path)
    write(root / "masks" / "vid4" / "frame25", encoded(drawn_mask(40, 64).astype(np.uint8) * 255))
    (root / "masks" / "vid4" / "frame30").unlink()
    first, second, *_ = eyth.find(str(root), Wishes()).entries
    with pytest.raises(SourceError, match=r"the mask is 40 x 64 \(height x width\), and the photo 48 x 64"):
        first.read()
    with pytest.raises(SourceError, match=r"looked for .*frame30, with and without \.png"):
        second.read()


def test_hof_s_bad_labels_are_left_out_and_told(tmp_path: Path) -> None:
    found = hof.find(str(layouts.hof(tmp_path)), Wishes())
    assert [entry.name for entry in found.entries] == ["1.jpg", "2.jpg", "216.jpg", "221.jpg"]
    assert [each.split(":")[0] for each in found.left_out] == ["10.jpg", "225.jpg"]


def test_hof_s_gifs_are_read_though_they_are_called_jpg(tmp_path: Path) -> None:
    examples = {each.name: each for each in read(hof.find(str(layouts.hof(tmp_path)), Wishes()))}
    assert examples["216.jpg"].image.startswith(b"GIF8")
    assert examples["216.jpg"].photo.shape == (48, 64, 3)
    assert examples["216.jpg"].group == ""


def test_gtea_is_refused_as_its_masks_have_arms(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"have arms in them .*gtea_cropped.*--ignore-arms"):
        gtea.find(str(layouts.gtea(tmp_path, cropped=False)), Wishes())


def test_gtea_s_arms_are_ignored_when_asked_for(tmp_path: Path) -> None:
    examples = read(gtea.find(str(layouts.gtea(tmp_path, cropped=False)), Wishes(ignore_arms=True)))
    assert len(examples) == 5
    for each in examples:
        assert np.array_equal(each.label == IGNORE, layouts.arm() > 25)
        assert not (each.label == HAND).any()
        assert not each.hand_free


def test_gtea_s_cropped_masks_say_where_the_wrist_is(tmp_path: Path) -> None:
    for each in read(gtea.find(str(layouts.gtea(tmp_path, cropped=True)), Wishes())):
        assert (each.label[6:21, 10:34] == HAND).all()
        assert (each.label[23:25, 10:34] == IGNORE).all()
        assert (each.label[30:] == BACKGROUND).all()


def test_gtea_photos_without_a_cropped_mask_are_left_out_and_told(tmp_path: Path) -> None:
    root = layouts.gtea(tmp_path, cropped=True)
    (root / "gtea_cropped" / "train" / "s3_tea_0001.png").unlink()
    found = gtea.find(str(root), Wishes())
    assert found.count == 4
    assert found.left_out == ("GTEA/Images/s3_tea_0001.jpg: has no mask cropped at the wrist",)


def test_gtea_s_groups_are_its_films(tmp_path: Path) -> None:
    examples = read(gtea.find(str(layouts.gtea(tmp_path, cropped=True)), Wishes()))
    groups = {each.group for each in examples}
    assert groups == {"gtea/s2_coffee", "gtea/s3_tea", "gtea/Ahmad_Pizza", "gtea/Yin_Pizza"}


def test_egtea_s_one_folder_is_read_too(tmp_path: Path) -> None:
    (layouts.gtea(tmp_path / "both", cropped=False) / "GTEA").rename(tmp_path / "hand14k")
    assert gtea.find(str(tmp_path), Wishes(ignore_arms=True)).count == 3


@pytest.mark.parametrize("source", [eyth, hof, gtea])
def test_a_folder_without_the_collection_is_told_what_was_looked_for(source: object, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"images.*masks|Images and Masks"):
        source.find(str(tmp_path), Wishes(ignore_arms=True))
