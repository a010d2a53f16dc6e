"""What a maintainer looks at while a run goes on: its curves, and what the network sees by now."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any

import cv2
import numpy as np

from handseg.masks import Mask
from handseg.photos import Photo, encode_png
from training.evaluation.cases import Cases
from training.evaluation.scores import Predictor
from training.sources.examples import HAND

TILE = 224
COLUMNS = 4
MOST_EXAMPLES = 12
_TRUE, _SEEN = (60, 200, 90), (240, 60, 60)


def curves(history: Sequence[dict[str, Any]]) -> bytes:
    """The loss and the scores by step, from what `Trainer` logs, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names in ((left, ("loss", "learning_rate")), (right, ("eval_iou", "eval_f1", "eval_mean_iou"))):
        for name in names:
            points = [(entry["step"], entry[name]) for entry in history if name in entry]
            if points and name != "learning_rate":
                axes.plot(*zip(*points, strict=True), label=name.removeprefix("eval_"))
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    right.set_ylim(0, 1)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def examples(predictor: Predictor, cases: Cases) -> bytes:
    """Some photos with the true hand outlined in green and what is seen in red, as a PNG."""
    tiles = []
    for case in islice(iter(cases), MOST_EXAMPLES):
        drawn = outlined(case.photo, case.label == HAND, _TRUE)
        tiles.append(_tile(outlined(drawn, predictor.predict(case.photo).mask(), _SEEN)))
    blank = [np.zeros((TILE, TILE, 3), np.uint8)] * (-len(tiles) % COLUMNS)
    rows = [np.hstack((tiles + blank)[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)]
    return encode_png(np.vstack(rows))


def outlined(photo: Photo, mask: Mask, colour: tuple[int, int, int]) -> Photo:
    """The photo with the edge of the mask drawn on it, thick enough to be seen when it is small."""
    edges, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    thickness = max(1, round(max(photo.shape) / TILE))
    return cv2.drawContours(photo.copy(), edges, -1, colour, thickness)


def _tile(photo: Photo) -> Photo:
    height, width = photo.shape[:2]
    scale = TILE / max(height, width)
    small = cv2.resize(
        photo, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    tile = np.zeros((TILE, TILE, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile
