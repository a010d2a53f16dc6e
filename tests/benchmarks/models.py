"""How fast every architecture is, in torch and in ONNX Runtime: python -m tests.benchmarks.models [NAME ...]

Random weights, one thread, a photo of 256 x 256 pixels at a time, the network alone; the least of several turns, in
which all engines take part. The ratios are against the same network in torch.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from handseg.engines import Engine, OnnxEngine, TorchEngine
from handseg.models import ARCHITECTURES, build_model
from handseg.weights import INT8, Card, Weights
from tests.pictures import drawn_photo
from training.export import export
from training.export.folder import digests
from training.export.int8 import quantise

SIDE = 256
TURNS = 15


def milliseconds(engines: list[Engine]) -> list[float]:
    photo = np.random.default_rng(0).standard_normal((1, 3, SIDE, SIDE), dtype=np.float32)
    return [
        float(each) for each in np.min([[_once(engine, photo) for engine in engines] for _ in range(TURNS)], axis=0)
    ]


def _once(engine: Engine, photo: np.ndarray) -> float:
    start = time.perf_counter()
    engine.logits(photo)
    return 1000 * (time.perf_counter() - start)


def row(name: str, folder: Path) -> str:
    network = build_model(name)
    parameters = sum(each.numel() for each in network.parameters()) / 1e6
    card = Card(name, name, SIDE, (0.5,) * 3, (0.25,) * 3, 0.5, "Apache-2.0", {}, zoom=False)
    weights = export(network, card, folder / name)
    (folder / "twin").mkdir()
    method = quantise(weights, [drawn_photo(seed=seed) for seed in range(3)], folder / "twin" / INT8)
    twin = Weights(folder / "twin", Card(**{**vars(weights.card), "sha256": digests(folder / "twin")}))
    engines = [TorchEngine(weights), OnnxEngine(weights, 1), OnnxEngine(twin, 1, INT8)]
    in_torch, in_onnx, in_int8 = milliseconds(engines)
    ratios = f"{in_onnx:.1f} ({in_torch / in_onnx:.1f}x) | {in_int8:.1f} ({in_torch / in_int8:.1f}x, {method})"
    return f"| `{name}` | {parameters:.2f} | {in_torch:.1f} | {ratios} |"


def main() -> None:
    torch.set_num_threads(1)
    print("| model | M parameters | torch, ms | ONNX, ms | int8, ms |\n|---|---|---|---|---|")
    for name in sys.argv[1:] or ARCHITECTURES:
        with tempfile.TemporaryDirectory() as folder:
            print(row(name, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
