"""A network in 8 bits, by ONNX Runtime: a third of the size, and faster where arithmetic is what takes the time.

Convolutions are quantised statically, with ranges seen on photos: dynamically they would be several times slower than
in 32 bits. A plain transformer has no convolution but the first, and is quantised dynamically, which needs no photos.

Left in 32 bits are the first convolution, which sees the photo itself; the last layer, whose answers are compared with
the threshold; all upsampling; and depthwise convolutions, which gain little and lose much, as each of their sums has
few terms.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from handseg.engines import Engine, OnnxEngine
from handseg.photos import Photo
from handseg.segmenter import Segmenter
from handseg.weights import ONNX, Weights

LAYERS = ("Conv", "MatMul", "Gemm")
PERCENTILE = 99.99
"""Of the values that photos bring about; what lies beyond is clipped. With the full range, the logits of
`unet-mobilenetv3` were off by four times as much."""

Tensors = Sequence[NDArray[np.float32]]


def quantise(weights: Weights, photos: Iterable[Photo], path: Path) -> str:
    """Write the network of `model.onnx` in 8 bits; answers how: `static` or `dynamic`.

    Weights have 7 bits: with 8, processors without VNNI overflow, and would give other answers than those that have it.
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as temporary, contextlib.redirect_stdout(io.StringIO()):
        prepared = Path(temporary) / ONNX
        quant_pre_process(weights.folder / ONNX, prepared, skip_symbolic_shape=True)
        graph = onnx.load(prepared, load_external_data=False).graph
        if is_convolutional(graph):
            _quantise_statically(prepared, seen(weights, photos), path, untouched(graph))
            return "static"
        _quantise_dynamically(prepared, path, untouched(graph))
        return "dynamic"


def is_convolutional(graph: onnx.GraphProto) -> bool:
    """Whether there is a convolution beside the one that sees the photo."""
    return any(node.op_type == "Conv" and graph.input[0].name not in node.input for node in graph.node)


def untouched(graph: onnx.GraphProto) -> list[str]:
    """The names of the layers that stay in 32 bits."""
    layers = [node for node in graph.node if node.op_type in LAYERS]
    first = [node for node in layers if graph.input[0].name in node.input]
    depthwise = [node for node in layers if any(each.name == "group" and each.i > 1 for each in node.attribute)]
    return [node.name for node in (*first, *depthwise, layers[-1])]


def seen(weights: Weights, photos: Iterable[Photo]) -> Tensors:
    """What the network is given when the segmenter looks at `photos`, closer looks included."""
    recorder = _Recorder(OnnxEngine(weights))
    segmenter = Segmenter(weights.card, recorder)
    for photo in photos:
        segmenter.predict(photo)
    return recorder.given


class _Recorder:
    """See `handseg.engines.Engine`."""

    def __init__(self, engine: Engine) -> None:
        self.device, self._engine = engine.device, engine
        self.given: list[NDArray[np.float32]] = []

    def logits(self, photos: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `handseg.engines.Engine.logits`."""
        self.given.append(photos)
        return self._engine.logits(photos)


def _quantise_statically(prepared: Path, tensors: Tensors, path: Path, excluded: list[str]) -> None:
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, quantize_static

    class Reader(CalibrationDataReader):
        """One tensor at a time, as they differ in size."""

        def __init__(self) -> None:
            self.set_range(0, len(tensors))

        def __len__(self) -> int:
            return len(tensors)

        def set_range(self, start_index: int, end_index: int) -> None:
            self._rest = iter(tensors[start_index:end_index])

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            following = next(self._rest, None)
            return None if following is None else {"photos": following}

    quantize_static(
        prepared,
        path,
        Reader(),
        quant_format=QuantFormat.QDQ,
        calibrate_method=CalibrationMethod.Percentile,
        **_common(excluded),
        extra_options={
            "CalibPercentile": PERCENTILE,
            "CalibTensorRangeSymmetric": False,
            "CalibStridedMinMax": 1,
            "MatMulConstBOnly": True,
        },
    )


def _quantise_dynamically(prepared: Path, path: Path, excluded: list[str]) -> None:
    from onnxruntime.quantization import quantize_dynamic

    options = _common(excluded)
    options["op_types_to_quantize"] = [each for each in LAYERS if each != "Conv"]
    quantize_dynamic(prepared, path, **options, extra_options={"MatMulConstBOnly": True})


def _common(excluded: list[str]) -> dict[str, Any]:
    from onnxruntime.quantization import QuantType

    return {
        "op_types_to_quantize": list(LAYERS),
        "nodes_to_exclude": excluded,
        "per_channel": True,
        "reduce_range": True,
        "weight_type": QuantType.QInt8,
    }
