"""HGR-Net's segmentation stage, Dadashzadeh et al. (arXiv:1806.05653): 0.28 M parameters, output stride 4.

Its authors wrote it in Keras, so it starts as Keras starts (Glorot kernels, zero biases), and its batch normalisation
has Keras's constants. They upsample probabilities; here logits are upsampled, as every network answers with logits. H
and W may be any multiples of 4.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RATES = (1, 3, 6, 12, 18)
"""Of the pyramid's branches."""

Norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)


class Unit(nn.Module):
    """A pre-activated bottleneck that always projects its shortcut; (B, inside, H, W) -> (B, outside, H/s, W/s)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        narrow = outside // 4
        self.activate = nn.Sequential(Norm(inside), nn.ReLU(inplace=True))
        self.shortcut = nn.Conv2d(inside, outside, kernel_size=1, stride=stride)
        self.bottleneck = nn.Sequential(
            *(nn.Conv2d(inside, narrow, kernel_size=1, stride=stride), Norm(narrow), nn.ReLU(inplace=True)),
            *(nn.Conv2d(narrow, narrow, kernel_size=3, padding=1), Norm(narrow), nn.ReLU(inplace=True)),
            nn.Conv2d(narrow, outside, kernel_size=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, outside, H/s, W/s)."""
        active = self.activate(features)
        return self.shortcut(active) + self.bottleneck(active)


class Pyramid(nn.Module):
    """The same features through five fields of view, side by side; (B, inside, H, W) -> (B, 5 x each, H, W)."""

    def __init__(self, inside: int, each: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Conv2d(inside, each, kernel_size=1 if rate == 1 else 3, padding=rate if rate > 1 else 0, dilation=rate)
            for rate in RATES
        )

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, 5 x each, H, W)."""
        return torch.cat([F.relu(branch(features)) for branch in self.branches], dim=1)


class HGRNet(nn.Module):
    """A stem, three groups of three residual units, the pyramid, and one convolution to logits."""

    def __init__(self, stem: int = 16, widths: tuple[int, int, int] = (32, 64, 128), each: int = 32) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, stem, kernel_size=7, padding=3)
        self.group1 = _group(stem, widths[0], stride=1)
        self.group2 = _group(widths[0], widths[1], stride=2)
        self.group3 = _group(widths[1], widths[2], stride=2)
        self.activate = nn.Sequential(Norm(widths[2]), nn.ReLU(inplace=True))
        self.pyramid = Pyramid(widths[2], each)
        self.dropout = nn.Dropout(0.15)
        self.head = nn.Conv2d(len(RATES) * each, 1, kernel_size=1)
        self.apply(_start_as_keras_does)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        features = self.group1(self.stem(photos))  # (B, 32, H, W)
        features = self.group2(features)  # (B, 64, H/2, W/2)
        features = self.group3(features)  # (B, 128, H/4, W/4)
        features = self.pyramid(self.activate(features))  # (B, 160, H/4, W/4)
        logits = self.head(self.dropout(features))
        return F.interpolate(logits, size=photos.shape[-2:], mode="bilinear", align_corners=False)


def _group(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(Unit(inside, outside, stride), Unit(outside, outside, 1), Unit(outside, outside, 1))


def _start_as_keras_does(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
