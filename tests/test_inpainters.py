"""handseg.inpainters: patches of the surroundings, and networks in ONNX files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from handseg.errors import WeightsError
from handseg.inpainters import OnnxInpainter, PatchInpainter, open_inpainter
from handseg.inpainters import patches as inpainting
from handseg.inpainters.levels import Level, patches, pyramid
from handseg.inpainters.matches import find
from handseg.masks import Mask
from handseg.photos import Photo

FLOAT, UINT8 = TensorProto.FLOAT, TensorProto.UINT8


def _weave(height: int, width: int, period: int = 8) -> Photo:
    """A periodic texture, whose hidden part can be known."""
    rows, columns = np.mgrid[:height, :width] * 2 * np.pi / period
    red, green = 128 + 90 * np.sin(rows), 128 + 90 * np.sin(columns)
    return np.stack([red, green, 128 + 60 * np.sin(rows + columns)], axis=2).astype(np.uint8)


def _hole(height: int, width: int) -> Mask:
    hole = np.zeros((height, width), bool)
    hole[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = True
    return hole


def _emptied(photo: Photo, hole: Mask) -> Photo:
    return np.where(hole[..., None], np.uint8([255, 0, 255]), photo)


# --- patches ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(48, 64), (160, 120), (480, 640)])
def test_a_texture_is_continued_through_the_hole(size):
    photo, hole = _weave(*size, period=size[0] // 6), _hole(*size)
    emptied = _emptied(photo, hole)
    filled = PatchInpainter().fill(emptied, hole)
    smooth = cv2.inpaint(emptied, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    error, smooth_error = (np.abs(each[hole].astype(int) - photo[hole]).mean() for each in (filled, smooth))
    assert error < smooth_error / 2


def test_a_plain_wall_stays_plain():
    wall = np.full((48, 64, 3), (90, 120, 150), np.uint8)
    hole = _hole(48, 64)
    assert (PatchInpainter().fill(_emptied(wall, hole), hole) == wall).all()


def test_a_large_photo_keeps_its_grain():
    grain = np.random.default_rng(3).normal(120, 12, (600, 800, 1)).clip(0, 255)
    photo, hole = np.repeat(grain, 3, axis=2).astype(np.uint8), _hole(600, 800)
    filled = PatchInpainter().fill(_emptied(photo, hole), hole)
    assert 0.8 < filled[hole].std() / photo[~hole].std() < 1.2


@pytest.mark.parametrize("size", [(48, 64), (401, 533)])
def test_what_is_known_stays_and_what_was_in_the_hole_plays_no_part(size):
    photo, hole = _weave(*size), _hole(*size)
    filled = PatchInpainter().fill(photo, hole)
    assert (filled[~hole] == photo[~hole]).all()
    assert (filled == PatchInpainter().fill(_emptied(photo, hole), hole)).all()


def test_filling_is_repeatable_and_leaves_its_arguments_alone():
    photo, hole = _weave(96, 128), _hole(96, 128)
    before = photo.copy(), hole.copy()
    assert (PatchInpainter().fill(photo, hole) == PatchInpainter().fill(photo, hole)).all()
    assert (photo == before[0]).all()
    assert (hole == before[1]).all()


@pytest.mark.parametrize("size", [(1, 2), (3, 64), (48, 64), (900, 1200)])
def test_where_no_patch_can_be_copied_the_mean_of_the_rest_fills(size):
    photo, hole = np.full((*size, 3), (10, 20, 30), np.uint8), np.ones(size, bool)
    hole[-1, -1] = False
    assert (PatchInpainter().fill(_emptied(photo, hole), hole) == photo).all()


def test_where_a_hole_leaves_but_a_margin_not_all_is_compared_with_all(monkeypatch):
    hole = np.ones((480, 640), bool)
    hole[:, :24] = False
    asked = []
    monkeypatch.setattr(
        inpainting, "find", lambda level, targets, known: asked.append(targets) or find(level, targets, known)
    )
    filled = PatchInpainter().fill(_weave(480, 640), hole)
    assert not asked, "tens of thousands of places, each compared with each, take minutes"
    assert abs(filled[hole].mean() - filled[~hole].mean()) < 10


def test_a_photo_without_a_hole_comes_back():
    photo = _weave(48, 64)
    assert (PatchInpainter().fill(photo, np.zeros((48, 64), bool)) == photo).all()


def test_patches_are_the_surroundings_of_each_pixel():
    pixels = np.arange(48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    assert (patches(pixels)[20, 30] == pixels[18:23, 28:33].transpose(2, 0, 1).ravel()).all()


def test_the_best_match_of_a_patch_that_is_there_twice_is_its_twin():
    photo = np.random.default_rng(0).integers(0, 256, (36, 48, 3), np.uint8)
    photo[10:15, 10:15] = photo[25:30, 35:40]
    hole = np.zeros((36, 48), bool)
    hole[12, 12] = True
    level = Level(photo, hole, 36, 48)
    places, costs = find(level, np.array([[12], [12]]), np.ones((36, 48), np.float32))
    assert places.tolist() == [[27], [37]]
    assert costs[0] < 1


def test_a_pyramid_goes_from_coarse_to_fine_and_every_level_has_patches_to_copy():
    levels = pyramid(_weave(600, 800), _hole(600, 800))
    areas = [level.hole.size for level in levels]
    assert areas == sorted(areas)
    assert areas[-1] <= 50_000
    assert all(level.usable.any() for level in levels)


# --- networks ---------------------------------------------------------------------------------------------------------


def _save(path: Path, nodes: list, inputs: list, output: tuple, constants: list) -> Path:
    graph = helper.make_graph(
        nodes,
        "inpainter",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*output)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _lama(path: Path, side: int = 512) -> Path:
    """Paints the hole (200, 200, 200), the rest as it is, in LaMa's way."""
    nodes = [
        helper.make_node("Mul", ["mask", "paint"], ["painted"]),
        helper.make_node("Sub", ["one", "mask"], ["known"]),
        helper.make_node("Mul", ["image", "known"], ["kept"]),
        helper.make_node("Mul", ["kept", "bytes"], ["kept_bytes"]),
        helper.make_node("Add", ["painted", "kept_bytes"], ["output"]),
    ]
    constants = [helper.make_tensor(n, FLOAT, [1], [v]) for n, v in (("paint", 200), ("one", 1), ("bytes", 255))]
    inputs = [("image", FLOAT, [1, 3, side, side]), ("mask", FLOAT, [1, 1, side, side])]
    return _save(path, nodes, inputs, ("output", FLOAT, [1, 3, side, side]), constants)


