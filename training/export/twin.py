"""The gate that the twin in 8 bits has to pass: it may cost next to nothing in quality."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from handseg.engines import Engine, OnnxEngine
from handseg.metrics import Counts
from handseg.photos import Photo
from handseg.segmenter import Segmenter
from handseg.weights import INT8, ONNX, Weights
from training.evaluation.cases import Cases, with_hands
from training.evaluation.scores import scores
from training.export.agreement import ExportError
from training.export.cards import rewrite_card
from training.export.folder import digests
from training.export.int8 import quantise

MOST_LOST = 0.3
"""Points of pooled IoU that the twin may lose against 32 bits."""

FASTER = 1.1
"""The twin serves if it is so many times as fast; if it only saves room, it waits beside."""

REPETITIONS = 12


def add_int8(weights: Weights, photos: Sequence[Photo], validation: Cases) -> Weights:
    """Try 8 bits, calibrated on `photos`; keep them if `validation` says so. The card tells what came of it.

    A twin that was there is replaced, or deleted if the new one does not pass. Raises ExportError without photos, and
    CaseError if none to judge by shows a hand.
    """
    if not len(photos) or not len(validation):
        raise ExportError("8 bits need photos to calibrate on, and others with masks to judge them by; give both")
    with_hands(validation)
    weights = _without_int8(weights)
    with tempfile.TemporaryDirectory(dir=weights.folder) as temporary:
        method = quantise(weights, photos, Path(temporary) / INT8)
        sha256 = digests(Path(temporary))[INT8]
        twin = Weights(Path(temporary), replace(weights.card, sha256={INT8: sha256}))
        found = {"method": method, "calibration_photos": len(photos), **judge(weights, twin, validation)}
        if not found["kept"]:
            return rewrite_card(weights, int8=found)
        os.replace(twin.folder / INT8, weights.folder / INT8)
    serves = INT8 if found["speedup"] >= FASTER else ONNX
    return rewrite_card(weights, int8=found, serves=serves, sha256={**weights.card.sha256, INT8: sha256})


def judge(weights: Weights, twin: Weights, validation: Cases) -> dict[str, Any]:
    """What the twin loses, and how much faster it is on the threads that serve, one for each core."""
    whole, short = OnnxEngine(weights), OnnxEngine(twin, file=INT8)
    before, after = (pooled_iou(Segmenter(weights.card, engine), validation) for engine in (whole, short))
    lost = round(100 * (before - after), 2)
    return {
        "kept": lost <= MOST_LOST,
        "points_lost": lost,
        "most_points_to_lose": MOST_LOST,
        "iou": {ONNX: round(before, 4), INT8: round(after, 4)},
        "photos": len(validation),
        "threshold": weights.card.threshold,
        "speedup": round(speedup(whole, short, weights.card.side), 2),
        "size": round((twin.folder / INT8).stat().st_size / (weights.folder / ONNX).stat().st_size, 2),
    }


def pooled_iou(segmenter: Segmenter, validation: Cases) -> float:
    """The IoU of the hand over all pixels of all photos."""
    return sum((score.counts for score in scores(segmenter, validation)), Counts()).iou


def speedup(first: Engine, second: Engine, side: int) -> float:
    """How many times as fast as the first engine the second one is; by the median of several turns of each, in turn."""
    photo = np.zeros((1, 3, side // 32 * 32, side // 32 * 32), np.float32)
    seconds = [[_seconds(engine, photo) for engine in (first, second)] for _ in range(REPETITIONS)]
    slow, fast = np.median(seconds, axis=0)
    return float(slow / fast)


def _seconds(engine: Engine, photo: np.ndarray) -> float:
    start = time.perf_counter()
    engine.logits(photo)
    return time.perf_counter() - start


def _without_int8(weights: Weights) -> Weights:
    """The card first, so that a file that it promises is always there."""
    sha256 = {file: digest for file, digest in weights.card.sha256.items() if file != INT8}
    weights = rewrite_card(weights, sha256=sha256, serves=ONNX, int8={})
    (weights.folder / INT8).unlink(missing_ok=True)
    return weights
