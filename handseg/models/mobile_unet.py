"""U-Net on MobileNetV3-Large: fine edges at a small price, 3.2 M parameters.

Howard et al., "Searching for MobileNetV3" (arXiv:1905.02244), for the contracting path.
"""

from __future__ import annotations

from torchvision.models import mobilenet_v3_large

from handseg.models.bridged_unet import BridgedUNet

STAGES = (slice(0, 2), slice(2, 4), slice(4, 7), slice(7, 13), slice(13, 16))
"""The backbone's layers by scale: each stage halves the size of the one before."""

DOWN_WIDTHS = (16, 24, 40, 112, 160)
UP_WIDTHS = (24, 40, 64, 96)


class MobileUNet(BridgedUNet):
    """A U-Net whose way down is MobileNetV3-Large without its last layer, which widens for the classifier."""

    def __init__(self) -> None:
        layers = mobilenet_v3_large(weights=None).features
        super().__init__([layers[stage] for stage in STAGES], DOWN_WIDTHS, UP_WIDTHS)
