from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from handseg.errors import HandsegError
from handseg.places import PlaceError
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.schema import SchemaError
from handseg.records.snapshot import Snapshot
from handseg.records.splits import split_of
from tests.records.filling import row_of, rows
from training.sources.examples import SourceError
from training.sources.mixture import Mixed, Mixture, Part, Pool


@pytest.fixture
def datasets(tmp_path: Path) -> tuple[str, str]:
    """Two, the larger one with photos in all splits."""
    addresses = []
    for count, name in ((40, "many"), (20, "few")):
        place = FolderPlace(tmp_path / name)
        commit(Snapshot(place), Edit(message="Begin", add=rows(count, seed=count, source=name)))
        addresses.append(place.address)
    return addresses[0], addresses[1]


def drawn(mixed: Mixed, numbers: range) -> Counter[str]:
    return Counter(mixed[number].source for number in numbers)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("hands", Part("hands", 1)),
        ("hands=0.5", Part("hands", 0.5)),
        ("USER/hands@v1=2", Part("USER/hands@v1", 2)),
    ],
)
def test_a_weight_follows_an_equals_sign(text: str, part: Part) -> None:
    assert Part.parse(text) == part


def test_a_folder_s_name_may_have_an_equals_sign(tmp_path: Path) -> None:
    (tmp_path / "a=1").mkdir()
    for address in (f"{tmp_path}/a=1", f"{tmp_path}/a=1@v1"):
        assert Part.parse(address) == Part(address)
        assert Part.parse(f"{address}=2") == Part(address, 2)


@pytest.mark.parametrize("text", ["hands=much", "hands=0", "hands=-1", "hands=nan", "hands=inf"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="weight"):
        Mixture.parse([text])


def test_a_mixture_of_nothing_is_refused() -> None:
    with pytest.raises(SourceError, match="give --dataset"):
        Mixture.parse([])


def test_without_weights_each_photo_is_drawn_once_in_about_as_many_numbers(datasets: tuple[str, str]) -> None:
    mixed = Mixture.parse(datasets).open()
    counts = Counter(mixed[number].name for number in range(3 * len(mixed)))
    assert len(counts) == len(mixed)
    assert set(counts.values()) <= {2, 3, 4}


def test_a_weight_counts_for_each_photo_of_its_dataset(datasets: tuple[str, str]) -> None:
    many, few = datasets
    mixed = Mixture.parse([many, f"{few}=0.5"]).open()
    sizes = [len(pool.examples) for pool in mixed.pools]
    share = drawn(mixed, range(1000))["few"] / 1000
    assert share == pytest.approx(0.5 * sizes[1] / (sizes[0] + 0.5 * sizes[1]), abs=0.005)


def test_every_run_of_numbers_has_each_dataset_s_share(datasets: tuple[str, str]) -> None:
    mixed = Mixture.parse(datasets).open()
    share = drawn(mixed, range(10_000))["few"] / 10_000
    for start in (0, 777, 10**9):
        assert abs(drawn(mixed, range(start, start + 64))["few"] - 64 * share) <= 2


def test_a_number_s_example_is_always_the_same_and_a_seed_changes_it(datasets: tuple[str, str]) -> None:
    mixture = Mixture.parse(datasets)
    first, again, other = (
        [mixed[number].name for number in range(50)] for mixed in (mixture.open(), mixture.open(), mixture.open(seed=1))
    )
    assert first == again != other
    assert mixture.open()[10**12].name == mixture.open()[10**12].name


def test_splits_do_not_mix(datasets: tuple[str, str]) -> None:
    names = [{each.name for each in Mixture.parse(datasets).open(split).examples} for split in ("train", "test")]
    assert not names[0] & names[1]


def test_a_photo_that_is_held_out_in_one_dataset_is_not_learned_from_another(tmp_path: Path) -> None:
    first, other = (FolderPlace(tmp_path / name) for name in ("first", "other"))
    film = list(rows(60))
    commit(Snapshot(first), Edit(message="Begin", add=film))
    held = next(row for row in film if split_of(row.group_id) == "test")
    group = next(f"elsewhere {number}" for number in range(99) if split_of(f"elsewhere {number}") == "train")
    # One more bit of the hash, as when a frame was encoded anew.
    nearly = replace(held, photo_id="0" * 64, phash=f"{int(held.phash, 16) ^ 1:016x}")
    again = [replace(row, id=f"{number:032x}", group_id=group) for number, row in enumerate((held, nearly))]
    commit(Snapshot(other), Edit(message="Begin", add=[*again, *rows(20, seed=5)]))
    alone, both = Mixture.parse([other.address]).open(), Mixture.parse([first.address, other.address]).open()
    judged = Mixture.parse([other.address]).open(judges=[first.address])
    assert [mixed.left_out for mixed in (alone, both, judged)] == [0, 2, 2]
    for mixed, expected in ((alone, {row.id for row in again}), (both, set()), (judged, set())):
        assert {row.id for row in again} & {each.name for each in mixed.examples} == expected
        assert len({row.phash for row in again} & mixed.hashes) == len(expected)


def test_a_dataset_without_photos_in_the_split_is_told(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    commit(Snapshot(place), Edit(message="Begin", add=rows(1)))
    empty = next(split for split in ("validation", "test", "train") if split not in Snapshot(place).shards.values())
    with pytest.raises(SourceError, match=f"there are no photos in the split {empty} of .*dataset@"):
        Mixture.parse([place.address]).open(empty)
    commit(Snapshot(FolderPlace(tmp_path / "other")), Edit(message="Begin", add=rows(40, seed=5)))
    assert len(Mixture.parse([place.address, str(tmp_path / "other")]).open(empty).pools) == 1
    with pytest.raises(PlaceError, match="there is no dataset"):
        Mixture.parse([str(tmp_path / "none")]).open()


@pytest.mark.parametrize(("covered", "words"), [(False, "shows a hand"), (True, "hand from edge to edge")])
def test_photos_of_one_class_only_are_refused(covered: bool, words: str, tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    photo = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    verdict = "edited" if covered else "no_hand"
    row = row_of(photo, np.full((12, 16), covered), verdict=verdict, group_id="another film")
    commit(Snapshot(place), Edit(message="Begin", add=[row]))
    with pytest.raises(SourceError, match=words):
        Mixture.parse([place.address]).open()


def test_a_newer_dataset_is_refused(datasets: tuple[str, str], tmp_path: Path) -> None:
    shard = next(Path(datasets[0]).glob("data/train/*.parquet"))
    table = pq.read_table(shard)
    newer = tmp_path / "copy" / "data" / "train" / shard.name
    newer.parent.mkdir(parents=True)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"handseg_schema": b"99"}), newer)
    with pytest.raises(SchemaError, match=r"version 99.*install a newer handseg"):
        Mixture.parse([str(tmp_path / "copy")]).open()


