"""GCompris, and the Qt resource files that it comes in."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotation.verification.verifying import verify
from handseg.places.folder import FolderPlace
from handseg.records.snapshot import Snapshot
from tests.pictures import drawn_photo, encoded
from tests.training.conftest import write
from tests.training.sources import layouts
from training.importing import import_found
from training.importing_command import told
from training.sources import gcompris
from training.sources.examples import Example, SourceError
from training.sources.known import credit_of, source_called
from training.sources.protocol import Wishes
from training.sources.qt_resources import files_in

README = """\
Copyright: Ann, 2022
License: CC-BY-SA 4.0
Files:
drawing.svg
transparent_square.svg

Copyright: Ann Ännchen
Source: https://commons.wikimedia.org/wiki/File:Sea_Gull.jpg
License: CC-BY-SA 4.0
Comments: cropping, sharpening
Files: gull.webp

Files: newt.webp
Source: https://commons.wikimedia.org/wiki/File:Newt.jpg
License: Public domain
Copyright: Bob

Copyright: Cem
License: CC0-1.0
Files:
hen.jpg
icon.webp
square.webp
broken.webp
"""


def photo(seed: int = 0, kind: str = "WEBP", height: int = 120, width: int = 160) -> bytes:
    return encoded(np.kron(drawn_photo(height // 4, width // 4, seed), np.ones((4, 4, 1), np.uint8)), kind)


def animals() -> dict[str, bytes]:
    """Photos that are taken, and a drawing that is none."""
    files = {"gull.webp": photo(1), "newt.webp": photo(2), "hen.jpg": photo(3, "JPEG"), "drawing.svg": b"<svg/>"}
    return {"README": README.encode(), **files}


def package(root: Path, files: dict[str, bytes], folder: str = "erase") -> str:
    return str(layouts.gcompris(root, {gcompris.FOLDERS[folder]: files}))


def examples_in(place: str, wishes: Wishes | None = None) -> dict[str, Example]:
    return {entry.name: entry.read() for entry in gcompris.find(place, wishes or Wishes()).entries}


def test_photos_are_read_without_hands_and_drawings_are_passed_over(tmp_path: Path) -> None:
    place = package(tmp_path, animals())
    assert not gcompris.find(place, Wishes()).left_out
    examples = examples_in(place)
    assert list(examples) == ["erase/gull.webp", "erase/hen.jpg", "erase/newt.webp"]
    for each in examples.values():
        assert each.hand_free
        assert each.label.shape == each.photo.shape[:2] == (120, 160)


def test_each_photo_has_the_licence_and_credit_that_its_readme_tells(tmp_path: Path) -> None:
    examples = examples_in(package(tmp_path, animals()))
    assert {name: (each.terms.licence, each.terms.credit) for name, each in examples.items()} == {
        "erase/gull.webp": ("CC-BY-SA-4.0", "Ann Ännchen, https://commons.wikimedia.org/wiki/File:Sea_Gull.jpg"),
        "erase/newt.webp": ("LicenseRef-public-domain", "Bob, https://commons.wikimedia.org/wiki/File:Newt.jpg"),
        "erase/hen.jpg": ("CC0-1.0", "Cem"),
    }
    assert {each.source for each in examples.values()} == {"gcompris"}


def test_authors_and_pages_are_told_of_all_photos_that_are_taken(tmp_path: Path) -> None:
    gull, hen, _ = gcompris.credits_of(package(tmp_path, animals()))
    page = "https://commons.wikimedia.org/wiki/File:Sea_Gull.jpg"
    assert gull == ("erase/gull.webp", "Ann Ännchen", "CC-BY-SA-4.0", page)
    assert hen == ("erase/hen.jpg", "Cem", "CC0-1.0", "")


@pytest.mark.parametrize("licence", ["GPLv3", "GFDL-NIV-1.2", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "free-art", "see below"])
def test_a_licence_that_may_forbid_something_is_refused_and_told(licence: str, tmp_path: Path) -> None:
    readme = f"Copyright: Ann\nLicense: {licence}\nFiles: gull.webp\n"
    found = gcompris.find(package(tmp_path, {"README": readme.encode(), "gull.webp": photo()}), Wishes())
    assert (found.count, found.entries) == (0, [])
    assert found.left_out[0].startswith(f"erase/gull.webp: its licence is {licence}; those that are taken are CC0")


def test_a_photo_that_no_readme_lists_is_left_out_and_told(tmp_path: Path) -> None:
    found = gcompris.find(package(tmp_path, {**animals(), "stray.webp": photo(9)}), Wishes())
    assert found.count == 3
    assert found.left_out == ("erase/stray.webp: its README does not tell under which licence it is",)


def test_a_readme_tells_nothing_about_another_folder(tmp_path: Path) -> None:
    folders = {"erase/resource": animals(), gcompris.FOLDERS["fishes"]: {"gull.webp": photo()}}
    found = gcompris.find(str(layouts.gcompris(tmp_path, folders)), Wishes())
    assert [line.partition(":")[0] for line in found.left_out] == ["fishes/gull.webp"]


def test_a_licence_that_asks_for_a_name_needs_one(tmp_path: Path) -> None:
    files = {"README": b"License: CC-BY-2.0\nFiles: gull.webp\n", "gull.webp": photo()}
    (line,) = gcompris.find(package(tmp_path, files), Wishes()).left_out
    assert "does not tell whom to name" in line


def test_icons_transparent_pictures_and_damaged_ones_are_left_out_and_told(tmp_path: Path) -> None:
    half = np.dstack([drawn_photo(160, 120), np.full((160, 120), 90, np.uint8)])
    unfit = {"icon.webp": photo(height=120, width=156), "square.webp": encoded(half, "WEBP"), "broken.webp": b"RIFF"}
    found = gcompris.find(package(tmp_path, {**animals(), **unfit}), Wishes())
    broken, icon, square = found.left_out
    assert broken.startswith("erase/broken.webp: it cannot be read")
    assert "it is 156 x 120, and a photo has at least 160 pixels on its longer side" in icon
    assert "transparent in part" in square


def test_an_opaque_picture_with_an_alpha_channel_is_a_photo(tmp_path: Path) -> None:
    opaque = np.dstack([drawn_photo(160, 120), np.full((160, 120), 255, np.uint8)])
    assert "erase/square.webp" in examples_in(package(tmp_path, {**animals(), "square.webp": encoded(opaque, "WEBP")}))


def test_photos_that_are_known_to_show_hands_are_left_out_and_told(tmp_path: Path) -> None:
    readme = b"Copyright: Ann\nLicense: CC0-1.0\nFiles: pillow.webp\n"
    found = gcompris.find(package(tmp_path, {"README": readme, "pillow.webp": photo()}, "others"), Wishes())
    assert found.left_out == ("others/pillow.webp: a finger is to be seen",)


def test_what_the_person_knows_better_counts_but_lets_nothing_more_in(tmp_path: Path) -> None:
    readme = README.replace("CC0-1.0", "GPLv3")
    place = package(tmp_path, {**animals(), "README": readme.encode()})
    examples = examples_in(place, Wishes(licence="MIT", name="animals"))
    assert {(each.source, each.terms.licence) for each in examples.values()} == {("animals", "MIT")}
    assert len(examples) == 2


def test_licences_come_into_the_dataset_photo_by_photo(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "dataset")
    outcome = import_found(source_called("gcompris")(package(tmp_path / "package", animals()), Wishes()), place)
    snapshot = Snapshot(place)
    assert outcome.added == 3
    assert verify(snapshot).findings.count("error") == 0
    rows = [row for path in snapshot.shards for row in snapshot.rows([path])]
    assert sorted(row.licence for row in rows) == ["CC-BY-SA-4.0", "CC0-1.0", "LicenseRef-public-domain"]
    assert all(row.image.startswith(b"\xff\xd8") and row.verdict == "no_hand" for row in rows)


def test_of_many_authors_the_import_says_where_they_are_named(tmp_path: Path) -> None:
    readme = README.replace("CC0-1.0", "CC-BY-SA-4.0")
    found = gcompris.find(package(tmp_path / "package", {**animals(), "README": readme.encode()}), Wishes())
    lines = told(import_found(found, FolderPlace(tmp_path / "dataset")))
    assert f"gcompris (CC-BY-SA-4.0): {credit_of('gcompris')}" in lines
    assert "docs/photos.md" in credit_of("gcompris")


def test_a_folder_without_the_package_is_told_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"usr/share/gcompris-qt/rcc"):
        gcompris.find(str(tmp_path), Wishes())


def test_a_missing_resource_file_is_named(tmp_path: Path) -> None:
    place = package(tmp_path, animals())
    (tmp_path / gcompris.RESOURCES / "categorization.rcc").unlink()
    with pytest.raises(SourceError, match=r"categorization\.rcc: cannot be read"):
        gcompris.find(place, Wishes())


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_files_of_a_resource_file_have_their_paths_and_contents(version: int, tmp_path: Path) -> None:
    files = {"a/README": b"told " * 50, "a/b/é.webp": b"photo", "c.svg": b"<svg/>"}
    write(tmp_path / "small.rcc", layouts.resources(files, version))
    assert dict(files_in(tmp_path / "small.rcc")) == files


def test_a_resource_file_that_is_cut_anywhere_is_refused_and_named(tmp_path: Path) -> None:
    whole = layouts.resources({"a/README": b"told " * 50, "a/gull.webp": b"photo"})
    for end in range(len(whole)):
        write(tmp_path / "cut.rcc", whole[:end])
        with pytest.raises(SourceError, match=r"cut\.rcc"):
            list(files_in(tmp_path / "cut.rcc"))


def test_a_resource_file_with_any_other_byte_is_read_or_refused(tmp_path: Path) -> None:
    whole = layouts.resources({"a/README": b"told " * 50, "a/gull.webp": b"photo"})
    for place in range(4, len(whole)):
        for other in (0x00, 0x7F, 0xFF):
            write(tmp_path / "other.rcc", whole[:place] + bytes([other]) + whole[place + 1 :])
            with suppress(SourceError):
                list(files_in(tmp_path / "other.rcc"))


def test_a_folder_that_is_in_itself_is_refused(tmp_path: Path) -> None:
    root = struct.pack(">IHII", 0, 2, 1, 0) + bytes(8)
    write(tmp_path / "ring.rcc", b"qres" + struct.pack(">4I", 2, 20, 42, 42) + root + bytes(6))
    with pytest.raises(SourceError, match="in two places"):
        list(files_in(tmp_path / "ring.rcc"))


def test_zstd_is_refused_in_words(tmp_path: Path) -> None:
    whole = layouts.resources({"a.webp": b"photo"})
    file = struct.pack(">HHH", 0, 0, 1)
    write(tmp_path / "new.rcc", whole.replace(file, struct.pack(">HHH", 4, 0, 1)))
    with pytest.raises(SourceError, match=r"a\.webp is compressed with zstd"):
        list(files_in(tmp_path / "new.rcc"))


def test_what_is_no_resource_file_is_refused(tmp_path: Path) -> None:
    Image.fromarray(drawn_photo()).save(tmp_path / "photo.png")
    with pytest.raises(SourceError, match="not a Qt resource file"):
        list(files_in(tmp_path / "photo.png"))
