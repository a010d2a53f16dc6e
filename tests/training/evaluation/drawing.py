"""Cases whose scores can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from handseg.masks import to_png
from handseg.photos import Photo, encode_png
from handseg.segmenter import Prediction
from training.evaluation.cases import Case
from training.evaluation.scores import THRESHOLDS, Score, score

HEIGHT, WIDTH = 48, 64


class Drawn:
    """Photos with squares; see `training.evaluation.cases.Cases`."""

    name = "drawn"

    def __init__(self, count: int, empty: int = 0, per_group: int = 1) -> None:
        self.count, self.empty, self.per_group = count, empty, per_group

    def __len__(self) -> int:
        return self.count + self.empty

    def __iter__(self) -> Iterator[Case]:
        for number in range(len(self)):
            label = np.zeros((HEIGHT, WIDTH), np.uint8)
            if number < self.count:
                label[10:30, 20:40] = 255
            photo = np.repeat(label[..., None], 3, axis=2) // 2 + number % 7
            yield Case(f"{number}", "drawn", f"group {number // self.per_group:03}", photo, label)


class Sees:
    """A model that is right but for a share of the photos, whose hands it misses; it never sees what is not there."""

    def __init__(self, missed: Sequence[int] = (), everywhere: Sequence[int] = ()) -> None:
        self.missed, self.everywhere = set(missed), set(everywhere)

    def scores(self, cases: Drawn) -> list[Score]:
        return [score(case, self.predict_case(case), others=THRESHOLDS) for case in cases]

    def predict_case(self, case: Case) -> Prediction:
        seen = (case.label == 255) & (int(case.name) not in self.missed) | (int(case.name) in self.everywhere)
        return Prediction(np.where(seen, np.float32(0.9), np.float32(0.1)), 0.5, "drawn")


class Bright:
    """Calls bright pixels hand."""

    def predict(self, photo: Photo) -> Prediction:
        return Prediction((photo[..., 0] > 100).astype(np.float32), 0.5, "bright")


def write_cases(folder: Path, cases: Drawn) -> None:
    """As folders images/ and masks/."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for case in cases:
        (folder / "images" / f"{case.name}.png").write_bytes(encode_png(case.photo))
        (folder / "masks" / f"{case.name}.png").write_bytes(to_png(case.label == 255))
