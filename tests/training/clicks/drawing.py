"""Photos to click through, and assistants whose answers are known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from handseg.assistants.prompts import Prompt
from handseg.masks import Mask
from handseg.photos import Photo
from tests.pictures import encoded
from training.evaluation.cases import Case
from training.sources.labels import HAND, IGNORE

HEIGHT, WIDTH = 48, 64


class TwoHands:
    """Photos with a large and a small red hand, and a strip of which nothing is known; the last one has no hand."""

    name = "two hands"

    def __init__(self, count: int = 2) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count + 1

    def __iter__(self) -> Iterator[Case]:
        for number in range(self.count + 1):
            photo = np.random.default_rng(number).integers(0, 60, (HEIGHT, WIDTH, 3), np.uint8)
            label = np.zeros((HEIGHT, WIDTH), np.uint8)
            if number < self.count:
                label[8:32, 6:26] = HAND
                label[20:32, 40:52] = HAND
            photo[label == HAND] += np.array([180, 60, 30], np.uint8)
            label[44:] = IGNORE
            yield Case(f"{number}", "drawn", f"{number}", photo, label)


@dataclass
class Seen:
    height: int
    width: int
    photo: Photo
    nbytes: int = 0


class Answers:
    """An assistant that answers what `rule` makes of photo, prompt and mask."""

    device = "cpu"

    def __init__(self, name: str, rule: Callable[[Photo, Prompt, Mask], Mask]) -> None:
        self.name, self._rule = name, rule

    def encode(self, photo: Photo) -> Seen:
        return Seen(*photo.shape[:2], photo)

    def propose(self, embedding: Seen, prompt: Prompt, mask: Mask) -> list[Mask]:
        return [self._rule(embedding.photo, prompt, mask)]


KNOWING = Answers("knowing", lambda photo, _prompt, _mask: photo[..., 0] > 100)
"""Sees both hands exactly, whatever is clicked."""

STUBBORN = Answers("stubborn", lambda _photo, _prompt, mask: mask)
"""Never changes anything."""


def write_folders(cases: TwoHands, folder: Path) -> tuple[Path, Path]:
    """The photos and masks in files."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for case in cases:
        (folder / "images" / f"{case.name}.png").write_bytes(encoded(case.photo))
        (folder / "masks" / f"{case.name}.png").write_bytes(encoded(case.label))
    return folder / "images", folder / "masks"
