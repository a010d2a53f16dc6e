"""On which photos a training is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from handseg.places.folder import FolderPlace
from tests.records.filling import add, rows
from training.commands.running import validation_cases
from training.evaluation.cases import CaseError
from training.sources.mixture import Mixture


def dataset(folder: Path, count: int, **values: object) -> str:
    add(FolderPlace(folder), *rows(count, **values))
    return str(folder)


def test_a_dataset_without_validation_photos_is_left_out_of_them_if_another_has_some(tmp_path: Path) -> None:
    # All photos of one group, so that they come into one split.
    small = dataset(tmp_path / "small", 3, seed=5, group_id="another film")
    large = dataset(tmp_path / "large", 40)
    for parts, others in (([small, large], None), ([f"{small}=25", large], None), ([small], [small, large])):
        cases = validation_cases(Mixture.parse(parts), others)
        assert len(cases)
        assert "small" not in cases.name


def test_datasets_none_of_which_has_validation_photos_are_refused(tmp_path: Path) -> None:
    both = [dataset(tmp_path / name, 3, seed=5, group_id="another film") for name in ("one", "two")]
    with pytest.raises(CaseError, match=r"the split validation of .*one and .*two is empty; .* give --validation"):
        validation_cases(Mixture.parse(both), None)
