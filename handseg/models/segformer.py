"""SegFormer, Xie et al. (arXiv:2105.15203), on the Apache-2.0 implementation in transformers, from random weights.

Weights files keep the names of the published checkpoints. Transformers renamed its modules in the middle of version 5
and converts what it loads; without the same care here, a file would only fit the version that wrote it.
"""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F
from transformers import SegformerConfig, SegformerForSemanticSegmentation

PUBLISHED = (
    (r"stages\.(\d+)\.patch_embeddings\.", r"encoder.patch_embeddings.\1."),
    (r"stages\.(\d+)\.blocks\.", r"encoder.block.\1."),
    (r"stages\.(\d+)\.layer_norm\.", r"encoder.layer_norm.\1."),
    (r"attention\.q_proj\.", "attention.self.query."),
    (r"attention\.k_proj\.", "attention.self.key."),
    (r"attention\.v_proj\.", "attention.self.value."),
    (r"attention\.o_proj\.", "attention.output.dense."),
    (r"attention\.sequence_reduction\.sequence_reduction\.", "attention.self.sr."),
    (r"attention\.sequence_reduction\.layer_norm\.", "attention.self.layer_norm."),
    (r"\.layernorm_before\.", ".layer_norm_1."),
    (r"\.layernorm_after\.", ".layer_norm_2."),
    (r"\.mlp\.fc(\d)\.", r".mlp.dense\1."),
    (r"decode_head\.linear_projections\.", "decode_head.linear_c."),
)
"""What transformers calls a part now, and how the published checkpoints call it."""


class SegFormer(nn.Module):
    """A hierarchical transformer with overlapping patches and an all-MLP decoder at stride 4."""

    def __init__(self, widths: tuple[int, ...], depths: tuple[int, ...], decoder_width: int) -> None:
        super().__init__()
        self.network = SegformerForSemanticSegmentation(
            SegformerConfig(
                num_labels=1, hidden_sizes=list(widths), depths=list(depths), decoder_hidden_size=decoder_width
            )
        )
        self.register_state_dict_post_hook(_as_published)
        self.register_load_state_dict_pre_hook(_from_published)

    def forward(self, photos: Tensor) -> Tensor:
        """Shape (B, 3, H, W) -> (B, 1, H, W)."""
        logits = self.network(pixel_values=photos).logits
        return F.interpolate(logits, size=photos.shape[-2:], mode="bilinear", align_corners=False)


def published(name: str) -> str:
    """How the published checkpoints call the parameter that transformers calls `name`."""
    for ours, theirs in PUBLISHED:
        name = re.sub(ours, theirs, name)
    return name


def _as_published(_: nn.Module, state: dict[str, Tensor], prefix: str, *__: Any) -> None:
    for name in [name for name in state if name.startswith(prefix)]:
        state[published(name)] = state.pop(name)


def _from_published(module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    for name, _ in (*module.named_parameters(prefix[:-1]), *module.named_buffers(prefix[:-1])):
        if published(name) in state:
            state[name] = state.pop(published(name))