def _migan(path: Path) -> Path:
    """Paints the hole (70, 70, 70), the rest as it is, in the way of MI-GAN's pipeline: 255 is known, any size."""
    nodes = [
        helper.make_node("Equal", ["mask", "hole"], ["is_hole"]),
        helper.make_node("Where", ["is_hole", "paint", "image"], ["result"]),
    ]
    constants = [helper.make_tensor(n, UINT8, [1], [v]) for n, v in (("hole", 0), ("paint", 70))]
    inputs = [("image", UINT8, [1, 3, "height", "width"]), ("mask", UINT8, [1, 1, "height", "width"])]
    return _save(path, nodes, inputs, ("result", UINT8, [1, 3, "height", "width"]), constants)


@pytest.mark.parametrize(("build", "paint"), [(_lama, 200), (_migan, 70)])
@pytest.mark.parametrize("size", [(48, 64), (700, 900)])
def test_a_network_fills_the_hole_and_only_the_hole(tmp_path, build, paint, size):
    inpainter = open_inpainter(build(tmp_path / "inpainter.onnx"))
    photo, hole = _weave(*size), _hole(*size)
    filled = inpainter.fill(photo, hole)
    assert filled.dtype == np.uint8
    assert filled.flags.c_contiguous
    assert (filled[~hole] == photo[~hole]).all()
    assert np.abs(filled[hole].astype(int) - paint).max() <= (20 if build is _lama else 0)
    assert abs(np.median(filled[hole]) - paint) <= 1


