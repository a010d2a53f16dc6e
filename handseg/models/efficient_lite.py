"""EfficientNet-Lite: EfficientNet without what small devices and 8-bit numbers suffer from, as a row of stages.

Tan and Le, "EfficientNet" (arXiv:1905.11946); Google's Lite variants leave out squeeze-and-excitation and take ReLU6
for swish (github.com/tensorflow/tpu, models/official/efficientnet/lite).
"""

from __future__ import annotations

from math import ceil

from torch import Tensor, nn
from torch.nn import functional as F

STEM = 32

_KERNELS = (3, 3, 5, 3, 5, 5, 3)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_WIDTHS = (16, 24, 40, 80, 112, 192, 320)
_DEPTHS = (1, 2, 2, 3, 3, 4, 1)
_FIXED = (0, 6)
"""The groups of blocks that the depth coefficient leaves as they are."""

SCALES = (slice(0, 1), slice(1, 2), slice(2, 3), slice(3, 5), slice(5, 7))
"""The groups of blocks by scale: each of them halves the size of the one before, after the stem has done so once."""


def widths(width: float) -> tuple[int, ...]:
    """Channels that each stage gives, for a width coefficient."""
    return tuple(_rounded(_WIDTHS[scale][-1] * width) for scale in SCALES)


def stages(width: float, depth: float) -> list[nn.Sequential]:
    """The backbone at five scales, for EfficientNet's coefficients of width and depth; the stem opens the first."""
    groups, inside = [], STEM
    for number, (kernel, stride, channels) in enumerate(zip(_KERNELS, _STRIDES, _WIDTHS, strict=True)):
        count = _DEPTHS[number] if number in _FIXED else ceil(_DEPTHS[number] * depth)
        outside = _rounded(channels * width)
        times = 1 if number == 0 else 6
        group = [Block(inside, outside, kernel, stride, times)]
        group += [Block(outside, outside, kernel, 1, times) for _ in range(count - 1)]
        groups.append(group)
        inside = outside
    found = [nn.Sequential(*(block for group in groups[scale] for block in group)) for scale in SCALES]
    found[0].insert(0, Convolution(3, STEM, kernel=3, stride=2))
    return found


class Convolution(nn.Sequential):
    """A convolution padded as in TensorFlow, normalised: (B, inside, H, W) to (B, outside, H / stride, W / stride)."""

    def __init__(
        self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        self.append(Same(inside, outside, kernel, stride, groups=groups, bias=False))
        self.append(nn.BatchNorm2d(outside, eps=1e-3))
        if active:
            self.append(nn.ReLU6(inplace=True))


class Same(nn.Conv2d):
    """TensorFlow's padding "SAME" for sides that the stride divides: the odd pixel comes to the right and below."""

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, outside, H / stride, W / stride)."""
        around = self.kernel_size[0] - self.stride[0]
        before, after = around // 2, around - around // 2
        if before == after:
            return F.conv2d(features, self.weight, None, self.stride, before, 1, self.groups)
        padded = F.pad(features, (before, after, before, after))
        return F.conv2d(padded, self.weight, None, self.stride, 0, 1, self.groups)


class Block(nn.Module):
    """Widen, look around in each channel by itself, narrow; what came in is added where the shapes allow it.

    Sandler et al., "MobileNetV2" (arXiv:1801.04381), figure 4.
    """

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, times: int) -> None:
        super().__init__()
        wide = inside * times
        self.adds = inside == outside and stride == 1
        self.layers = nn.Sequential(
            *([Convolution(inside, wide, 1)] if times > 1 else []),
            Convolution(wide, wide, kernel, stride, groups=wide),
            Convolution(wide, outside, 1, active=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Shape (B, inside, H, W) -> (B, outside, H / stride, W / stride)."""
        answer = self.layers(features)
        return features + answer if self.adds else answer


def _rounded(channels: float) -> int:
    """To a multiple of 8, and never down by more than a tenth."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
