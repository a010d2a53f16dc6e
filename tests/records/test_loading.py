"""What people do who have no handseg: `datasets.load_dataset`, in a fresh process that has never seen the folder."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handseg.records.edits import Edit, commit
from handseg.records.row import Row
from handseg.records.schema import from_values
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS, split_of
from handseg.records.withdrawn import Withdrawn
from tests.records.filling import add, filled, rows

PROGRAM = """\
import pickle, sys
from datasets import Image, load_dataset

folder, answer, streaming = sys.argv[1], sys.argv[2], sys.argv[3] == "streaming"
loaded = load_dataset(folder, streaming=streaming)
told = {"rows": {}, "pixels": {}, "features": {}}
for split, rows in loaded.items():
    told["features"][split] = {name: repr(feature) for name, feature in rows.features.items()}
    told["pixels"][split] = [
        [None if row[name] is None else (row[name].mode, row[name].size, row[name].tobytes())
         for name in ("image", "mask", "model_mask")]
        for row in rows
    ]
    for name in ("image", "mask", "model_mask"):
        rows = rows.cast_column(name, Image(mode=rows.features[name].mode, decode=False))
    told["rows"][split] = list(rows)
with open(answer, "wb") as file:
    pickle.dump(told, file)
"""


def loaded(folder: Path, scratch: Path, how: str = "whole") -> dict[str, Any]:
    home = scratch / "home"
    scratch.mkdir(exist_ok=True)
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    arguments = [sys.executable, "-c", PROGRAM, str(folder), str(scratch / "answer"), how]
    answer = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return pickle.loads((scratch / "answer").read_bytes())


def rows_of(told: dict[str, Any]) -> dict[str, list[Row]]:
    return {split: sorted(map(from_values, there), key=lambda row: row.id) for split, there in told["rows"].items()}


def in_splits(expected: list[Row]) -> dict[str, list[Row]]:
    found = {split: [row for row in expected if split_of(row.group_id) == split] for split in SPLITS}
    return {split: sorted(there, key=lambda row: row.id) for split, there in found.items() if there}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two revisions: the second adds, drops and withdraws."""
    place = filled(tmp_path_factory.mktemp("folder") / "hands", 40)
    new = list(rows(40))
    add(place, *rows(20, seed=1), drop=(new[0].id,))
    gone = new[1]
    withdrawn = Withdrawn(gone.photo_id, gone.group_id, gone.phash)
    commit(Snapshot(place), Edit(message="forget", drop=[gone.id], withdraw=[withdrawn]))
    return place.folder


EXPECTED = [*list(rows(40))[2:], *rows(20, seed=1)]


@pytest.mark.parametrize("how", ["whole", "streaming"])
def test_one_line_loads_every_row_of_every_split_byte_for_byte(folder: Path, tmp_path: Path, how: str) -> None:
    told = loaded(folder, tmp_path, how)
    assert rows_of(told) == in_splits(EXPECTED)
    for split in SPLITS:
        assert told["features"][split]["image"] == "Image(mode=None, decode=True)"
        assert (
            told["features"][split]["mask"] == told["features"][split]["model_mask"] == "Image(mode='L', decode=True)"
        )
        for image, mask, shown in told["pixels"][split]:
            assert image[:2] == ("RGB", (16, 12))
            assert mask[:2] == shown[:2] == ("L", (16, 12))
            assert set(mask[2]) <= {0, 255}


def test_a_dataset_that_has_rows_of_one_split_only_and_no_models_masks_can_be_loaded(tmp_path: Path) -> None:
    values = {"group_id": "a film", "model_mask": None, "model_id": "", "iou_model_human": 0.0}
    place = filled(tmp_path / "hands", 2, **values)
    told = loaded(place.folder, tmp_path / "scratch")
    assert rows_of(told) == {"test": sorted(rows(2, **values), key=lambda row: row.id)}


def test_a_folder_that_has_grown_gives_its_new_rows_to_one_who_loaded_it_before(tmp_path: Path) -> None:
    place = filled(tmp_path / "hands", 9)
    assert rows_of(loaded(place.folder, tmp_path / "scratch")) == in_splits(list(rows(9)))
    add(place, *rows(6, seed=1))
    assert rows_of(loaded(place.folder, tmp_path / "scratch")) == in_splits([*rows(9), *rows(6, seed=1)])
