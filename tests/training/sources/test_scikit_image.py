"""The photos of scikit-image, as the installed package has them."""

from __future__ import annotations

from pathlib import Path

import pytest
import skimage

from training.sources import scikit_image
from training.sources.examples import SourceError
from training.sources.known import credit_of, source_called
from training.sources.protocol import Wishes

PACKAGE = Path(skimage.__file__).parent


def test_its_photos_show_no_hand_and_say_whose_they_are() -> None:
    found = source_called("scikit_image")(str(PACKAGE), Wishes())
    examples = {entry.name: entry.read() for entry in found.entries}
    assert found.count == len(examples) == 4
    assert all(example.hand_free and min(example.photo.shape[:2]) >= 300 for example in examples.values())
    assert {name: (each.terms.licence, each.terms.credit) for name, each in examples.items() if "a" in name} == {
        "astronaut.png": ("LicenseRef-public-domain", "NASA"),
        "chelsea.png": ("CC0-1.0", "Stefan van der Walt"),
    }
    assert all(each.author in credit_of("scikit_image") for each in scikit_image.PHOTOS.values())


def test_another_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="skimage"):
        scikit_image.find(str(tmp_path), Wishes())
