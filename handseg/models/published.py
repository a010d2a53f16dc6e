"""The names of published backbones, and those of the same tensors here.

Understood are the files that timm, torchvision and transformers publish. A translation invents nothing: what it does
not know keeps its name, and is then refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from handseg.models import published_lite
from handseg.models.mobile_unet import STAGES
from handseg.models.vit import GRID, stretch

State = dict[str, Tensor]


@dataclass(frozen=True)
class Translation:
    """A backbone with our names."""

    state: State
    left_out: int
    """How many tensors only served the other task: its classifier, its class token."""


@dataclass(frozen=True)
class Published:
    """Backbones that somebody publishes for an architecture."""

    translate: Callable[[State], Translation]
    backbone: str
    """What the names of our network's backbone begin with, as a regular expression."""
    example: str
    """Repositories on the Hub."""

    def is_backbone(self, name: str) -> bool:
        """Whether the tensor of our network called `name` belongs to its backbone."""
        return re.match(self.backbone, name) is not None


def resnet(state: State) -> Translation:
    """Of torchvision or timm, which use the same names."""
    return _renamed(state, "fc.", lambda name: f"backbone.{name}")


def segformer(state: State) -> Translation:
    """Of transformers: an encoder with a classifier of pictures or of pixels."""
    return _renamed(state, "classifier.|decode_head.", lambda name: f"network.{name}")


def vit(state: State) -> Translation:
    """Of timm or transformers, at any size of photo: the positions are stretched to our grid, the class token goes."""
    if any("patch_embeddings." in name for name in state):
        state = _timm_from_transformers({name.removeprefix("vit."): value for name, value in state.items()})
    translation = _renamed(state, "cls_token|head.|pre_logits.|fc_norm.", lambda name: name)
    if (positions := translation.state.get("pos_embed")) is not None:
        patches = int(positions.shape[1] ** 0.5) ** 2
        # The class token's own position comes first.
        translation.state["pos_embed"] = stretch(positions[:, -patches:].float(), GRID, GRID)
    return translation


def lraspp(state: State) -> Translation:
    """MobileNetV3-Large of torchvision or timm."""
    return _renamed(_mobilenet(state), _MOBILENET_HEAD, lambda name: re.sub(r"^features\.", "backbone.", name))


def mobile_unet(state: State) -> Translation:
    """MobileNetV3-Large of torchvision or timm, without its last layer, which widens for the classifier."""
    return _renamed(_mobilenet(state), rf"{_MOBILENET_HEAD}|features.16.", lambda name: _LAYER.sub(_staged, name))


def efficient_unet(state: State) -> Translation:
    """EfficientNet-Lite of timm, or of the packages that first brought it to torch, without its classifier."""
    kept = {name: value for name, value in state.items() if not re.match(_LITE_HEAD, name)}
    return Translation(published_lite.renamed(kept), len(state) - len(kept))


def _renamed(state: State, head: str, name: Callable[[str], str]) -> Translation:
    """Without what begins with `head`, a regular expression, and with other names."""
    kept = {name(old): value for old, value in state.items() if not re.match(head, old)}
    return Translation(kept, len(state) - len(kept))


_LITE_HEAD = r"classifier\.|bn2\.|conv_head\.|_fc\.|_bn1\.|_conv_head\."
_LAYER = re.compile(r"^features\.(\d+)\.")
_MOBILENET_HEAD = r"classifier\.|conv_head\."


def _staged(match: re.Match[str]) -> str:
    layer = int(match[1])
    stage = next(index for index, each in enumerate(STAGES) if each.start <= layer < each.stop)
    return f"down.{stage}.{layer}."


def _mobilenet(state: State) -> State:
    """With torchvision's names; timm groups blocks by scale and names their parts."""
    if "conv_stem.weight" not in state:
        return state
    blocks = sorted({_block(name) for name in state if name.startswith("blocks.")} - {(6, 0)})
    layers = {block: number for number, block in enumerate(blocks, start=1)}
    return {_torchvision_name(name, layers, state): value for name, value in state.items()}


