"""Brings weights into a model repository, however often it is interrupted: it looks, and mends the difference."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from handseg.errors import WeightsError
from handseg.hub.place import HubPlace
from handseg.places import File, PlaceError, check_tag
from handseg.places.patience import patiently
from handseg.readme import README
from handseg.weights import CARD, INT8, ONNX, PROGRAM, SAFETENSORS, Weights
from training.pushing.facts import public
from training.pushing.readme import regenerated

PATIENCE = 300.0
"""Seconds for which a commit is tried again."""

OURS = (ONNX, INT8, SAFETENSORS, PROGRAM)
_OTHERS = (".safetensors", ".onnx", ".bin", ".pt", ".pt2", ".pth", ".h5", ".gguf", ".ckpt", ".msgpack", ".tflite")


@dataclass(frozen=True)
class Pushed:
    """What a push came to."""

    revision: str
    """The commit that has the weights."""
    sent: tuple[str, ...]
    """The files that were not there before; nothing if all were."""


def push(
    weights: Weights,
    place: HubPlace,
    message: str = "",
    tag: str = "",
    patience: float = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> Pushed:
    """Let a repository have these weights, and what people wrote into its README; then verify what arrived.

    All goes into one commit, on what was there when it was looked at. If somebody else commits meanwhile, or an answer
    is lost, it is looked at anew: what is there already is not sent again.

    Raises:
        WeightsError: a file of the weights is not the one that its card describes.
        PlaceError: the Hub refuses, holds another kind of model, or did not answer for `patience` seconds.
    """
    check_files(weights)
    if tag:
        check_tag(tag)
    sent: set[str] = set()
    revision = patiently(lambda: _look_and_mend(weights, place, message, tag, sent), patience, sleep)
    if tag:
        place.tag(tag, revision)
    return Pushed(revision, tuple(sorted(sent)))


def check_files(weights: Weights) -> None:
    """Refuse, with WeightsError, weights of which a file is missing or damaged, or that are no files at all."""
    if not weights.card.sha256:
        raise WeightsError(f"the card in {weights.folder} lists no files, so there is nothing to push; export it anew")
    for file in weights.card.sha256:
        weights.read(file)


def _look_and_mend(weights: Weights, place: HubPlace, message: str, tag: str, sent: set[str]) -> str:
    """Look at the repository once, and do what it takes; returns the commit that has the weights."""
    head = place.resolve()
    there = place.files(head) if head else {}
    _refuse_other_models(there, place.address)
    wanted = _wanted(weights, _readme(place, head) if README in there else "", place.address)
    put = {path: file.content for path, file in wanted.items() if not _is_there(path, file, place, head)}
    delete = [path for path in OURS if path in there and path not in wanted]
    if not (put or delete):
        return head
    if head and tag and tag in place.tags():
        raise PlaceError(f"the tag {tag} is another revision's ({place.tags()[tag]}); choose another name")
    sent |= {*put, *delete}
    made = place.commit(head, message or f"Push {weights.card.id}", put, delete)
    if lost := [path for path, file in wanted.items() if not _is_there(path, file, place, made.id)]:
        raise PlaceError(f"what arrived at {place.address} is not what was sent: {', '.join(lost)}; push it again")
    return made.id


@dataclass(frozen=True)
class _Wanted:
    """A file that the repository shall have."""

    content: Path | bytes
    sha256: str


def _wanted(weights: Weights, readme: str, address: str) -> dict[str, _Wanted]:
    card = public(weights.card)
    texts = {CARD: card.to_json().encode(), README: regenerated(readme, card, address).encode()}
    return {
        **{file: _Wanted(weights.folder / file, sha256) for file, sha256 in card.sha256.items()},
        **{path: _Wanted(text, hashlib.sha256(text).hexdigest()) for path, text in texts.items()},
    }


def _readme(place: HubPlace, revision: str) -> str:
    try:
        return place.read(README, revision).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlaceError(f"the {README} of {place.address} is not in UTF-8 ({error}); mend it there") from error


def _is_there(path: str, wanted: _Wanted, place: HubPlace, revision: str) -> bool:
    found = place.files(revision).get(path) if revision else None
    if found is None:
        return False
    return (found.sha256 or hashlib.sha256(place.read(path, revision)).hexdigest()) == wanted.sha256


def _refuse_other_models(there: Mapping[str, File], address: str) -> None:
    if CARD in there:
        return
    if others := sorted(path for path in there if path.endswith(_OTHERS)):
        raise PlaceError(
            f"{address} holds another kind of model ({', '.join(others[:3])}), which is left alone; choose another name"
        )
