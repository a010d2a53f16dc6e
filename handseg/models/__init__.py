"""The registry of architectures: a name in, a network out.

Every network maps a normalised photo, float32 (B, 3, H, W), to hand logits, float32 (B, 1, H, W), for H and W that are
multiples of 32, which is what the segmenter gives them; some take more sizes, as their files say. One file per
architecture; torch is imported only when a network is built, so that naming and serving models stays light.

`handseg.models.initial` starts a network from weights that somebody else has trained.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handseg.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn


def _hgrnet() -> nn.Module:
    from handseg.models.hgrnet import HGRNet

    return HGRNet()


def _aspp_resnet50() -> nn.Module:
    from handseg.models.aspp_resnet import ASPPResNet

    return ASPPResNet()


def _vit_tiny() -> nn.Module:
    from handseg.models.vit import ViT

    return ViT(width=192, depth=12, heads=3)


def _vit_small() -> nn.Module:
    from handseg.models.vit import ViT

    return ViT(width=384, depth=12, heads=6)


def _segformer_b0() -> nn.Module:
    from handseg.models.segformer import SegFormer

    return SegFormer(widths=(32, 64, 160, 256), depths=(2, 2, 2, 2), decoder_width=256)


def _segformer_b1() -> nn.Module:
    from handseg.models.segformer import SegFormer

    return SegFormer(widths=(64, 128, 320, 512), depths=(2, 2, 2, 2), decoder_width=256)


def _segformer_b2() -> nn.Module:
    from handseg.models.segformer import SegFormer

    return SegFormer(widths=(64, 128, 320, 512), depths=(3, 4, 6, 3), decoder_width=768)


def _unet() -> nn.Module:
    from handseg.models.unet import UNet

    return UNet()


def _lraspp_mobilenetv3() -> nn.Module:
    from handseg.models.lraspp import LRASPP

    return LRASPP()


def _unet_mobilenetv3() -> nn.Module:
    from handseg.models.mobile_unet import MobileUNet

    return MobileUNet()


def _unet_efficientnet_lite0() -> nn.Module:
    from handseg.models.efficient_unet import EfficientUNet

    return EfficientUNet()


def _unet_efficientnet_lite2() -> nn.Module:
    from handseg.models.efficient_unet import EfficientUNet

    return EfficientUNet(width=1.1, depth=1.2)


ARCHITECTURES: dict[str, Callable[[], nn.Module]] = {
    "hgrnet": _hgrnet,
    "aspp-resnet50": _aspp_resnet50,
    "vit-tiny": _vit_tiny,
    "vit-small": _vit_small,
    "segformer-b0": _segformer_b0,
    "segformer-b1": _segformer_b1,
    "segformer-b2": _segformer_b2,
    "unet": _unet,
    "lraspp-mobilenetv3": _lraspp_mobilenetv3,
    "unet-mobilenetv3": _unet_mobilenetv3,
    "unet-efficientnet-lite0": _unet_efficientnet_lite0,
    "unet-efficientnet-lite2": _unet_efficientnet_lite2,
}


def build_model(name: str) -> nn.Module:
    """The network called `name`, with fresh random weights, in training mode.

    Raises UnknownNameError, listing what exists, if there is no such architecture.
    """
    if name not in ARCHITECTURES:
        raise UnknownNameError("architecture", name, ARCHITECTURES)
    return ARCHITECTURES[name]()
