"""Each defect of a row is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotation.verification.verifying import verify
from handseg.masks import to_png
from handseg.records.opening import open_snapshot
from tests.annotation.verification.planting import (
    ACCEPTED,
    NO_HAND,
    TEST,
    TRAIN,
    VALIDATION,
    Defect,
    again,
    changed,
    clean,
    filled_with,
    in_mode,
    more,
    nearly_again,
    photo_row,
    plain,
    repainted,
    saved,
    with_text,
    with_values,
)
from tests.pictures import drawn_mask, drawn_photo, encoded
from tests.records.filling import rows

WHERE = Image.Exif()
WHERE[0x8825] = {1: "N", 2: (35.0, 0.0, 41.0)}


def kinds(folder: Path) -> set[tuple[str, str]]:
    return set(verify(open_snapshot(str(folder))).findings.kinds)


def errors(*what: str) -> set[tuple[str, str]]:
    return {("error", each) for each in what}


def twice(there: dict) -> None:
    there["train"][1]["id"] = there["train"][0]["id"]


def same_image(there: dict) -> None:
    first = there["train"][0]
    there["train"][1] |= {name: first[name] for name in ("image", "image_sha256", "phash")}


@pytest.mark.parametrize(
    ("defect", "what"),
    [
        (changed(image_sha256="0" * 64), ["hash"]),
        (changed(mask_sha256="0" * 64), ["hash"]),
        (changed(photo_id="ab" * 32), ["photo_id"]),
        (changed(phash="0" * 16), ["phash"]),
        (changed(height=13), ["size"]),
        (changed(width=12, height=16), ["size"]),
        (repainted("mask", lambda _: to_png(drawn_mask(10, 14))), ["size"]),
        (repainted("model_mask", lambda _: to_png(drawn_mask(10, 14))), ["size"]),
        (repainted("mask", with_values(254, 0)), ["mask values"]),
        (repainted("mask", with_values(255, 1)), ["mask values"]),
        (repainted("model_mask", with_values(200, 0)), ["mask values"]),
        (repainted("mask", in_mode("RGB")), ["picture"]),
        (repainted("mask", in_mode("LA")), ["picture"]),
        (repainted("mask", in_mode("P")), ["picture"]),
        (repainted("mask", in_mode("1")), ["picture"]),
        (repainted("model_mask", in_mode("I;16")), ["picture"]),
        (repainted("mask", lambda mask: mask[:40]), ["picture"]),
        (repainted("mask", lambda _: encoded(drawn_photo()[..., 0], "JPEG")), ["picture"]),
        (repainted("image", lambda image: image[:200]), ["picture"]),
        (repainted("image", lambda _: b""), ["picture"]),
        (changed(verdict="no_hand"), ["verdict"]),
        (changed(verdict="accepted"), ["verdict"]),
        (changed(iou_model_human=0.999), ["IoU"]),
        (changed(ACCEPTED, iou_model_human=0.99), ["IoU"]),
        (changed(NO_HAND, iou_model_human=float("nan")), ["IoU", "value"]),
        (changed(verdict="rejected"), ["value"]),
        (changed(annotator=""), ["value"]),
        (changed(prompts="{"), ["value"]),
        (changed(seconds=-1.0), ["value"]),
        (changed(id="5F" * 16), ["value"]),
        (changed(height=None), ["value"]),
        (changed(image=None), ["value"]),
        (changed(id=None), ["value"]),
        (changed(licence=""), ["licence"]),
        (changed(licence=" "), ["licence"]),
        (twice, ["duplicate id"]),
        (again("train"), ["duplicate photo"]),
        (same_image, ["duplicate image", "photo_id"]),
        (again("test", group_id=TEST), ["leak"]),
        (nearly_again(), ["leak"]),
        (again("train", group_id=TEST), ["duplicate photo", "wrong split", "leak"]),
        (more("test", *rows(1, 7, group_id=VALIDATION)), ["leak", "wrong split"]),
        (more("test", *rows(1, 7, group_id="a lonely film")), ["wrong split"]),
        (repainted("image", with_text), ["metadata"]),
        (repainted("mask", with_text), ["metadata"]),
        (repainted("model_mask", with_text), ["metadata"]),
        (repainted("image", lambda image: image + b"Ann was here"), ["metadata"]),
        (more("train", photo_row(encoded(drawn_photo(), "JPEG", exif=WHERE), group_id=TRAIN)), ["metadata"]),
        (more("train", photo_row(encoded(drawn_photo(), "JPEG", comment=b"Ann"), group_id=TRAIN)), ["metadata"]),
        (more("train", photo_row(encoded(drawn_photo(), "WEBP"), group_id=TRAIN)), ["metadata"]),
    ],
)
def test_each_defect_of_a_row_is_found_and_nothing_else(tmp_path: Path, defect: Defect, what: list[str]) -> None:
    there = clean()
    defect(there)
    assert kinds(plain(tmp_path, there)) == errors(*what)


@pytest.mark.parametrize(
    ("defect", "what"),
    [
        (repainted("mask", filled_with(0), iou_model_human=0.0), "empty mask"),
        (repainted("mask", filled_with(127), iou_model_human=0.0), "empty mask"),
        (more("train", *rows(1, 7, group_id=TRAIN, mask=encoded(np.full((12, 16), 255, np.uint8)),
                             model_mask=None, iou_model_human=0.0)), "full mask"),
    ],
)  # fmt: skip
def test_a_mask_that_may_be_meant_so_is_a_warning(tmp_path: Path, defect: Defect, what: str) -> None:
    there = clean()
    defect(there)
    assert kinds(plain(tmp_path, there)) == {("warning", what)}


@pytest.mark.parametrize(
    "defect",
    [
        lambda _: None,
        lambda there: there.pop("test"),
        repainted("mask", with_values(255, 127)),
        changed(reviewer="a1", consent="Take it.", supersedes="0" * 32),
        more("train", photo_row(encoded(drawn_photo(), "JPEG"), group_id=TRAIN)),
        more("train", photo_row(encoded(drawn_photo(), "JPEG", quality=80, progressive=True), group_id=TRAIN)),
        more("train", photo_row(saved(Image.fromarray(drawn_photo()).quantize(), "PNG"), group_id=TRAIN)),
        more("train", *rows(1, 7, group_id=TRAIN, model_mask=None, model_id="", iou_model_human=0.0)),
    ],
)
def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path, defect: Defect) -> None:
    there = clean()
    defect(there)
    assert kinds(plain(tmp_path, there)) == set()


def test_a_place_in_a_photo_is_told_as_what_it_is(tmp_path: Path) -> None:
    there = clean()
    more("train", photo_row(encoded(drawn_photo(), "JPEG", exif=WHERE), group_id=TRAIN))(there)
    (finding,) = verify(open_snapshot(str(plain(tmp_path, there)))).findings.of("error", "metadata")
    assert "the place where it was taken (GPS)" in finding.words


def test_a_finding_says_where_it_is(tmp_path: Path) -> None:
    there = clean()
    changed(ACCEPTED, phash="0" * 16)(there)
    (finding,) = verify(open_snapshot(str(plain(tmp_path, there)))).findings.of("error", "phash")
    assert finding.path == "data/train/20261121T101500Z-5f2c9a1e.parquet"
    assert finding.row == there["train"][ACCEPTED]["id"]
