"""What goes out comes in again: export, import into an empty store and export give the same files, byte by byte."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.exchange import imagefolder
from annotation.store import Store
from handseg.masks import Mask, from_png
from tests.annotation.exchange.filling import answered, bring_all_in, open_store, read, textured, tree, write
from tests.pictures import encoded

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9)


@st.composite
def works(draw: st.DrawFn) -> tuple[bytes, Mask, dict[str, str]]:
    """A photo as it was uploaded, a mask, and facts; never square."""
    height = draw(st.integers(2, 20))
    width = draw(st.integers(2, 20).filter(lambda side: side != height))
    kind = draw(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP"]))
    content = encoded(textured(draw(st.integers(0, 99)), height, width), kind)
    mask = draw(st.one_of(arrays(bool, (height, width)), st.just(np.zeros((height, width), bool))))
    facts = {
        "source": draw(TEXTS),
        "licence": draw(st.sampled_from(["CC0-1.0", "CC-BY-4.0 OR LicenseRef-own"])),
        "group_id": draw(st.one_of(st.just(""), TEXTS)),
        "consent": draw(st.one_of(st.just(""), TEXTS)),
    }
    return content, mask, facts


def fill(store: Store, photos: list[tuple[bytes, Mask, dict[str, str]]]) -> None:
    for content, mask, facts in photos:
        answered(store, content, mask, **facts)


@pytest.mark.parametrize("kind", ["png", "imagefolder", "coco"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(photos=st.lists(works(), min_size=1, max_size=4, unique_by=lambda work: work[0]))
def test_export_import_and_export_again_is_the_identity(
    kind: str, photos: list[tuple[bytes, Mask, dict[str, str]]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with closing(open_store(home / "one")) as one, closing(open_store(home / "other")) as other:
            fill(one, photos)
            write(one, kind, home / "first")
            found = read(home / "first", kind)
            assert not found.complaints
            assert not any(imported.known for imported in bring_all_in(other, found.pairs))
            write(other, kind, home / "second")
        assert tree(home / "first") == tree(home / "second")


@pytest.mark.parametrize("kind", ["imagefolder", "coco"])
def test_what_is_known_about_a_photo_survives_where_the_format_has_a_place_for_it(
    kind: str, store: Store, tmp_path: Path
) -> None:
    key = answered(
        store, encoded(textured(1)), np.eye(48, 64) > 0, source="film 手", group_id="film/7", consent="\u2028 I agree."
    )
    write(store, kind, tmp_path / "out")
    with closing(open_store(tmp_path / "other")) as other:
        bring_all_in(other, read(tmp_path / "out", kind).pairs)
        before, after = store.photo(key), other.photo(key)
        for name in ("file", "source", "licence", "group_id", "consent", "height", "width"):
            assert getattr(before, name) == getattr(after, name)


def test_datasets_loads_the_imagefolder_with_masks_as_pictures(store: Store, tmp_path: Path) -> None:
    from datasets import Image, load_dataset

    works = {seed: np.random.default_rng(seed).random((48, 64)) < 0.2 * seed for seed in range(3)}
    keys = {answered(store, encoded(textured(seed)), mask): seed for seed, mask in works.items()}
    write(store, "imagefolder", tmp_path / "out")
    loaded = load_dataset(
        "imagefolder", data_dir=str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.features["image"] == loaded.features["mask"] == Image()
    assert len(loaded) == 3
    for row in loaded:
        seed = keys[row["photo_id"]]
        assert np.array_equal(np.asarray(row["image"]), textured(seed))
        assert np.array_equal(np.asarray(row["mask"]), works[seed] * np.uint8(255))
        assert (row["source"], row["licence"], row["group_id"]) == ("film", "CC0-1.0", row["photo_id"])


def test_pycocotools_reads_the_masks_back_exactly(store: Store, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    works = {seed: np.random.default_rng(seed).random((48, 64)) < 0.2 * seed for seed in range(3)}
    keys = {answered(store, encoded(textured(seed)), mask): seed for seed, mask in works.items()}
    write(store, "coco", tmp_path / "out")
    loaded = COCO(str(tmp_path / "out" / "annotations.json"))
    assert [each["name"] for each in loaded.loadCats(loaded.getCatIds())] == ["hand"]
    images = loaded.loadImgs(loaded.getImgIds())
    assert len(images) == 3
    for image in images:
        mask = works[keys[image["photo_id"]]]
        annotations = loaded.loadAnns(loaded.getAnnIds(imgIds=image["id"], iscrowd=False))
        assert bool(annotations) == mask.any()
        parts = np.array([loaded.annToMask(each) > 0 for each in annotations] or [np.zeros_like(mask)])
        assert np.array_equal(parts.sum(axis=0), mask)
        for part, annotation in zip(parts, annotations, strict=False):
            x, y, width, height = map(int, annotation["bbox"])
            assert part[y : y + height, x : x + width].sum() == part.sum() == annotation["area"]
        assert {each["id"]: each["name"] for each in loaded.dataset["licenses"]}[image["license"]] == "CC0-1.0"
        assert (tmp_path / "out" / "images" / image["file_name"]).is_file()


def test_a_dataset_in_splits_is_imported_with_all_its_metadata_files(store: Store, tmp_path: Path) -> None:
    key = answered(store, encoded(textured(1)), np.eye(48, 64) > 0)
    write(store, "imagefolder", tmp_path / "all" / "train")
    found = imagefolder.read(tmp_path / "all")
    assert [pair.name for pair in found.pairs] == [f"train/images/{key}.png"]
    assert np.array_equal(found.pairs[0].draw().mask, from_png((tmp_path / f"all/train/masks/{key}.png").read_bytes()))