_TOP = {
    "conv_stem": "features.0.0",
    "bn1": "features.0.1",
    "blocks.6.0.conv": "features.16.0",
    "blocks.6.0.bn1": "features.16.1",
}
_FIRST = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "1.0", "bn2": "1.1"}
_OTHER = {"conv_pw": "0.0", "bn1": "0.1", "conv_dw": "1.0", "bn2": "1.1"}
_SQUEEZE = {"se.conv_reduce": "2.fc1", "se.conv_expand": "2.fc2"}


def _block(name: str) -> tuple[int, int]:
    _, scale, number, *_ = name.split(".")
    return int(scale), int(number)


def _torchvision_name(name: str, layers: dict[tuple[int, int], int], state: State) -> str:
    part, kind = name.rsplit(".", 1)
    if part in _TOP:
        return f"{_TOP[part]}.{kind}"
    if not part.startswith("blocks."):
        return name
    block, inside = _block(name), part.split(".", 3)[3]
    squeezes = f"blocks.{block[0]}.{block[1]}.se.conv_reduce.weight" in state
    last = 3 if squeezes else 2
    names = _FIRST if block == (0, 0) else {**_OTHER, **_SQUEEZE, "conv_pwl": f"{last}.0", "bn3": f"{last}.1"}
    return f"features.{layers[block]}.block.{names[inside]}.{kind}" if inside in names else name


_VIT = (
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^encoder\.layer\.(\d+)\.layernorm_before\.", r"blocks.\1.norm1."),
    (r"^encoder\.layer\.(\d+)\.layernorm_after\.", r"blocks.\1.norm2."),
    (r"^encoder\.layer\.(\d+)\.attention\.output\.dense\.", r"blocks.\1.attn.proj."),
    (r"^encoder\.layer\.(\d+)\.intermediate\.dense\.", r"blocks.\1.mlp.fc1."),
    (r"^encoder\.layer\.(\d+)\.output\.dense\.", r"blocks.\1.mlp.fc2."),
    (r"^layernorm\.", "norm."),
    (r"^(classifier|pooler\.dense)\.", "head."),
)


def _timm_from_transformers(state: State) -> State:
    """Query, key and value become one matrix."""
    renamed, parts = {}, re.compile(r"^encoder\.layer\.(\d+)\.attention\.attention\.(query|key|value)\.(\w+)$")
    for name, value in state.items():
        if match := parts.match(name):
            layer, part, kind = match.groups()
            three = [state.get(name.replace(f".{part}.", f".{each}.")) for each in ("query", "key", "value")]
            if all(each is not None for each in three):
                renamed[f"blocks.{layer}.attn.qkv.{kind}"] = torch.cat(three)
                continue
        for theirs, ours in _VIT:
            name = re.sub(theirs, ours, name)
        renamed[name] = value
    return renamed


PUBLISHED = {
    "aspp-resnet50": Published(resnet, r"backbone\.", "timm/resnet50.a1_in1k"),
    "vit-tiny": Published(vit, r"(?!dense\.)", "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
    "vit-small": Published(vit, r"(?!dense\.)", "timm/vit_small_patch16_224.augreg_in21k_ft_in1k"),
    "segformer-b0": Published(segformer, r"network\.segformer\.", "nvidia/mit-b0 (not for use at work)"),
    "segformer-b1": Published(segformer, r"network\.segformer\.", "nvidia/mit-b1 (not for use at work)"),
    "segformer-b2": Published(segformer, r"network\.segformer\.", "nvidia/mit-b2 (not for use at work)"),
    "lraspp-mobilenetv3": Published(lraspp, r"backbone\.", "timm/mobilenetv3_large_100.ra_in1k"),
    "unet-efficientnet-lite0": Published(efficient_unet, r"down\.", "timm/tf_efficientnet_lite0.in1k"),
    "unet-efficientnet-lite2": Published(efficient_unet, r"down\.", "timm/tf_efficientnet_lite2.in1k"),
    "unet-mobilenetv3": Published(mobile_unet, r"down\.", "timm/mobilenetv3_large_100.ra_in1k"),
}
