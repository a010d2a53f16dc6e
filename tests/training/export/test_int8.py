from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from handseg.engines import OnnxEngine, start_engine, start_session
from handseg.segmenter import Segmenter
from handseg.weights import CARD, INT8, ONNX, Weights
from tests.pictures import drawn_photo, encoded
from tests.training.export.conftest import Exported
from training.evaluation.cases import Case, CaseError
from training.export import ExportError, add_int8
from training.export.command import outcome, try_int8
from training.export.int8 import quantise, seen

PHOTOS = [drawn_photo(seed=seed) for seed in range(4)]


class HandFree:
    """Photos on which a network that sees nothing loses nothing."""

    name = "hand-free"

    def __len__(self) -> int:
        return len(PHOTOS)

    def __iter__(self) -> Iterator[Case]:
        for number, photo in enumerate(PHOTOS):
            yield Case(str(number), "hand-free", str(number), photo, np.zeros(photo.shape[:2], np.uint8))


class Seen:
    """See `training.evaluation.cases.Cases`: the truth is what a model in 32 bits sees."""

    name = "seen"

    def __init__(self, weights: Weights) -> None:
        self.segmenter = Segmenter(weights.card, OnnxEngine(weights, 1))

    def __len__(self) -> int:
        return len(PHOTOS)

    def __iter__(self) -> Iterator[Case]:
        for number, photo in enumerate(PHOTOS):
            label = self.segmenter.predict(photo).mask().astype(np.uint8) * 255
            yield Case(str(number), "seen", str(number), photo, label)


@pytest.fixture
def copied(exported: Exported, tmp_path: Path) -> Exported:
    """Weights that a test may change."""
    return lambda family: Weights.open(shutil.copytree(exported(family).folder, tmp_path / family, dirs_exist_ok=True))


def layers(path: Path) -> tuple[Counter[str], onnx.GraphProto]:
    graph = onnx.load(path).graph
    return Counter(node.op_type for node in graph.node), graph


def test_a_convolutional_network_is_quantised_statically_but_for_its_ends_and_its_depthwise_layers(
    exported: Exported, tmp_path: Path
) -> None:
    weights = exported("mobile-unet")
    assert quantise(weights, PHOTOS, tmp_path / INT8) == "static"
    counts, graph = layers(tmp_path / INT8)
    assert counts["QuantizeLinear"] > 0
    assert not counts["DynamicQuantizeLinear"] + counts["ConvInteger"]
    from_int8 = {node.output[0] for node in graph.node if node.op_type == "DequantizeLinear"}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    quantised = [node for node in convolutions if node.input[1] in from_int8]
    assert len(quantised) > len(convolutions) / 2
    assert convolutions[0] not in quantised
    assert convolutions[-1] not in quantised
    assert not [node for node in quantised if any(each.name == "group" and each.i > 1 for each in node.attribute)]
    assert not [node for node in graph.node if node.op_type == "Resize" and node.input[0] in from_int8]


def test_weights_are_quantised_by_channel_in_seven_bits(exported: Exported, tmp_path: Path) -> None:
    """The same answers on processors that overflow with eight."""
    quantise(exported("unet"), PHOTOS, tmp_path / INT8)
    _, graph = layers(tmp_path / INT8)
    kernels = [
        onnx.numpy_helper.to_array(each)
        for each in graph.initializer
        if each.data_type == onnx.TensorProto.INT8 and len(each.dims) == 4
    ]
    assert kernels
    assert all(np.abs(kernel.astype(int)).max() <= 64 for kernel in kernels)
    scales = [each for each in graph.initializer if each.name.endswith("_scale") and each.dims and each.dims[0] > 1]
    assert len(scales) >= len(kernels)


def test_a_plain_transformer_is_quantised_dynamically_and_needs_no_photos(exported: Exported, tmp_path: Path) -> None:
    weights = exported("vit")
    assert quantise(weights, [], tmp_path / INT8) == "dynamic"
    counts, _ = layers(tmp_path / INT8)
    assert counts["MatMulInteger"] > 0
    assert not counts["ConvInteger"]
    assert counts["Conv"] == 1


