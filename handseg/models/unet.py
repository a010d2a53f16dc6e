"""U-Net, Ronneberger et al. (arXiv:1505.04597), figure 1: 64-128-256-512 channels, 1024 at the bottom, 31 M parameters.

Unlike the paper's, its convolutions pad, so that the mask is as large as the photo, and are batch-normalised, so that
it learns from random weights. H and W may be any multiples of 16.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTHS = (64, 128, 256, 512)


class Twice(nn.Sequential):
    """Two rounds of convolution, normalisation, ReLU; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(*_round(inside, outside), *_round(outside, outside))


class UNet(nn.Module):
    """Down four scales, then up again, with a bridge at each."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        """Of `widths` each is twice the one before."""
        super().__init__()
        bottom = 2 * widths[-1]
        self.down = nn.ModuleList(Twice(inside, outside) for inside, outside in zip((3, *widths), widths, strict=False))
        self.pool = nn.MaxPool2d(2)
        self.bottom = Twice(widths[-1], bottom)
        self.rise = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, kernel_size=2, stride=2) for width in widths)
        self.up = nn.ModuleList(Twice(2 * width, width) for width in widths)
        self.head = nn.Conv2d(widths[0], 1, kernel_size=1)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        bridges, features = [], photos
        for down in self.down:
            bridges.append(down(features))
            features = self.pool(bridges[-1])
        features = self.bottom(features)
        for rise, up, bridge in zip(reversed(self.rise), reversed(self.up), reversed(bridges), strict=True):
            features = up(torch.cat([bridge, rise(features)], dim=1))
        return self.head(features)


def _round(inside: int, outside: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inside, outside, kernel_size=3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
