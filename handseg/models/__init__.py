"""The registry of architectures: a name in, a network out.

Every network maps a normalised photo, float32 (B, 3, H, W), to hand logits, float32 (B, 1, H, W), for H and W that are
multiples of 32. One file per architecture; torch is imported only when a network is built, so that naming and serving
models stays light.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handseg.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn


def _lraspp_mobilenetv3() -> nn.Module:
    from handseg.models.lraspp import LRASPP

    return LRASPP()


def _unet_mobilenetv3() -> nn.Module:
    from handseg.models.unet import MobileUNet

    return MobileUNet()


def _segformer_b0() -> nn.Module:
    from handseg.models.segformer import SegFormer

    return SegFormer(widths=(32, 64, 160, 256), depths=(2, 2, 2, 2), decoder_width=256)


ARCHITECTURES: dict[str, Callable[[], nn.Module]] = {
    "lraspp-mobilenetv3": _lraspp_mobilenetv3,
    "unet-mobilenetv3": _unet_mobilenetv3,
    "segformer-b0": _segformer_b0,
}


def build_model(name: str) -> nn.Module:
    """The network called `name`, with fresh random weights, in training mode.

    Raises UnknownNameError, listing what exists, if there is no such architecture.
    """
    if name not in ARCHITECTURES:
        raise UnknownNameError("architecture", name, ARCHITECTURES)
    return ARCHITECTURES[name]()