def test_the_looks_of_all_photos_that_are_learned_from_are_known(datasets: tuple[str, str]) -> None:
    light = [row for address in datasets for row in Snapshot(FolderPlace(Path(address))).light.to_pylist()]
    mixed = Mixture.parse(datasets).open()
    assert mixed.hashes == {row["phash"] for row in light if row["split"] == "train"}
    assert len(mixed.hashes) == len(mixed)


def test_the_facts_name_revisions_and_count_the_photos_of_each_source(datasets: tuple[str, str]) -> None:
    mixed = Mixture.parse(datasets).open()
    facts = mixed.facts()
    assert {each["source"] for each in facts["training_data"]} == {"many", "few"}
    assert sum(each["photos"] for each in facts["training_data"]) == len(mixed)
    assert all(f"{address}@" in facts["dataset_revision"] for address in datasets)
    assert len(facts["row_hash"]) == 64


def test_photos_of_one_source_are_told_by_licence_with_the_source_s_credit(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    mine = [rows(20, seed=seed, source="gcompris", licence=licence) for seed, licence in ((1, "CC0-1.0"), (2, "MIT"))]
    commit(Snapshot(place), Edit(message="Begin", add=[row for each in mine for row in each]))
    mixed = Mixture.parse([place.address]).open()
    told = mixed.facts()["training_data"]
    assert [each["licence"] for each in told] == ["CC0-1.0", "MIT"]
    assert sum(each["photos"] for each in told) == len(mixed)
    assert all("docs/photos.md" in each["credit"] for each in told)


def test_every_error_is_meant_for_people() -> None:
    assert issubclass(SourceError, HandsegError)
    assert Pool.read.__doc__
