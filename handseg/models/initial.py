"""Initial weights: a network that starts from what somebody else has trained.

A source is a folder, or owner/name on the Hub, where @revision may follow. It holds weights of ours, with their card,
and then the whole network is taken; or a published backbone, a `.safetensors` file, and then the network's head starts
at random. All of the backbone has to be there: half of one is refused.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import nn

from handseg.addresses import names_repo, split_revision
from handseg.errors import WeightsError
from handseg.hub import HubError, fetch_file, fetch_model
from handseg.licences import UNKNOWN
from handseg.models.origin import Origin, licence_in
from handseg.models.published import PUBLISHED, State, Translation
from handseg.weights import CARD, SAFETENSORS, Weights

SHOWN = 3
"""Names of tensors in a message."""

_log = logging.getLogger(__name__)


def start_from(network: nn.Module, architecture: str, source: str, endpoint: str | None = None) -> Origin:
    """Put the weights of `source` into `network`, which `build_model(architecture)` has built; tell whose they are.

    A licence that does not clearly allow use at work is logged as a warning, too.

    Raises:
        HubError: the Hub or the repository cannot be reached.
        WeightsError: there are no weights, or others than the architecture's; the message counts what does not fit, and
            the network is as it was.
    """
    folder, revision = _fetched(source, endpoint)
    whole = (folder / CARD).is_file()
    if whole:
        (found, sha256), card = _ours(folder, architecture), Weights.open(folder).card
        terms, learned = card.licence, (card.training_data, card.dataset_revision)
    else:
        found, sha256 = _backbone(folder, architecture, source)
        terms, learned = _licence(folder, source, revision, endpoint), ()
    fresh = _fill(network, architecture, found.state, source, whole)
    origin = Origin(source, revision, terms, len(found.state), fresh, found.left_out, *learned, sha256=sha256)
    if origin.warning:
        _log.warning(origin.warning)
    return origin


def _fetched(source: str, endpoint: str | None) -> tuple[Path, str]:
    """The folder with the source's files, and their commit on the Hub."""
    if Path(source).is_dir():
        return Path(source), ""
    if not names_repo(source):
        raise WeightsError(f"{source!r} is neither a folder nor owner/name on the Hub; give one of them")
    repo, asked = split_revision(source)
    folder = fetch_model(repo, revision=asked or None, endpoint=endpoint)
    return folder, folder.name


def _licence(folder: Path, source: str, revision: str, endpoint: str | None) -> str:
    try:
        readme = folder / "README.md"
        if revision:
            readme = fetch_file(split_revision(source)[0], readme.name, revision=revision, endpoint=endpoint)
        return licence_in(readme.read_text(encoding="utf-8"))
    except (HubError, OSError, UnicodeDecodeError):
        return UNKNOWN


def _ours(folder: Path, architecture: str) -> tuple[Translation, str]:
    """The whole network, and the sha256 of its file."""
    weights = Weights.open(folder)
    if weights.card.architecture != architecture:
        raise WeightsError(
            f"{folder} holds weights of {weights.card.architecture}, not of {architecture}; choose that model, or other"
            " initial weights"
        )
    state = _parsed(weights.read(SAFETENSORS), folder / SAFETENSORS)
    return Translation(state, left_out=0), weights.card.sha256[SAFETENSORS]


def _backbone(folder: Path, architecture: str, source: str) -> tuple[Translation, str]:
    """A published backbone, and the sha256 of its file."""
    if architecture not in PUBLISHED:
        raise WeightsError(
            f"{source} has no {CARD}, so it holds no weights of ours, and nobody publishes a backbone for "
            f"{architecture}; there are some for: {', '.join(PUBLISHED)}"
        )
    files = sorted(folder.glob("*.safetensors"))
    if len(files) != 1:
        raise WeightsError(
            f"{source} holds {len(files)} .safetensors files, and should hold one. Pickles (.bin, .pth) are not read, "
            f"as they can run any code. What fits {architecture} is, for example, {PUBLISHED[architecture].example}"
        )
    content = files[0].read_bytes()
    return PUBLISHED[architecture].translate(_parsed(content, files[0])), hashlib.sha256(content).hexdigest()


def _parsed(content: bytes, path: Path) -> State:
    try:
        return safetensors.torch.load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a safetensors file: {error}; fetch it again") from error


def _fill(network: nn.Module, architecture: str, state: State, source: str, whole: bool) -> int:
    """Load `state`, all of it or nothing; the number of tensors that it does not have."""
    own = network.state_dict()
    needed = [name for name in own if whole or PUBLISHED[architecture].is_backbone(name)]
    problems = (
        ("are missing", _learned(name for name in needed if name not in state)),
        ("are unknown", [name for name in state if name not in own]),
        ("have another shape", [name for name in state if name in own and state[name].shape != own[name].shape]),
    )
    if any(names for _, names in problems):
        told = "; ".join(_counted(what, names) for what, names in problems if names)
        example = "" if whole else f"; what fits is, for example, {PUBLISHED[architecture].example}"
        raise WeightsError(
            f"{source} does not fit {architecture}: of {len(needed)} tensors, {told}. Nothing was loaded{example}"
        )
    # Some publish halves; ours stay floats.
    network.load_state_dict({**own, **{name: value.to(own[name].dtype) for name, value in state.items()}})
    return len(_learned(name for name in own if name not in state))


def _learned(names: Iterable[str]) -> list[str]:
    """Without the counters that batch normalisation keeps, which some leave away."""
    return [name for name in names if not name.endswith("num_batches_tracked")]


def _counted(what: str, names: list[str]) -> str:
    return f"{len(names)} {what} ({', '.join(sorted(names)[:SHOWN])}{', ...' if len(names) > SHOWN else ''})"
