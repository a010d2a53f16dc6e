"""A licensed collection in small: drawn hands in the folders that the real one has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.pictures import drawn_mask, drawn_photo, encoded
from training.sources.licensed import HAND_SETS, NEGATIVE_SETS

PHOTOS_PER_SET = 6


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("licensed")
    for number, chosen in enumerate(HAND_SETS):
        for index in range(PHOTOS_PER_SET):
            photo, skin = drawn_photo(seed=100 * number + index), drawn_mask()
            photo[skin] = (210, 150, 120)
            wrist = skin.copy()
            wrist[24:] = False
            kinds = {"skin": {"masks": skin}, "wrist": {"masks_wrist": wrist}}
            both = {"both": {"masks": skin, "masks_wrist": wrist}}
            write(root / chosen.name / "images" / f"{index}.jpg", encoded(photo, "JPEG"))
            for folder, mask in (kinds | both)[chosen.policy].items():
                write(root / chosen.name / folder / f"{index}.png", encoded(mask.astype(np.uint8) * 255))
    for chosen in NEGATIVE_SETS:
        for index in range(PHOTOS_PER_SET):
            write(root / "negatives" / chosen.name / f"{index}.jpg", encoded(drawn_photo(seed=index), "JPEG"))
    return root


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
