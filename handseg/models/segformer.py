"""SegFormer, Xie et al. (arXiv:2105.15203), on the Apache-2.0 implementation in transformers, from random weights."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from transformers import SegformerConfig, SegformerForSemanticSegmentation


class SegFormer(nn.Module):
    """A hierarchical transformer with overlapping patches and an all-MLP decoder at stride 4."""

    def __init__(self, widths: tuple[int, ...], depths: tuple[int, ...], decoder_width: int) -> None:
        super().__init__()
        self.network = SegformerForSemanticSegmentation(
            SegformerConfig(
                num_labels=1, hidden_sizes=list(widths), depths=list(depths), decoder_hidden_size=decoder_width
            )
        )

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        logits = self.network(pixel_values=photos).logits
        return F.interpolate(logits, size=photos.shape[-2:], mode="bilinear", align_corners=False)
