"""Every family of networks, narrow and shallow: the same code as the registered ones, in milliseconds."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from handseg.models.aspp_resnet import ASPPResNet
from handseg.models.efficient_unet import EfficientUNet
from handseg.models.hgrnet import HGRNet
from handseg.models.lraspp import LRASPP
from handseg.models.mobile_unet import MobileUNet
from handseg.models.segformer import SegFormer
from handseg.models.unet import UNet
from handseg.models.vit import ViT

TINY: dict[str, Callable[[], nn.Module]] = {
    "hgrnet": lambda: HGRNet(stem=4, widths=(8, 8, 8), each=4),
    "aspp-resnet": lambda: ASPPResNet(depths=(1, 1, 1, 1), width=8),
    "vit": lambda: ViT(width=16, depth=2, heads=2),
    "segformer": lambda: SegFormer(widths=(8, 16, 20, 32), depths=(1, 1, 1, 1), decoder_width=16),
    "unet": lambda: UNet(widths=(4, 8, 16, 32)),
    # These have one size only.
    "lraspp": LRASPP,
    "mobile-unet": MobileUNet,
    "efficient-unet": lambda: EfficientUNet(width=0.5, depth=0.5),
}


def perturbed(network: nn.Module, seed: int = 0) -> nn.Module:
    """In evaluation mode, with batch statistics, and weights that are not all zeros or ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for name, value in network.state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
            elif value.is_floating_point() and value.numel() > 1:
                value.add_(0.02 * torch.randn_like(value))
    return network.eval()


def awake(network: nn.Module, seed: int = 0) -> nn.Module:
    """As if it had learned something: fresh networks give nearly the same logit everywhere."""
    network = perturbed(network, seed)
    photos = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(seed))
    *_, kernel, bias = network.parameters()
    with torch.no_grad():
        # A wild guess may not become wilder than arithmetic in 32 bits can follow.
        kernel.mul_(2 / network(photos).std().clamp(min=0.1))
        bias.sub_(network(photos).mean())
    return network
