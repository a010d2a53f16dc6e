"""Under bfloat16 on a CPU, depthwise convolutions compute in float32, and only they."""

from __future__ import annotations

import torch
from torch import nn

from training.running.depthwise import keep_depthwise_exact


def network() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 5, groups=8, padding=2), nn.Conv2d(8, 1, 1))


def test_what_leaves_the_layer_is_as_narrow_as_what_came_in() -> None:
    layers = network()
    keep_depthwise_exact(layers)
    with torch.autocast("cpu", torch.bfloat16):
        assert layers[:2](torch.rand(2, 3, 12, 16)).dtype == torch.bfloat16


def test_depthwise_convolutions_are_exact_within_bfloat16() -> None:
    layers = network()
    keep_depthwise_exact(layers)
    features = torch.rand(2, 8, 12, 16)
    with torch.autocast("cpu", torch.bfloat16):
        inside = layers[1](features)
    assert (inside == nn.Conv2d.forward(layers[1], features)).all()


def test_in_float32_nothing_changes() -> None:
    photos, plain, kept = torch.rand(2, 3, 12, 16), network(), network()
    keep_depthwise_exact(kept)
    assert (plain(photos) == kept(photos)).all()
    assert plain.state_dict().keys() == kept.state_dict().keys()


def test_gradients_reach_what_comes_before() -> None:
    layers = network()
    keep_depthwise_exact(layers)
    with torch.autocast("cpu", torch.bfloat16):
        layers(torch.rand(2, 3, 12, 16)).float().sum().backward()
    assert layers[0].weight.grad.abs().sum() > 0
