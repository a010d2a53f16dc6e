from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.synthetic.pictures import Pictures

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: nature/Free.png
Copyright: 2007, Somebody
License: CC-BY-4.0

Files: nature/Copyleft.png
Copyright: 2007, Somebody else
License: GPL-2+
"""


def write(path: Path, height: int, width: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)


def test_only_creative_commons_backgrounds_are_used_and_they_name_their_package(tmp_path: Path) -> None:
    terms = tmp_path / "usr/share/doc/mate-backgrounds/copyright"
    terms.parent.mkdir(parents=True)
    terms.write_text(COPYRIGHT)
    for name in ("Free", "Copyleft", "Unknown"):
        write(tmp_path / f"usr/share/backgrounds/mate/nature/{name}.png", 48, 64)
    found = Pictures.find(None, tmp_path)
    assert [picture.path.name for picture in found.all] == ["Free.png"]
    assert found.all[0].credit == "Debian package mate-backgrounds (CC-BY-4.0)"


def test_photos_of_the_collection_come_with_credit_and_without_people(tmp_path: Path) -> None:
    write(tmp_path / "negatives/grocery_produce/a.jpg", 48, 64)
    write(tmp_path / "negatives/hagrid_crops/b.jpg", 48, 64)
    found = Pictures.find(tmp_path, None)
    assert [picture.path.name for picture in found.all] == ["a.jpg"]
    assert "MIT" in found.all[0].credit


def test_a_piece_is_a_square_of_light_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    write(tmp_path / "negatives/grocery_produce/a.jpg", 48, 64)
    found = Pictures.find(tmp_path, None)
    (first, credit), (second, _) = (found.piece(np.random.default_rng(2), 32) for _ in range(2))
    assert first.shape == (32, 32, 3)
    assert first.min() >= 0
    assert first.max() <= 1
    assert (first == second).all()
    assert credit.startswith("grocery_produce")


def test_without_folders_there_are_no_pictures() -> None:
    assert Pictures.find(None, None).all == ()
