"""The command line, as the process that people start."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handseg.settings import SHIPPED
from handseg.weights import Weights
from tests.pictures import drawn_photo, encoded

ROOT = Path(__file__).parent.parent


def handseg(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    import os

    return subprocess.run(
        [sys.executable, "-m", "handseg", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(drawn_photo(), "JPEG"))
    return path


def test_a_mask_has_the_upright_photo_s_size_and_two_values(tmp_path: Path) -> None:
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.write_bytes(encoded(drawn_photo(48, 64), "JPEG", exif=exif))
    answer = handseg("mask", turned, "--output", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    mask = Image.open(tmp_path / "out" / "turned.png")
    assert (mask.mode, mask.size) == ("L", (48, 64))
    assert set(np.unique(mask)) <= {0, 255}


@pytest.mark.parametrize("command", ["mask", "remove"])
def test_a_photo_in_which_no_hand_is_found_is_told(tmp_path: Path, command: str) -> None:
    path = tmp_path / "wall.png"
    path.write_bytes(encoded(np.full((48, 64, 3), 90, np.uint8)))
    answer = handseg(command, path, "--output", tmp_path / "out")
    assert answer.returncode == 0
    assert f"{path}: no hand was found" in answer.stderr


@pytest.mark.parametrize("mode", ["cutout", "fill", "blur", "pixelate", "inpaint"])
def test_every_mode_writes_a_png_of_the_photo_s_size(photo: Path, tmp_path: Path, mode: str) -> None:
    answer = handseg("remove", photo, "--output", tmp_path / "out", "--mode", mode, "--threshold", 0.01)
    assert answer.returncode == 0, answer.stderr
    result = Image.open(tmp_path / "out" / "photo.png")
    assert result.size == (64, 48)
    assert result.mode == ("RGBA" if mode == "cutout" else "RGB")


def test_a_folder_keeps_its_structure_and_a_bad_photo_is_reported_and_skipped(tmp_path: Path) -> None:
    album = tmp_path / "album"
    (album / "holiday").mkdir(parents=True)
    (album / "first.png").write_bytes(encoded(drawn_photo()))
    (album / "holiday" / "second.webp").write_bytes(encoded(drawn_photo(), "WEBP"))
    (album / "bad.jpg").write_text("no photo")
    answer = handseg("mask", album, "--output", tmp_path / "out")
    assert answer.returncode == 1
    assert "bad.jpg" in answer.stderr
    assert "1 of 3 photos failed" in answer.stderr
    assert "Traceback" not in answer.stderr
    written = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.png"))
    assert written == ["first.png", "holiday/second.png"]


def test_a_photo_of_too_many_pixels_is_refused_in_one_line(tmp_path: Path) -> None:
    Image.new("1", (10_000, 9_500)).save(tmp_path / "poster.png")  # more than Pillow takes without a warning
    answer = handseg("mask", tmp_path / "poster.png", "--output", tmp_path / "out")
    refused, failed = answer.stderr.splitlines()
    assert "10000 x 9500 is 95.0 megapixels" in refused
    assert failed == "error: 1 of 1 photos failed"


def test_nothing_is_overwritten_unless_asked(photo: Path, tmp_path: Path) -> None:
    result = tmp_path / "photo.png"
    result.write_text("precious")
    refused = handseg("mask", photo, "--output", tmp_path)
    assert refused.returncode == 1
    assert f"{result} exists" in refused.stderr
    assert result.read_text() == "precious"
    assert handseg("mask", photo, "--output", tmp_path, "--overwrite").returncode == 0
    assert Image.open(result).size == (64, 48)


def test_a_photo_is_never_replaced_by_its_own_result(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    content = encoded(drawn_photo())
    photo.write_bytes(content)
    answer = handseg("mask", photo, "--output", tmp_path, "--overwrite")
    assert answer.returncode == 1
    assert "replace the photo itself" in answer.stderr
    assert photo.read_bytes() == content


@pytest.mark.parametrize("overwriting", [[], ["--overwrite"]])
@pytest.mark.parametrize("output", [".", "link"])
def test_a_photo_is_never_replaced_by_the_result_of_another(
    tmp_path: Path, overwriting: list[str], output: str
) -> None:
    album = tmp_path / "album"
    album.mkdir()
    (album / "link").symlink_to(album)
    content = encoded(drawn_photo(seed=1))
    (album / "same.jpg").write_bytes(encoded(drawn_photo(), "JPEG"))
    (album / "same.png").write_bytes(content)
    answer = handseg("mask", album, "--output", album / output, *overwriting)
    assert answer.returncode == 1
    assert f"same.jpg was skipped: its result would replace the photo {album / 'same.png'}; choose" in answer.stderr
    assert "same.png was skipped: its result would replace the photo itself; choose" in answer.stderr
    assert (album / "same.png").read_bytes() == content


def test_a_result_takes_the_place_of_no_other_name_of_its_photo(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.jpg", tmp_path / "out"
    photo.write_bytes(encoded(drawn_photo(), "JPEG"))
    out.mkdir()
    (out / "photo.png").hardlink_to(photo)
    answer = handseg("mask", photo, "--output", out, "--overwrite")
    assert answer.returncode == 1
    assert "replace the photo itself" in answer.stderr


def test_two_photos_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    for suffix, kind in ((".jpg", "JPEG"), (".webp", "WEBP")):
        (tmp_path / f"same{suffix}").write_bytes(encoded(drawn_photo(), kind))
    answer = handseg("mask", tmp_path, "--output", tmp_path / "out", "--overwrite")
    assert answer.returncode == 1
    assert "would replace that of" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "best"], "no model called 'best'; choose from: accurate, fast"),
        (["--threshold", "1.5"], "the threshold is 1.5"),
        (["--mode", "fill", "--color", "reddish"], "reddish"),
        (["--color", "ff8800"], "--color has no effect in the mode cutout; give --mode fill"),
        (["--mode", "blur", "--inpainter", "lama.onnx"], "--inpainter has no effect in the mode blur"),
        (["--output", ""], "it is empty; name a file or a folder"),
        ([""], "it is empty; name a file or a folder"),
        (["--grow", "-3"], "-3"),
        (["--mode", "inpaint", "--inpainter", "no/such.onnx"], "no/such.onnx"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(photo: Path, tmp_path: Path, arguments: list, message: str) -> None:
    answer = handseg("remove", photo, "--output", tmp_path / "out", *arguments)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "out").exists()


def test_tampered_weights_are_refused_and_the_file_named(photo: Path, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "fast", tmp_path / "mine")
    served = tmp_path / "mine" / Weights.open(tmp_path / "mine").card.serves
    with served.open("ab") as file:
        file.write(b"!")
    answer = handseg("mask", photo, "-o", tmp_path / "out", "--model", "fast", HANDSEG_MODELS=str(tmp_path / "mine"))
    assert answer.returncode == 2
    assert str(served) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_path_that_is_not_there_is_reported(tmp_path: Path) -> None:
    answer = handseg("mask", tmp_path / "missing.jpg", "--output", tmp_path / "out")
    assert answer.returncode == 1
    assert "missing.jpg" in answer.stderr


def test_a_link_that_leads_nowhere_is_reported(tmp_path: Path) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    answer = handseg("mask", tmp_path / "album", "--output", tmp_path / "out")
    assert answer.returncode == 1
    assert "gone.jpg" in answer.stderr


def test_a_photo_that_is_named_twice_is_done_once(photo: Path, tmp_path: Path) -> None:
    answer = handseg("mask", photo, tmp_path, "--output", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo.png"]


def test_results_in_the_album_are_not_taken_for_photos_the_next_time(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encoded(drawn_photo(), "JPEG"))
    for _ in range(2):
        answer = handseg("mask", tmp_path, "--output", tmp_path / "out", "--overwrite")
        assert answer.returncode == 0, answer.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo.png"]


def test_a_long_name_in_another_script_is_no_obstacle(tmp_path: Path) -> None:
    photo = tmp_path / ("手" * 83 + ".jpg")
    photo.write_bytes(encoded(drawn_photo(), "JPEG"))
    answer = handseg("mask", photo, "--output", tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    assert [path.stem for path in (tmp_path / "out").iterdir()] == [photo.stem]


def test_a_default_model_that_is_not_installed_is_reported() -> None:
    answer = handseg("models", HANDSEG_MODEL="best")
    assert answer.returncode == 2
    assert "no model called 'best'" in answer.stderr


@pytest.mark.parametrize("output", [".", "album"])
def test_results_may_come_to_where_the_album_is_or_into_it(tmp_path: Path, output: str) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "photo.jpg").write_bytes(encoded(drawn_photo(), "JPEG"))
    answer = handseg("mask", tmp_path / "album", "--output", tmp_path / output)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / output / "photo.png").is_file()


def test_an_empty_folder_is_reported(tmp_path: Path) -> None:
    answer = handseg("mask", tmp_path, "--output", tmp_path / "out")
    assert answer.returncode == 2
    assert "no photos" in answer.stderr


def test_the_models_are_listed_for_people_and_for_programs() -> None:
    rows = json.loads(handseg("models", "--json").stdout)
    assert {row["name"]: row["default"] for row in rows} == {"accurate": True, "fast": False}
    table = handseg("models").stdout
    assert all(row["architecture"] in table and str(row["licence"]) in table for row in rows)


def test_every_command_explains_itself() -> None:
    for command in ([], ["remove"], ["mask"], ["models"]):
        answer = handseg(*command, "--help")
        assert answer.returncode == 0
        assert "Usage" in answer.stdout


def test_the_cut_out_is_transparent_where_the_mask_is_hand(tmp_path: Path) -> None:
    example = next((ROOT / "handseg" / "demo" / "examples").glob("*.jpg"))
    for command in ("mask", "remove"):
        assert handseg(command, example, "--output", tmp_path / command).returncode == 0
    mask = np.asarray(Image.open(tmp_path / "mask" / f"{example.stem}.png")) > 0
    cutout = np.asarray(Image.open(io.BytesIO((tmp_path / "remove" / f"{example.stem}.png").read_bytes())))
    assert mask.any()
    assert not cutout[mask, 3].any()
    assert (cutout[..., 3] == 255).mean() > 0.3
