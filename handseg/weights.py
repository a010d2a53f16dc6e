"""Weights and the card that travels with them.

    <folder>/
        card.json            what the weights are, where they come from, how good they are, and the sha256 of each file
        model.onnx           for ONNX Runtime
        model.int8.onnx      the same in 8 bits, where that costs next to nothing
        model.safetensors    for torch
        model.pt2            the network as a program, for torch without handseg

A folder may hold only some of them. Never a pickle. The same folder is a valid model repository on the Hub.

A model of the Hub is called by its address, owner/name or owner/name@revision, whatever its card says: so nothing there
can take the name of another model. Only settings name one; who asks a running app for a model cannot make it download.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any

from handseg.addresses import names_repo, split_revision
from handseg.errors import SettingError, UnknownNameError, WeightsError
from handseg.hub import HubError, fetch_listed
from handseg.promoted import promoted
from handseg.settings import SHIPPED, Settings

LEAST_THRESHOLD, GREATEST_THRESHOLD = 0.01, 0.99
LEAST_SIDE, MOST_SIDES = 32, 3
SHORT = 12
"""Digits of a hash that people are shown."""

CARD = "card.json"
ONNX, INT8, SAFETENSORS, PROGRAM = "model.onnx", "model.int8.onnx", "model.safetensors", "model.pt2"
FETCHED = (ONNX, INT8, SAFETENSORS)
"""What is taken from the Hub: nothing that could run any code, as a program can."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Card:
    """What is known about some weights; the JSON file has the same keys."""

    name: str
    architecture: str
    """A name that `handseg.models.build_model` knows."""
    side: int
    """The network sees about side x side pixels, in the shape of the photo."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    """RGB in [0, 1] becomes (RGB - mean) / std."""
    threshold: float
    """The probability from which a pixel is hand; chosen on validation photos."""
    licence: str
    """Of the weights."""
    sha256: dict[str, str]
    """File name to digest, for every file beside the card."""
    also: tuple[int, ...] = ()
    """Other sides at which the network looks first, too, each time at the mirror image; what it says is averaged.

    Closer looks are at `side` alone.
    """
    zoom: bool = True
    """Whether a second, closer look at small hands pays with these weights; `tests/benchmarks/zoom.py` tells."""
    label_policy: str = "wrist"
    training_data: list[dict[str, Any]] = field(default_factory=list)
    """Each set with its licence, credit and number of photos."""
    dataset_revision: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    """The recipe and the command."""
    scores: dict[str, Any] = field(default_factory=dict)
    """Per set of photos: what was measured, and the command that measured it."""
    limitations: str = ""
    created_at: str = ""
    serves: str = ONNX
    """Which of the files for ONNX Runtime answers on a CPU, if the folder has it."""
    int8: dict[str, Any] = field(default_factory=dict)
    """What 8 bits cost and bring, measured, and whether `model.int8.onnx` was kept; empty if nobody tried."""
    initial: dict[str, Any] = field(default_factory=dict)
    """Whose weights the training began with, and their licence; see `handseg.models.origin.Origin`."""

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        if len(self.sides) > MOST_SIDES:
            raise ValueError(f"it looks at {len(self.sides)} sides; the most is {MOST_SIDES}")
        if min(self.sides) < LEAST_SIDE:
            raise ValueError(f"its side is {min(self.sides)}; the least is {LEAST_SIDE} pixels")
        texts = self.name, self.architecture, self.licence, self.dataset_revision
        if not all(isinstance(each, str) for each in texts):
            raise TypeError("name, architecture, licence and dataset_revision are texts")
        if not all(isinstance(each, dict) for each in (self.sha256, self.scores, self.int8, self.initial)):
            raise TypeError("sha256, scores, int8 and initial are objects")
        if self.serves not in (ONNX, INT8):
            raise ValueError(f"it serves {self.serves!r}; choose {ONNX} or {INT8}")
        if not len(self.mean) == len(self.std) == 3:
            raise ValueError(f"mean and std have three numbers each, not {self.mean} and {self.std}")

    @property
    def sides(self) -> tuple[int, ...]:
        """All sides at which the network looks."""
        return self.side, *self.also

    @property
    def id(self) -> str:
        """What records call the model: its name and the beginning of its sha256, as "accurate@0123456789ab"."""
        digest = self.sha256.get(SAFETENSORS) or next(iter(self.sha256.values()), "")
        return f"{self.name}@{digest[:SHORT]}" if digest else self.name

    @property
    def learned_from(self) -> str:
        """The revisions of datasets it learned from, short, without the folders of whoever trained it; "" if untold."""
        return short_revisions(self.dataset_revision)

    @property
    def fingerprint(self) -> str:
        """The sha256 of all that it says: unlike its `id`, it also changes with the threshold, or what serves."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The card as the text of `card.json`."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Card:
        """The card in `text`; keys of later versions are ignored. Raises ValueError or TypeError if it is no card."""
        found = json.loads(text)
        known = {each.name for each in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in found.items() if key in known})


