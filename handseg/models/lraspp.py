"""LR-ASPP on MobileNetV3-Large: the fast network, 3.2 M parameters.

Howard et al., "Searching for MobileNetV3" (arXiv:1905.02244), section 6.4 and figure 10.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.segmentation import lraspp_mobilenet_v3_large


class LRASPP(nn.Module):
    """Two branches on one backbone: gated context at stride 16, detail at stride 8."""

    def __init__(self) -> None:
        super().__init__()
        network = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=1)
        self.backbone = network.backbone
        self.head = network.classifier

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        logits = self.head(self.backbone(photos))
        return F.interpolate(logits, size=photos.shape[-2:], mode="bilinear", align_corners=False)
