"""A weights folder, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import safetensors.torch
from torch import nn

from handseg.errors import OutputError
from handseg.weights import CARD, ONNX, PROGRAM, SAFETENSORS, Card, Weights
from training.export.agreement import ExportError, check_agreement
from training.export.programs import trace, write_onnx, write_program


def export(network: nn.Module, card: Card, folder: Path, program: bool = False) -> Weights:
    """Write the weights folder of `network`; `card` needs no sha256 yet. Replaces `folder` as a whole.

    With `program` there is a `model.pt2`, too.

    Raises ExportError if the engines disagree about the written files, or if `folder` holds something else.
    """
    network.eval()
    return write_whole_folder(card, folder, lambda partial: _write_files(network, partial, program), check_agreement)


def write_whole_folder(
    card: Card, folder: Path, fill: Callable[[Path], object], check: Callable[[Weights], object]
) -> Weights:
    """Write a weights folder: `fill` puts files into it, their digests come onto the card, and `check` may refuse it.

    Replaces `folder` as a whole; raises ExportError if it holds something else, OutputError if it cannot be written.
    """
    if folder.exists() and not (folder / CARD).is_file():
        raise ExportError(f"{folder} exists and holds no weights; name a new folder, or one with a {CARD}")
    try:
        _replace(card, folder, fill, check)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}; make room and start again") from error
    return Weights.open(folder)


def _replace(card: Card, folder: Path, fill: Callable[[Path], object], check: Callable[[Weights], object]) -> None:
    folder = folder.resolve()  # a link stays, and leads to what comes
    folder.parent.mkdir(parents=True, exist_ok=True)
    _settle(folder)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        partial = Path(temporary) / folder.name
        partial.mkdir()
        fill(partial)
        written = Weights(partial, replace(card, sha256=digests(partial)))
        (partial / CARD).write_text(written.card.to_json(), encoding="utf-8")
        check(written)
        try:
            if folder.exists():
                os.replace(folder, _old(folder))
            os.replace(partial, folder)
        finally:
            _settle(folder)


def _old(folder: Path) -> Path:
    """Where the weights that were in `folder` wait until others are there."""
    return folder.parent / f".{folder.name}.replaced"


def _settle(folder: Path) -> None:
    """Delete the old weights if others are there, and bring them back if not, even those that a killed process left."""
    if folder.exists():
        shutil.rmtree(_old(folder), ignore_errors=True)
    elif _old(folder).exists():
        os.replace(_old(folder), folder)


def digests(folder: Path) -> dict[str, str]:
    """The sha256 of each file, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def _write_files(network: nn.Module, folder: Path, program: bool) -> None:
    state = {name: value.detach().contiguous().clone() for name, value in network.state_dict().items()}
    # Its own way to write a file lets only its owner read it.
    (folder / SAFETENSORS).write_bytes(safetensors.torch.save(state))
    traced = trace(network)
    write_onnx(traced, folder / ONNX)
    if program:
        write_program(traced, folder / PROGRAM)
