"""What a run's folder says about itself.

RUN/run.json            what was asked for, on what, with which code, where and how
RUN/learned.json        the looks of the photos that it learns from, see `training.running.learned`
RUN/checkpoint-<step>/  resumable states: the last two, and the best
RUN/best/               the averaged weights that scored best on validation, with their scores
RUN/curves.png, RUN/runs/       the curves as a picture, and for TensorBoard
RUN/examples/<step>.png what the network saw at that step
RUN/finished            there once the run has come to its end
RUN/weights/            what `python -m training export` made of the best weights
RUN/trials/             comparisons with the app's model, see `training.trials.folder`
"""

from __future__ import annotations

import json
import logging
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from handseg.errors import HandsegError
from handseg.outputs import write_whole
from training.running.learned import Learned
from training.running.recipes import Recipe

RUN = "run.json"
BEST = "best"
SCORES = "scores.json"
CURVES, EXAMPLES = "curves.png", "examples"
FINISHED = "finished"
WEIGHTS = "weights"
_PACKAGES = ("torch", "torchvision", "transformers", "accelerate", "numpy", "opencv-python-headless")


_log = logging.getLogger(__name__)


class RunError(HandsegError):
    """A run cannot begin, go on, or be used."""


@dataclass(frozen=True)
class Asked:
    """What was asked of a run; the same when it is resumed."""

    model: str
    recipe: dict[str, Any]
    data: list[dict[str, Any]]
    """Each dataset with its revision and the hash of its rows, or another source with what is known of it."""
    validation: str
    seed: int
    initial: dict[str, Any]
    """Where the first weights came from, as the card tells it; nothing for random ones."""

    @classmethod
    def of(
        cls, model: str, recipe: Recipe, data: list[dict[str, Any]], validation: str, seed: int, initial: dict[str, Any]
    ) -> Asked:
        """What was asked, with the recipe as plain values."""
        return cls(model, asdict(recipe), data, validation, seed, initial)


def begin(
    folder: Path,
    asked: Asked,
    resume: bool,
    machine: Mapping[str, Any] | None = None,
    learned: Learned | None = None,
) -> None:
    """Write what is asked, on what `machine`, and what is `learned` from; or see that a resumed run was asked the same.

    Raises RunError for a folder that holds a run already and is not resumed, or that holds another one.
    """
    path = folder / RUN
    if not path.exists():
        (folder / FINISHED).unlink(missing_ok=True)  # of a run whose record was deleted
        if learned:
            learned.keep(folder)  # before the record, so that a run that has begun has it
        told = {**asdict(asked), **surroundings(), "machine_use": dict(machine or {})}
        write_whole(path, json.dumps(told, indent=2).encode())
        return
    if not resume:
        raise RunError(f"{folder} holds a run; give --resume to go on with it, or another --output")
    then = json.loads(path.read_text(encoding="utf-8"))
    if machine is not None and (used := then.get("machine_use", dict(machine))) != dict(machine):
        _log.warning("%s was begun with %s, and goes on with %s; its end may differ a little", folder, used, machine)
    for name, value in json.loads(json.dumps(asdict(asked))).items():
        before = then.get(name)
        if name == "initial" and before and value:
            before, value = _wherever_they_lie(before, value)
        if before != value:
            raise RunError(_differs(folder, name, before, value))


def _wherever_they_lie(then: dict[str, Any], now: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is told of initial weights, without their place, which only runs of earlier versions know them by."""
    unasked = "source" if "sha256" in then else "sha256"
    first, second = ({key: value for key, value in each.items() if key != unasked} for each in (then, now))
    return first, second


def _differs(folder: Path, name: str, then: Any, now: Any) -> str:
    """What to tell a person who goes on with a run, but not with what it was begun with."""
    if name == "initial" and not (then and now):
        then, now = (each["source"] if each else "random weights" for each in (then, now))
    if name != "data":
        return f"{folder} was begun with {_against(name, then, now)}; resume it with the same"
    before, after = (" + ".join(str(each.get("dataset_revision")) for each in data) for data in (then or [], now))
    if before == after:
        return f"{folder} was begun with other weights or rows of {before}; give --dataset as then"
    return (
        f"{folder} was begun with {before}, and now there is {after}; to go on with the photos of then, give --dataset "
        "and --validation with the revision of then behind an @"
    )


def _against(name: str, then: Any, now: Any) -> str:
    """The values of then and now; of those with parts, the parts that differ."""
    if not (isinstance(then, dict) and isinstance(now, dict)):
        return f"{name} {then}, and not {now}"
    keys = [key for key in {**then, **now} if (key in then, then.get(key)) != (key in now, now.get(key))]
    return "; ".join(_against(f"{name} {key}", then.get(key), now.get(key)) for key in keys)


def finish(folder: Path) -> None:
    """Say that the run has come to its end, and when it first did; raises OutputError."""
    if not (folder / FINISHED).exists():
        write_whole(folder / FINISHED, datetime.now(UTC).isoformat(timespec="seconds").encode())


def read(folder: Path) -> dict[str, Any]:
    """What `begin` wrote; raises RunError for a folder that holds no run."""
    try:
        return dict(json.loads((folder / RUN).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} holds no run ({error}); give the --output of a training") from error


def surroundings() -> dict[str, Any]:
    """Where and with what a run is done."""
    import torch

    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "begun_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": _code_version(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "machine": f"{platform.system()} {platform.machine()}, {torch.get_num_threads()} threads",
        "gpus": gpus,
    }


def _code_version() -> str:
    """The commit that is checked out, with a "+" if something was changed since; "" without git."""
    root = Path(__file__).parents[2]
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=40"], cwd=root, capture_output=True, text=True
        )
    except OSError:
        return ""
    return told.stdout.strip()
