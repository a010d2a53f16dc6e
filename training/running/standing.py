"""How runs stand, read from their folders without touching them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handseg.errors import UnknownNameError, WeightsError
from handseg.weights import Weights
from training.running import checkpoints
from training.running.folder import BEST, CURVES, EXAMPLES, FINISHED, RUN, SCORES, WEIGHTS, RunError, read
from training.running.recipes import RECIPES, Recipe

RUNNING, STOPPED, PACKAGED = "running", "stopped", "packaged"
QUIET = 15 * 60.0
"""Seconds without a sign of life after which a run counts as stopped; a living one writes every few minutes."""


@dataclass(frozen=True)
class Standing:
    """What a run's folder tells."""

    folder: Path
    about: dict[str, Any]
    """What `training.running.folder.read` gives."""
    state: str
    """packaged, if its best weights are; or else finished, running or stopped."""
    step: int
    """Of the newest checkpoint."""
    best: dict[str, Any]
    """The scores of the best weights by validation, with their step; empty before the first measurement."""
    packaged_at: int | None = None
    """The step of the weights that were packaged; None if there are none."""

    @property
    def name(self) -> str:
        """The folder's."""
        return self.folder.name

    @property
    def recipe(self) -> Recipe:
        """What was trained by."""
        return Recipe(**self.about["recipe"])

    @property
    def weights(self) -> Path:
        """Where the packaged weights are, if it is packaged."""
        return self.folder / WEIGHTS

    @property
    def curves(self) -> Path | None:
        """The picture of the curves, if there is one yet."""
        return _existing(self.folder / CURVES)

    @property
    def examples(self) -> Path | None:
        """The newest picture of what the network sees."""
        return max((self.folder / EXAMPLES).glob("*.png"), default=None)


def standing(folder: Path) -> Standing:
    """How the run in a folder stands; raises RunError for a folder that holds none."""
    about = read(folder)
    try:
        Recipe(**about["recipe"])
        best = _best(folder)
        packaged_at = _packaged_at(folder)
        is_packaged = packaged_at is not None and packaged_at == best.get("step")
        state = PACKAGED if is_packaged else _state(folder)
        return Standing(folder, about, state, _step(folder), best, packaged_at)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"the run in {folder} cannot be shown ({error}); it may be of another version") from error


def is_behind(folder: Path) -> bool:
    """Whether the run in a folder became better since it was packaged, as far as is known."""
    try:
        best, packaged_at = _best(folder), _packaged_at(folder)
    except (OSError, ValueError):
        return False
    return bool(best) and packaged_at is not None and packaged_at != best.get("step")


def runs_in(folder: Path) -> tuple[list[Standing], list[str]]:
    """How the runs in a folder stand, begun last first, and why some cannot be told."""
    found, troubles = [], []
    for path in folder.glob(f"*/{RUN}"):
        try:
            found.append(standing(path.parent))
        except RunError as error:
            troubles.append(str(error))
    found.sort(key=lambda each: str(each.about.get("begun_at")), reverse=True)
    return found, sorted(troubles)


def run_called(folder: Path, name: str) -> Standing:
    """The run in the folder of all runs that has this name; raises UnknownNameError and RunError."""
    names = [path.parent.name for path in folder.glob(f"*/{RUN}")]
    if name not in names:
        raise UnknownNameError("run", name, names)
    return standing(folder / name)


def recipe_in_words(recipe: Recipe) -> str:
    """The recipe that comes nearest, and in what it differs, as "quick, but side 96".

    >>> recipe_in_words(Recipe(side=96))
    'default, but side 96'
    """
    name, changes = min(((name, _changes(recipe, known)) for name, known in RECIPES.items()), key=lambda it: len(it[1]))
    return f"{name}, but {', '.join(changes)}" if changes else name


def _changes(recipe: Recipe, known: Recipe) -> list[str]:
    values = vars(recipe).items()
    return [f"{name.replace('_', ' ')} {value}" for name, value in values if value != getattr(known, name)]


def _best(folder: Path) -> dict[str, Any]:
    scores = _existing(folder / BEST / SCORES)
    return dict(json.loads(scores.read_text(encoding="utf-8"))) if scores else {}


def _packaged_at(folder: Path) -> int | None:
    try:
        return int(Weights.open(folder / WEIGHTS).card.training["best"]["step"])
    except (WeightsError, KeyError, TypeError, ValueError):  # there are none, or they are of something else
        return None


def _state(folder: Path) -> str:
    if (folder / FINISHED).exists():
        return FINISHED
    return RUNNING if time.time() - max(_signs_of_life(folder)) < QUIET else STOPPED


def _signs_of_life(folder: Path) -> Iterator[float]:
    for path in (folder, folder / RUN, folder / CURVES, *checkpoints.found_in(folder), *folder.glob("runs/*/events.*")):
        # A checkpoint may go at any moment.
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_mtime


def _step(folder: Path) -> int:
    return max(map(checkpoints.step_of, checkpoints.found_in(folder)), default=0)


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None
