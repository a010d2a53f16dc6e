"""U-Net on EfficientNet-Lite: the backbone that may be used at work and comes with weights that know photos."""

from __future__ import annotations

from handseg.models import efficient_lite
from handseg.models.bridged_unet import BridgedUNet

UP_WIDTHS = (24, 40, 64, 96)


class EfficientUNet(BridgedUNet):
    """A U-Net whose way down is EfficientNet-Lite; without arguments Lite0, 3.5 M parameters."""

    def __init__(self, width: float = 1.0, depth: float = 1.0) -> None:
        """With EfficientNet's coefficients of width and depth."""
        super().__init__(efficient_lite.stages(width, depth), efficient_lite.widths(width), UP_WIDTHS)
