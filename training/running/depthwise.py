"""Depthwise convolutions in float32: in bfloat16, a CPU's way back through them takes up to five times as long.

All others take half as long in bfloat16 as in float32 (`python -m tests.benchmarks.bfloat16`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def keep_depthwise_exact(network: nn.Module) -> None:
    """From now on, the network's depthwise convolutions compute in float32 on a CPU, whatever is around them."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d) and layer.groups > 1:
            layer.forward = _exact(layer.forward)


def _exact(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def exact(features: Tensor) -> Tensor:
        if features.device.type != "cpu":
            return forward(features)
        with torch.autocast("cpu", enabled=False):
            return forward(features.float()).to(features.dtype)

    return exact
