"""A network as a program that needs no Python class: traced once, by `torch.export`, for photos of any size.

TorchScript, which used to do this, is deprecated; its tracing fixed sizes that `torch.export` keeps open.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

MOST = 64
"""Photos at once, and multiples of 32 pixels per side."""


def trace(network: nn.Module, channels: Sequence[int] = (3,)) -> ExportedProgram:
    """The program of `network`, in evaluation mode, for (B, 3, H, W) with B, H / 32 and W / 32 from 1 to `MOST`.

    A network that takes more than a photo has inputs of as many `channels`, one after the other.
    """
    batch, height, width = (Dim(name, min=1, max=MOST) for name in ("batch", "height", "width"))
    sizes = {0: batch, 2: 32 * height, 3: 32 * width}
    with _quietly():
        examples = tuple(torch.zeros(2, each, 256, 320) for each in channels)
        return torch.export.export(network, examples, dynamic_shapes=(sizes,) * len(examples))


def write_onnx(program: ExportedProgram, path: Path, inputs: Sequence[str] = ("photos",)) -> None:
    """Write the program for ONNX Runtime: `photos` in, `logits` out."""
    with _quietly():
        written = torch.onnx.export(
            program, input_names=list(inputs), output_names=["logits"], dynamo=True, verbose=False
        )
    if written is None:
        raise AssertionError("torch.onnx.export with dynamo gives a program")
    # What is told there are stack traces, with the folders of whoever exports.
    for node in written.model.graph:
        node.metadata_props.clear()
    written.save(path)


def write_program(program: ExportedProgram, path: Path) -> None:
    """Write the program for torch, without the example that it was traced with: that would be a pickle."""
    program.example_inputs = None
    with _quietly():
        torch.export.save(program, path)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without torch's remarks on its own insides."""
    insides = logging.getLogger("torch.onnx")
    level = insides.level
    insides.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        insides.setLevel(level)
