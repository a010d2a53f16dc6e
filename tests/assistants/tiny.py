"""Assistants of few weights, saved as the large ones are: the real classes, in milliseconds."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

from handseg.weights import CARD, ONNX, Card

SIDE = 64
"""Of the network frame; the low-resolution masks have 16."""

WEIGHTS = {"red": 3.0, "green": 0.0, "blue": -3.0, "on": 4.0, "beside": -9.0, "mask": 2.0, "box": 1.0}
"""What the tiny hand assistant makes of a pixel's normalised colour and guidance: red things, where it was told so."""


def build_tiny(checkpoint: None = None) -> Sam:
    """As the builders of `segment_anything.sam_model_registry`."""
    assert checkpoint is None
    torch.manual_seed(0)
    return Sam(
        image_encoder=ImageEncoderViT(
            img_size=SIDE,
            patch_size=16,
            embed_dim=32,
            depth=1,
            num_heads=2,
            out_chans=16,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            use_rel_pos=True,
            global_attn_indexes=(0,),
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=16, image_embedding_size=(4, 4), input_image_size=(SIDE, SIDE), mask_in_chans=4
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=1, embedding_dim=16, mlp_dim=32, num_heads=2),
            transformer_dim=16,
            iou_head_depth=2,
            iou_head_hidden_dim=16,
        ),
        pixel_mean=[123.675, 116.28, 103.53],
        pixel_std=[58.395, 57.12, 57.375],
    )


def save_tiny_checkpoint(path: Path) -> None:
    torch.save(build_tiny().state_dict(), path)


def save_tiny_sam(folder: Path) -> None:
    """A SAM of transformers, which keeps the photo's shape and pads."""
    from transformers import SamConfig, SamImageProcessor, SamModel

    torch.manual_seed(0)
    size = {"image_size": SIDE, "patch_size": 16}
    config = SamConfig(
        vision_config={
            **size,
            "hidden_size": 32,
            "output_channels": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "global_attn_indexes": [0],
            "num_pos_feats": 8,
            "mlp_dim": 32,
            "initializer_range": 0.02,
        },
        prompt_encoder_config={**size, "hidden_size": 16, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    SamModel(config).save_pretrained(folder)
    low = SIDE // 4
    SamImageProcessor(
        size={"longest_edge": SIDE},
        pad_size={"height": SIDE, "width": SIDE},
        mask_size={"longest_edge": low},
        mask_pad_size={"height": low, "width": low},
    ).save_pretrained(folder)


def save_tiny_sam2(folder: Path) -> None:
    """A SAM 2 of transformers, which stretches the photo to a square."""
    from transformers import Sam2Config, Sam2ImageProcessor, Sam2Model

    torch.manual_seed(0)
    config = Sam2Config(
        vision_config={
            "backbone_config": {
                "model_type": "sam2_hiera_det_model",
                "hidden_size": 8,
                "num_attention_heads": 1,
                "image_size": [SIDE, SIDE],
                "blocks_per_stage": [1, 1, 2, 1],
                "embed_dim_per_stage": [8, 16, 32, 64],
                "num_attention_heads_per_stage": [1, 1, 2, 2],
                "window_size_per_stage": [4, 4, 2, 2],
                "global_attention_blocks": [3],
            },
            "backbone_channel_list": [64, 32, 16, 8],
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
            "fpn_hidden_size": 16,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": SIDE, "patch_size": 16, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    Sam2Model(config).save_pretrained(folder)
    Sam2ImageProcessor(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)


def save_tiny_hand(folder: Path) -> Path:
    """A hand assistant that looks at each pixel by itself, as `WEIGHTS` say."""
    sizes = ["batch", None, "height", "width"]
    photos, prompts, logits = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [sizes[0], channels, *sizes[2:]])
        for name, channels in (("photos", 3), ("prompts", 4), ("logits", 1))
    )
    kernel = np.array(list(WEIGHTS.values()), np.float32).reshape(1, -1, 1, 1)
    constants = [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(np.float32([-2]), "bias")]
    nodes = [
        helper.make_node("Concat", ["photos", "prompts"], ["both"], axis=1),
        helper.make_node("Conv", ["both", "kernel", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(nodes, "tiny", [photos, prompts], [logits], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    content = model.SerializeToString()
    card = Card(
        "hand", "tiny", SIDE, (0.5,) * 3, (0.25,) * 3, 0.5, "CC0-1.0", {ONNX: hashlib.sha256(content).hexdigest()}
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ONNX).write_bytes(content)
    (folder / CARD).write_text(card.to_json())
    return folder