@pytest.mark.parametrize("family", ["unet", "vit", "segformer", "hgrnet", "aspp-resnet"])
def test_8_bits_answer_nearly_as_32_do_on_photos_of_any_size(family: str, exported: Exported, tmp_path: Path) -> None:
    weights = exported(family)
    quantise(weights, PHOTOS, tmp_path / INT8)
    short = start_session((tmp_path / INT8).read_bytes(), tmp_path / INT8)
    (photos,) = seen(weights, [drawn_photo(96, 48)])
    assert photos.shape == (1, 3, 96, 32)
    exact, rough = (
        1 / (1 + np.exp(-each)) for each in (OnnxEngine(weights).logits(photos), short.run(None, {"photos": photos})[0])
    )
    assert np.abs(exact - rough).mean() < 0.05


def test_a_twin_that_loses_nothing_is_kept_and_serves_if_it_is_faster(
    copied: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    for speedup, serves in ((2.0, INT8), (0.9, ONNX)):
        monkeypatch.setattr("training.export.twin.speedup", lambda *_, speedup=speedup: speedup)
        weights = copied("sure")
        weights = add_int8(weights, PHOTOS, Seen(weights))
        assert weights.card.int8["kept"]
        assert weights.card.int8["points_lost"] <= 0.3
        assert weights.card.serves == serves
        again = Weights.open(weights.folder)
        assert again.card == weights.card
        assert again.has(INT8)
        answer = start_engine(again, "cpu").logits(np.zeros((1, 3, 32, 64), np.float32))
        expected = OnnxEngine(again, file=serves).logits(np.zeros((1, 3, 32, 64), np.float32))
        np.testing.assert_array_equal(answer, expected)
        assert f"{serves} {'serves' if serves == INT8 else 'goes on serving'}" in outcome(again)


def test_a_twin_that_loses_too_much_is_deleted_and_the_card_says_so(copied: Exported) -> None:
    weights = copied("unsure")
    (weights.folder / INT8).write_bytes(b"an older twin")
    weights = add_int8(weights, PHOTOS, Seen(weights))
    found = weights.card.int8
    assert not found["kept"]
    assert found["points_lost"] > found["most_points_to_lose"] == 0.3
    assert found["iou"][ONNX] == 1 > found["iou"][INT8]
    assert {path.name for path in weights.folder.iterdir()} == {CARD, ONNX, "model.pt2", "model.safetensors"}
    assert not Weights.open(weights.folder).has(INT8)
    assert weights.card.serves == ONNX
    assert "was not kept" in outcome(weights)


def test_the_command_takes_folders_and_says_what_came_of_it(copied: Exported, tmp_path: Path) -> None:
    weights = copied("sure")
    for number, photo in enumerate(PHOTOS):
        hand = Segmenter(weights.card, OnnxEngine(weights)).predict(photo).mask()
        for folder, content in (("images", photo), ("masks", hand.astype(np.uint8) * 255)):
            (tmp_path / "val" / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "val" / folder / f"{number}.png").write_bytes(encoded(content))
    said = try_int8(weights, tmp_path / "val" / "images", [tmp_path / "val"])
    assert re.match(r"8 bits (lose|gain) \d", said)
    card = Weights.open(weights.folder).card
    assert card.int8["calibration_photos"] == card.int8["photos"] == 4
    assert str(tmp_path) not in card.to_json()


def test_8_bits_need_photos_and_others_to_be_judged_by(copied: Exported, tmp_path: Path) -> None:
    weights = copied("sure")
    with pytest.raises(ExportError, match="photos to calibrate on, and others with masks"):
        add_int8(weights, [], Seen(weights))
    with pytest.raises(ExportError, match="give both"):
        try_int8(weights, tmp_path, [])
    with pytest.raises(CaseError, match="no photos with masks"):
        try_int8(weights, tmp_path, [tmp_path])


def test_8_bits_are_not_judged_by_photos_without_hands(copied: Exported) -> None:
    weights = copied("sure")
    with pytest.raises(CaseError, match="no photo of hand-free shows a hand; choose photos of which some do"):
        add_int8(weights, PHOTOS, HandFree())
    assert Weights.open(weights.folder).card == weights.card
