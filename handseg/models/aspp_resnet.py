"""ResNet-50 with atrous spatial pyramid pooling, after DeepLabv3, Chen et al. (arXiv:1706.05587), figure 5.

Output stride 16 with rates 6, 12 and 18, as the paper trains; stride 8 with twice these rates would be finer, and costs
two and a half times as much. H and W may be any multiples of 16.

The branch that sees the whole photo has a bias where the paper has batch normalisation: one pixel per photo has no
variance to divide by, so a batch of one photo could not be learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import Bottleneck, ResNet

RATES = (6, 12, 18)
"""How far apart the pyramid's kernels look, in features of stride 16."""

WIDE = 64 * 8 * Bottleneck.expansion
"""Channels that leave a ResNet of bottlenecks."""


class Branch(nn.Sequential):
    """Convolution, normalisation, ReLU; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int, rate: int = 0) -> None:
        """With a 3 x 3 kernel that is `rate` apart; with 1 x 1 for rate 0."""
        kernel = {"kernel_size": 3, "padding": rate, "dilation": rate} if rate else {"kernel_size": 1}
        super().__init__(
            nn.Conv2d(inside, outside, bias=False, **kernel), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
        )


class WholePhoto(nn.Sequential):
    """The photo's mean features at every pixel; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(nn.AdaptiveAvgPool2d(1), nn.Conv2d(inside, outside, kernel_size=1), nn.ReLU(inplace=True))

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, outside, H, W)."""
        return super().forward(features).expand(-1, -1, *features.shape[-2:])


class ASPP(nn.Module):
    """One pixel, three wider fields of view and the whole photo, mixed; (B, inside, H, W) -> (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int, rates: Sequence[int]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(Branch(inside, outside, rate) for rate in (0, *rates))
        self.branches.append(WholePhoto(inside, outside))
        self.mix = Branch(len(self.branches) * outside, outside)

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, outside, H, W)."""
        return self.mix(torch.cat([branch(features) for branch in self.branches], dim=1))


class ASPPResNet(nn.Module):
    """ResNet features at the output stride, the pyramid, and one convolution to logits."""

    def __init__(self, depths: Sequence[int] = (3, 4, 6, 3), width: int = 256) -> None:
        super().__init__()
        network = ResNet(Bottleneck, list(depths), replace_stride_with_dilation=[False, False, True])
        # It keeps its names, and so fits what is published, without the layers that tell a thousand classes apart.
        del network.avgpool, network.fc
        self.backbone = network
        self.aspp = ASPP(WIDE, width, RATES)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Conv2d(width, 1, kernel_size=1)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        features = self.aspp(self._features(photos))  # (B, 256, H/16, W/16)
        logits = self.head(self.dropout(features))
        return F.interpolate(logits, size=photos.shape[-2:], mode="bilinear", align_corners=False)

    def _features(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 2048, H/16, W/16)."""
        net = self.backbone
        features = net.maxpool(net.relu(net.bn1(net.conv1(photos))))
        return net.layer4(net.layer3(net.layer2(net.layer1(features))))
