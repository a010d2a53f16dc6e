"""U-Net on MobileNetV3-Large: fine edges at a small price, 3.2 M parameters.

Ronneberger et al. (arXiv:1505.04597) for the expanding path and its bridges; Howard et al. (arXiv:1905.02244) for the
contracting path.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v3_large

STAGES = (slice(0, 2), slice(2, 4), slice(4, 7), slice(7, 13), slice(13, 16))
"""The backbone's layers by scale: each stage halves the size of the one before."""

ENCODER_WIDTHS = (16, 24, 40, 112, 160)
DECODER_WIDTHS = (24, 40, 64, 96)


class Merge(nn.Sequential):
    """Mix features that were laid side by side; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(
            nn.Conv2d(inside, outside, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class MobileUNet(nn.Module):
    """Down five scales, then up four of them, with a bridge at each; the last step up is bilinear."""

    def __init__(self) -> None:
        super().__init__()
        layers = mobilenet_v3_large(weights=None).features
        self.down = nn.ModuleList(layers[stage] for stage in STAGES)
        below = (*DECODER_WIDTHS[1:], ENCODER_WIDTHS[-1])
        self.up = nn.ModuleList(
            Merge(bridge + coarse, fine)
            for bridge, coarse, fine in zip(ENCODER_WIDTHS, below, DECODER_WIDTHS, strict=False)
        )
        self.head = nn.Conv2d(DECODER_WIDTHS[0], 1, kernel_size=1)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        bridges, features = [], photos
        for down in self.down:
            features = down(features)
            bridges.append(features)
        for up, bridge in zip(reversed(self.up), reversed(bridges[:-1]), strict=True):
            features = up(torch.cat([bridge, _resized(features, like=bridge)], dim=1))
        return _resized(self.head(features), like=photos)


def _resized(features: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)
