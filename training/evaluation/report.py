"""A report of one model for people: the numbers as a page, the curves, and the worst photos as pictures."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from handseg.masks import Mask
from handseg.outputs import write_whole
from handseg.photos import Photo, encode_png
from handseg.sheets import in_rows, outlined
from training.evaluation.calibration import precision_and_recall
from training.evaluation.cases import Case, Cases
from training.evaluation.rulers import OTHERS, POOLED
from training.evaluation.scores import Predictor, Score, score
from training.sources.labels import HAND

MOST_WORST = 24
TILE = 256
REPORT = "report.md"
_TRUE, _SEEN = (60, 200, 90), (240, 60, 60)


@dataclass
class Worst:
    """Collects the photos on which a model did worst, small, while it is measured."""

    most: int = MOST_WORST
    _kept: list[tuple[float, str, Photo]] = field(default_factory=list)

    def look(self, name: str, badness: float, picture: Photo) -> None:
        """Keep the picture if it is among the worst so far."""
        self._kept.append((badness, name, picture))
        self._kept.sort(key=lambda each: (-each[0], each[1]))
        del self._kept[self.most :]

    def sheet(self) -> bytes:
        """All that were kept, worst first, as a PNG: the true hand outlined green, what is seen red."""
        tiles = [picture for _, _, picture in self._kept] or [np.zeros((TILE, TILE, 3), np.uint8)]
        return encode_png(in_rows(tiles, min(6, len(tiles))))

    @property
    def names(self) -> list[str]:
        """What the photos are called, worst first."""
        return [name for _, name, _ in self._kept]


def measured(
    predictor: Predictor,
    cases: Cases,
    worst: Worst,
    threshold: float | None = None,
    others: Collection[float] = (),
) -> list[Score]:
    """The scores of all photos, as `scores` has them, with a look at the worst ones."""
    found = []
    for case in cases:
        prediction = predictor.predict(case.photo)
        found.append(score(case, prediction, threshold, others))
        counts = found[-1].counts
        missed = (counts.miss + counts.false_alarm) / case.label.size
        worst.look(case.name, missed, outcome(case, prediction.mask(threshold)))
    return found


def write_report(folder: Path, title: str, told: dict[str, Any], scores: Sequence[Score], worst: Worst) -> None:
    """Write report.md, curve.png and worst.png; raises OutputError."""
    write_whole(folder / "curve.png", curve(scores))
    write_whole(folder / "worst.png", worst.sheet())
    write_whole(folder / REPORT, page(title, told, worst.names).encode())


def page(title: str, told: dict[str, Any], worst: Sequence[str]) -> str:
    """The report as Markdown."""
    named = {**told["pooled"], **{name: told[name] for name in OTHERS}}
    rows = [f"| {name} | {_number(value)} | {_span(told['intervals'][name])} |" for name, value in named.items()]
    slices = [
        f"| {name} | {part['photos']} | {_number(part['pooled']['iou'])} | {_number(part['mean_iou'])} | "
        f"{_number(part['false_area_without_hands'])} |"
        for name, part in told["slices"].items()
    ]
    return "\n".join(
        [
            f"# {title}",
            "",
            f"{told['photos']} photos in {told['groups']} groups, threshold {told['threshold']}. The first "
            f"{len(POOLED)} rulers count pixels of all photos together; intervals are 95 %, from the bootstrap over "
            "groups.",
            "",
            "| ruler | value | interval |",
            "|---|---|---|",
            *rows,
            "",
            f"Calibration error {_number(told['calibration_error'])}, Brier score {_number(told['brier_score'])}.",
            "",
            "| slice | photos | pooled IoU | mean IoU | false area without hands |",
            "|---|---|---|---|---|",
            *slices,
            "",
            "![precision and recall](curve.png)",
            "",
            "The photos with most wrong pixels, the true hand outlined green, what the model sees red:",
            "",
            "![worst photos](worst.png)",
            "",
            *(f"{number}. {name}" for number, name in enumerate(worst, start=1)),
            "",
        ]
    )


def curve(scores: Sequence[Score]) -> bytes:
    """Precision and recall at every threshold, as a PNG."""
    from matplotlib.figure import Figure

    points = precision_and_recall(scores)
    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(points[:, 1], points[:, 0])
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def outcome(case: Case, mask: Mask) -> Photo:
    """A tile with the photo, the true hand outlined green, and a model's mask red."""
    thickness = max(1, round(max(case.photo.shape) / TILE))  # to be seen when it is small
    return tile(outlined(outlined(case.photo, case.label == HAND, _TRUE, thickness), mask, _SEEN, thickness))


def tile(photo: Photo) -> Photo:
    """The photo in the corner of a square tile, as large as it fits."""
    height, width = photo.shape[:2]
    scale = TILE / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    framed = np.zeros((TILE, TILE, 3), np.uint8)
    framed[: size_wh[1], : size_wh[0]] = cv2.resize(photo, size_wh, interpolation=cv2.INTER_AREA)
    return framed


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _span(bounds: Sequence[float | None]) -> str:
    return " to ".join(map(_number, bounds)) if None not in bounds else ""
