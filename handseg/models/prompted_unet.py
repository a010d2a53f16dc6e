"""A U-Net that is told where: clicks, a box and the mask so far come in beside the photo.

After Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive Segmentation" (arXiv:2102.06583):
prompts are pictures that are added to what the first convolution sees, and the mask so far is one of them.
"""

from __future__ import annotations

from torch import Tensor, nn

from handseg.models.efficient_lite import STEM
from handseg.models.efficient_unet import EfficientUNet


class PromptedUNet(EfficientUNet):
    """U-Net on EfficientNet-Lite2, which begins as one that takes no notice of prompts."""

    def __init__(self, pictures: int) -> None:
        """For prompts that are drawn as so many pictures."""
        super().__init__(width=1.1, depth=1.2)
        self.notice = nn.Sequential(
            nn.Conv2d(pictures, STEM, kernel_size=3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(STEM, STEM, kernel_size=1),
        )
        # So that weights of a network without prompts are a good start.
        nn.init.zeros_(self.notice[2].weight)
        nn.init.zeros_(self.notice[2].bias)

    def forward(self, photos: Tensor, prompts: Tensor) -> Tensor:
        """Shapes (B, 3, H, W) and (B, pictures, H, W) -> (B, 1, H, W)."""
        first = self.down[0]
        told = first[1:](first[0](photos) + self.notice(prompts))
        return self.rise([told, *self.descend(self.down[1:], told)], like=photos)
