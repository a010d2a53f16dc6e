"""A plain vision transformer whose patch tokens become pixels: patch tokens -> dense -> reshape.

The encoder is that of Dosovitskiy et al. (arXiv:2010.11929), figure 1, without its class token; the dense layer is the
linear decoder of Segmenter, Strudel et al. (arXiv:2105.05633), section 3.2, with one logit for each pixel of a patch.
Positions are learned on a grid of 16 x 16 patches (256 x 256 pixels) and stretched to the grid of the photo at hand, so
H and W may be any multiples of 16. Attention costs the square of the number of patches.

The names of the parameters are those of timm, which publishes such encoders.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PATCH = 16
GRID = 16


class Patches(nn.Module):
    """Cut the photo into patches and embed each; (B, 3, H, W) -> (B, width, H/16, W/16)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=PATCH, stride=PATCH)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, width, H/16, W/16)."""
        return self.proj(photos)


class Attention(nn.Module):
    """Every token asks all tokens; (B, N, width) -> (B, N, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Shape (B, N, width) -> (B, N, width)."""
        asked = self.qkv(tokens).unflatten(2, (3, self.heads, -1))  # (B, N, 3, heads, width/heads)
        query, key, value = asked.permute(2, 0, 3, 1, 4).unbind(0)
        answers = F.scaled_dot_product_attention(query, key, value)  # (B, heads, N, width/heads)
        return self.proj(answers.transpose(1, 2).flatten(2))


class Perceptron(nn.Module):
    """Each token by itself; (B, N, width) -> (B, N, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Shape (B, N, width) -> (B, N, width)."""
        return self.fc2(F.gelu(self.fc1(tokens)))


class Block(nn.Module):
    """One layer of the encoder; (B, N, width) -> (B, N, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Perceptron(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Shape (B, N, width) -> (B, N, width)."""
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class ViT(nn.Module):
    """Patches, positions, the encoder, and a dense layer whose answers are laid out as pixels."""

    def __init__(self, width: int, depth: int, heads: int, grid: int = GRID) -> None:
        super().__init__()
        self.patch_embed = Patches(width)
        self.pos_embed = nn.Parameter(torch.empty(1, grid * grid, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.dense = nn.Linear(width, PATCH * PATCH)
        self.apply(_start)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        patches = self.patch_embed(photos)  # (B, width, H/16, W/16)
        height, width = patches.shape[-2:]
        tokens = patches.flatten(2).transpose(1, 2)  # (B, N, width), row by row
        tokens = tokens + stretch(self.pos_embed, height, width)
        tokens = self.norm(self.blocks(tokens))
        pixels = self.dense(tokens).transpose(1, 2).unflatten(2, (height, width))  # (B, 256, H/16, W/16)
        return F.pixel_shuffle(pixels, PATCH)


def stretch(positions: Tensor, height: int, width: int) -> Tensor:
    """The positions of a square grid on another one; (1, n x n, width) -> (1, height x width, width)."""
    side = int(positions.shape[1] ** 0.5)
    grid = positions.transpose(1, 2).unflatten(2, (side, side))
    grid = F.interpolate(grid, size=(height, width), mode="bilinear", align_corners=False)
    return grid.flatten(2).transpose(1, 2)


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
