"""What U-Nets on a classifier's backbone share: the expanding path with its bridges.

Ronneberger et al., "U-Net" (arXiv:1505.04597).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Merge(nn.Sequential):
    """Mix features that were laid side by side; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(
            nn.Conv2d(inside, outside, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(inplace=True),
        )


class BridgedUNet(nn.Module):
    """Down the stages of a backbone, then up all but the first, with a bridge at each; the last step up is bilinear."""

    def __init__(self, stages: Iterable[nn.Module], down_widths: Sequence[int], up_widths: Sequence[int]) -> None:
        """Each stage gives `down_widths` channels at half the size of the one before; `up_widths`, finest first."""
        super().__init__()
        self.down = nn.ModuleList(stages)
        below = (*up_widths[1:], down_widths[-1])
        self.up = nn.ModuleList(
            Merge(bridge + coarse, fine) for bridge, coarse, fine in zip(down_widths, below, up_widths, strict=False)
        )
        self.head = nn.Conv2d(up_widths[0], 1, kernel_size=1)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        return self.rise(self.descend(self.down, photos), like=photos)

    def descend(self, stages: Iterable[nn.Module], features: Tensor) -> list[Tensor]:
        """What each stage gives, the finest first."""
        bridges = []
        for stage in stages:
            features = stage(features)
            bridges.append(features)
        return bridges

    def rise(self, bridges: Sequence[Tensor], like: Tensor) -> Tensor:
        """Logits of the size of `like`, from what the stages gave."""
        features = bridges[-1]
        for up, bridge in zip(reversed(self.up), reversed(bridges[:-1]), strict=True):
            features = up(torch.cat([bridge, _resized(features, like=bridge)], dim=1))
        return _resized(self.head(features), like=like)


def _resized(features: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)