@dataclass(frozen=True)
class Weights:
    """A weights folder that has a valid card; its files are verified when they are read."""

    folder: Path
    card: Card

    @classmethod
    def open(cls, folder: Path) -> Weights:
        """The weights in `folder`; raises WeightsError if it has no readable card."""
        try:
            return cls(folder=folder, card=Card.from_json((folder / CARD).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise WeightsError(f"cannot read {folder / CARD}: {error}; a weights folder needs its card") from error
        except (ValueError, TypeError, AttributeError, SettingError) as error:
            raise WeightsError(f"{folder / CARD} is not a weights card: {error}") from error

    def has(self, file: str) -> bool:
        """Whether the folder offers `file`."""
        return file in self.card.sha256

    def read(self, file: str) -> bytes:
        """The bytes of `file`, verified; raises WeightsError if it is missing or differs from the card's sha256."""
        path = self.folder / file
        if not self.has(file):
            raise WeightsError(f"the card in {self.folder} lists no {file}; it lists: {', '.join(self.card.sha256)}")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise WeightsError(f"cannot read the weights file {path}: {error}") from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.card.sha256[file]:
            raise WeightsError(
                f"the weights file {path} is not the one its card describes: sha256 {digest[:SHORT]}..., expected "
                f"{self.card.sha256[file][:SHORT]}...; it was damaged or changed, so fetch it again"
            )
        return content


def short_revisions(told: str) -> str:
    """Revisions of datasets as people tell them to others.

    >>> short_revisions("/srv/data/hands@3f9ac04be1d277aa0011 + anna/hands@5f2c9a1e00aa3311 (rows 0011223344)")
    'hands@3f9ac04be1d2 + anna/hands@5f2c9a1e00aa'
    >>> short_revisions("/srv/hands (2)@3f9ac04be1d277aa0011")
    'hands (2)@3f9ac04be1d2'
    >>> short_revisions("sha256:7fdf0b361c2f95bb8728")
    '7fdf0b361c2f'
    """
    return " + ".join(_short(each) for each in told.partition(" (rows ")[0].split(" + "))


def _short(revision: str) -> str:
    address, _, digest = revision.removeprefix("sha256:").rpartition("@")
    name = address if address.count("/") == 1 and not address.startswith("/") else address.rpartition("/")[2]
    return f"{name}@{digest[:SHORT]}" if name else digest[:SHORT]


def check_threshold(threshold: float) -> None:
    """Refuse, with SettingError, a threshold at which a mask says nothing."""
    if not (isinstance(threshold, Real) and LEAST_THRESHOLD <= threshold <= GREATEST_THRESHOLD):
        raise SettingError(
            f"the threshold is {threshold!r}; give a number from {LEAST_THRESHOLD} to {GREATEST_THRESHOLD}"
        )


def installed(settings: Settings) -> dict[str, Weights]:
    """All weights by name: those that ship, those that were promoted, those of HANDSEG_MODELS; a later one counts.

    A model of the Hub that HANDSEG_MODEL or HANDSEG_MODELS names is among them.

    Raises:
        WeightsError: a folder is not there or holds no weights.
        HubError: what is named on the Hub cannot be had.
    """
    found = _by_name([str(SHIPPED)])
    found |= {name: Weights.open(folder) for name, folder in promoted(settings.home).items()}
    found |= set_by_hand(settings)
    if settings.model not in found and names_repo(settings.model):
        found[settings.model] = _on_the_hub(settings.model)
    return found


def choose(settings: Settings, name: str | None = None) -> Weights:
    """The weights called `name`, by default the settings' model; raises UnknownNameError, listing what is installed."""
    weights = installed(settings)
    wanted = name or settings.model
    if wanted not in weights:
        raise UnknownNameError("model", wanted, weights)
    return weights[wanted]


def set_by_hand(settings: Settings) -> dict[str, Weights]:
    """The weights of HANDSEG_MODELS by name, which count more than what was promoted; raises as `installed`."""
    return _by_name(settings.models)


def _by_name(roots: Iterable[str]) -> dict[str, Weights]:
    found: dict[str, Weights] = {}
    for weights in (weights for root in roots for weights in _weights_at(root)):
        name = weights.card.name
        if name in found and found[name].folder != weights.folder:
            _tell_of_hidden(name, found[name].folder, weights.folder)
        found[name] = weights
    return found


@functools.cache
def _tell_of_hidden(name: str, hidden: Path, counts: Path) -> None:
    """Once per process, though models are looked up again and again."""
    _log.warning("%s hides %s, as both are called %s; package one of them with another --name", counts, hidden, name)


def _weights_at(root: str) -> list[Weights]:
    if names_repo(root) and not Path(root).exists():
        return [_on_the_hub(root)]
    return [Weights.open(folder) for folder in _weights_folders(Path(root))]


@functools.cache
def _on_the_hub(address: str) -> Weights:
    """Looked up once per process, so that a model stays the same while it runs."""
    repo, revision = split_revision(address)
    try:
        folder = fetch_listed(repo, CARD, FETCHED, revision or None)
    except HubError as error:
        raise HubError(f"there is no folder {address}, so the Hub was asked: {error}") from error
    found = Weights.open(folder)
    sha256 = {file: digest for file, digest in found.card.sha256.items() if file in FETCHED}
    return Weights(folder, replace(found.card, name=address, sha256=sha256))


def _weights_folders(root: Path) -> Iterable[Path]:
    if (root / CARD).is_file():
        return [root]
    folders = sorted(card.parent for card in root.glob(f"[!.]*/{CARD}"))
    if not folders:
        raise WeightsError(f"{root} holds no weights: there is no {CARD} in it or in a folder in it")
    return folders
