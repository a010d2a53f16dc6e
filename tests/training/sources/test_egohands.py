from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.pictures import HEIGHT, WIDTH
from tests.training.sources import layouts
from tests.training.sources.layouts import rectangle
from training.sources import egohands
from training.sources.examples import SourceError
from training.sources.labels import HAND
from training.sources.protocol import Wishes

FILMS = {
    "CARDS_COURTYARD_B_T": [
        {"myleft": rectangle(4, 4, 7, 7), "yourright": rectangle(20, 30, 30, 40)},
        {},
        {"myright": rectangle(4, 4, 7, 7)},
    ],
    "JENGA_OFFICE_H_S": [{"yourleft": rectangle(-5, 40, 10, 60)}],
}


def test_outlines_of_all_four_hands_become_one_mask(tmp_path: Path) -> None:
    found = egohands.find(str(layouts.egohands(tmp_path, FILMS)), Wishes())
    first, second, *_ = [entry.read() for entry in found.entries]
    assert found.count == 4
    assert first.name == "CARDS_COURTYARD_B_T/frame_0011.jpg"
    assert first.label[5, 5] == HAND
    assert first.label[35, 25] == HAND
    assert not first.hand_free
    assert second.hand_free


def test_outlines_are_filled_as_matlab_fills_them() -> None:
    """The example in the documentation of poly2mask: corners in the middles of pixels take the right and lower edge."""
    mask = egohands.fill([rectangle(4, 4, 7, 7)], 10, 12)
    assert np.argwhere(mask).min(axis=0).tolist() == [4, 4]
    assert np.argwhere(mask).max(axis=0).tolist() == [6, 6]
    assert mask.sum() == 9


def test_a_hand_that_leaves_the_frame_is_cut_there(tmp_path: Path) -> None:
    *_, last = egohands.find(str(layouts.egohands(tmp_path, FILMS)), Wishes()).entries
    label = last.read().label
    assert label.shape == (HEIGHT, WIDTH)
    assert label[HEIGHT - 1, 0] == HAND


def test_a_film_is_a_group(tmp_path: Path) -> None:
    groups = [entry.read().group for entry in egohands.find(str(layouts.egohands(tmp_path, FILMS)), Wishes()).entries]
    assert groups == ["egohands/CARDS_COURTYARD_B_T"] * 3 + ["egohands/JENGA_OFFICE_H_S"]


def test_the_metadata_say_which_frame_an_outline_is_of(tmp_path: Path) -> None:
    """Without them, the files in their order do; a file that is missing is then told for the whole film."""
    with_metadata = layouts.egohands(tmp_path / "with", FILMS)
    without = layouts.egohands(tmp_path / "without", FILMS, metadata=False)
    labels = [
        [entry.read().mask for entry in egohands.find(str(root), Wishes()).entries] for root in (with_metadata, without)
    ]
    assert labels[0] == labels[1]
    for root in (with_metadata, without):
        (root / "_LABELLED_SAMPLES" / "CARDS_COURTYARD_B_T" / "frame_0981.jpg").unlink()
    missing = list(egohands.find(str(with_metadata), Wishes()).entries)[1]
    with pytest.raises(SourceError, match=r"frame_0981\.jpg: cannot be read"):
        missing.read()
    with pytest.raises(SourceError, match=r"has 2 frames, and polygons\.mat outlines for 3"):
        egohands.find(str(without), Wishes())


def test_the_folder_of_the_archive_is_found_inside_another(tmp_path: Path) -> None:
    layouts.egohands(tmp_path / "egohands_data", FILMS)
    assert egohands.find(str(tmp_path), Wishes()).count == 4


def test_a_folder_of_something_else_is_told_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no folder _LABELLED_SAMPLES, nor has egohands_data in it"):
        egohands.find(str(tmp_path), Wishes())
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere"):
        egohands.find(str(tmp_path / "nowhere"), Wishes())


def test_damaged_outlines_are_told(tmp_path: Path) -> None:
    root = layouts.egohands(tmp_path, FILMS)
    path = root / "_LABELLED_SAMPLES" / "JENGA_OFFICE_H_S" / "polygons.mat"
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(SourceError, match=r"polygons.mat (cannot be read|has no struct)"):
        egohands.find(str(root), Wishes())