def test_a_network_sees_the_colours_and_the_hole_where_they_are(tmp_path):
    """It swaps red and blue; 32 x 32 is not the photo's shape, so that turned axes would show."""
    nodes = [
        helper.make_node("Gather", ["image", "order"], ["swapped"], axis=1),
        helper.make_node("Mul", ["swapped", "bytes"], ["output"]),
    ]
    constants = [
        helper.make_tensor("order", TensorProto.INT64, [3], [2, 1, 0]),
        helper.make_tensor("bytes", FLOAT, [1], [255]),
    ]
    inputs = [("image", FLOAT, [1, 3, 32, 32]), ("mask", FLOAT, [1, 1, 32, 32])]
    path = _save(tmp_path / "swap.onnx", nodes, inputs, ("output", FLOAT, [1, 3, 32, 32]), constants)
    photo = np.full((48, 64, 3), (200, 30, 90), np.uint8)
    photo[:, 32:] = (20, 60, 180)
    filled = OnnxInpainter(path).fill(photo, _hole(48, 64))
    assert np.abs(filled[24, [24, 40]].astype(int) - [(90, 30, 200), (180, 60, 20)]).max() <= 2


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(
        WeightsError, match=r"there is no inpainter at .*absent\.onnx \(No such file or directory\); give the ONNX file"
    ):
        open_inpainter(tmp_path / "absent.onnx")


def test_a_file_that_is_no_onnx_is_named(tmp_path):
    (tmp_path / "photo.onnx").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(WeightsError, match=r"cannot load .*photo\.onnx"):
        open_inpainter(tmp_path / "photo.onnx")


@pytest.mark.parametrize(
    "inputs",
    [
        [("image", FLOAT, [1, 3, 8, 8])],
        [("input", FLOAT, [1, 3, 8, 8]), ("mask", FLOAT, [1, 1, 8, 8])],
        [("image", FLOAT, [1, 4, 8, 8]), ("mask", FLOAT, [1, 1, 8, 8])],
        [("image", FLOAT, [1, 3, 8, 8]), ("mask", UINT8, [1, 1, 8, 8])],
        [("image", FLOAT, [3, 8, 8]), ("mask", FLOAT, [1, 8, 8])],
        [("image", TensorProto.DOUBLE, [1, 3, 8, 8]), ("mask", TensorProto.DOUBLE, [1, 1, 8, 8])],
    ],
)
def test_a_network_that_asks_for_something_else_is_refused(tmp_path, inputs):
    name, dtype, shape = inputs[0]
    path = _save(
        tmp_path / "other.onnx", [helper.make_node("Identity", [name], ["out"])], inputs, ("out", dtype, shape), []
    )
    with pytest.raises(WeightsError, match=r"other\.onnx is not a known inpainter.* take image \(1, 3, H, W\)"):
        open_inpainter(path)


def test_a_network_that_gives_another_size_is_named(tmp_path):
    inputs = [("image", UINT8, [1, 3, "h", "w"]), ("mask", UINT8, [1, 1, "h", "w"])]
    node = helper.make_node("Identity", ["mask"], ["out"])
    inpainter = open_inpainter(_save(tmp_path / "odd.onnx", [node], inputs, ("out", UINT8, [1, 1, "h", "w"]), []))
    with pytest.raises(WeightsError, match=r"odd\.onnx made \(1, 1, 48, 64\) of a photo of \(1, 3, 48, 64\)"):
        inpainter.fill(_weave(48, 64), _hole(48, 64))


def test_without_a_file_the_built_in_inpainter_is_opened():
    assert isinstance(open_inpainter(None), PatchInpainter)
