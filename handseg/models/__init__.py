"""The registry of architectures: a name in, a network out.

Every network maps a normalised photo, float32 (B, 3, H, W), to hand logits, float32 (B, 1, H, W), for H and W that are
multiples of 32, which is what the segmenter gives them; some take more sizes, as their files say. One file per
architecture; torch is imported only when a network is built, so that naming and serving models stays light.

`handseg.models.initial` starts a network from weights that somebody else has trained.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from handseg.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of RGB in [0, 1]: those of ImageNet, by which the photos of our networks are normalised."""

ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "hgrnet": ("handseg.models.hgrnet.HGRNet", {}),
    "aspp-resnet50": ("handseg.models.aspp_resnet.ASPPResNet", {}),
    "vit-tiny": ("handseg.models.vit.ViT", {"width": 192, "depth": 12, "heads": 3}),
    "vit-small": ("handseg.models.vit.ViT", {"width": 384, "depth": 12, "heads": 6}),
    "segformer-b0": (
        "handseg.models.segformer.SegFormer",
        {"widths": (32, 64, 160, 256), "depths": (2, 2, 2, 2), "decoder_width": 256},
    ),
    "segformer-b1": (
        "handseg.models.segformer.SegFormer",
        {"widths": (64, 128, 320, 512), "depths": (2, 2, 2, 2), "decoder_width": 256},
    ),
    "segformer-b2": (
        "handseg.models.segformer.SegFormer",
        {"widths": (64, 128, 320, 512), "depths": (3, 4, 6, 3), "decoder_width": 768},
    ),
    "unet": ("handseg.models.unet.UNet", {}),
    "lraspp-mobilenetv3": ("handseg.models.lraspp.LRASPP", {}),
    "unet-mobilenetv3": ("handseg.models.mobile_unet.MobileUNet", {}),
    "unet-efficientnet-lite0": ("handseg.models.efficient_unet.EfficientUNet", {}),
    "unet-efficientnet-lite2": ("handseg.models.efficient_unet.EfficientUNet", {"width": 1.1, "depth": 1.2}),
}
"""By name, the network's class, and what it is made with."""


def build_model(name: str) -> nn.Module:
    """The network called `name`, with fresh random weights, in training mode.

    Raises UnknownNameError, listing what exists, if there is no such architecture.
    """
    if name not in ARCHITECTURES:
        raise UnknownNameError("architecture", name, ARCHITECTURES)
    place, sizes = ARCHITECTURES[name]
    module, _, kind = place.rpartition(".")
    network: nn.Module = getattr(import_module(module), kind)(**sizes)
    return network
