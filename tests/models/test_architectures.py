"""What is particular about one architecture."""

from __future__ import annotations

import torch
import torchvision
from torch import nn
from torch.optim.swa_utils import AveragedModel
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from handseg.models import build_model
from handseg.models.aspp_resnet import ASPPResNet
from handseg.models.hgrnet import HGRNet
from handseg.models.segformer import SegFormer
from handseg.models.unet import UNet
from handseg.models.vit import PATCH, ViT, stretch
from tests.models.tiny import TINY, awake


def shape_inside(network: nn.Module, part: str, height: int, width: int) -> torch.Size:
    seen = []
    network.get_submodule(part).register_forward_hook(lambda _module, _given, answer: seen.append(answer.shape))
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, height, width))
    return seen[0]


def test_hgrnet_has_what_keras_counts() -> None:
    """Weights, biases, and gamma, beta, mean and variance of each batch normalisation."""
    counted = [value for name, value in HGRNet().state_dict().items() if not name.endswith("num_batches_tracked")]
    assert sum(value.numel() for value in counted) == 279_633


def test_hgrnet_looks_at_stride_4_through_five_fields_of_view() -> None:
    network = HGRNet()
    assert shape_inside(network, "pyramid", 64, 96) == (1, 160, 16, 24)
    fields = [(branch.kernel_size[0], branch.dilation[0]) for branch in network.pyramid.branches]
    assert fields == [(1, 1), (3, 3), (3, 6), (3, 12), (3, 18)]


def test_hgrnet_normalises_as_keras_does() -> None:
    norms = [each for each in HGRNet().modules() if isinstance(each, nn.BatchNorm2d)]
    assert {(each.eps, each.momentum) for each in norms} == {(1e-3, 0.01)}


def test_aspp_resnet_looks_at_stride_16_with_deeplab_s_rates() -> None:
    network = TINY["aspp-resnet"]()
    assert shape_inside(network, "aspp", 64, 96)[-2:] == (4, 6)
    assert [branch[0].dilation[0] for branch in network.aspp.branches[1:4]] == [6, 12, 18]


def test_aspp_resnet_has_the_backbone_of_torchvision() -> None:
    theirs = {name for name in torchvision.models.resnet50().state_dict() if not name.startswith("fc.")}
    assert {name.removeprefix("backbone.") for name in ASPPResNet().state_dict() if "backbone." in name} == theirs


def test_unet_has_its_1024_channels_at_the_bottom_at_a_sixteenth_of_the_size() -> None:
    assert shape_inside(UNet(), "bottom", 32, 64) == (1, 1024, 2, 4)


def test_a_patch_that_changes_changes_its_own_pixels_if_nobody_asks_it() -> None:
    """Without layers of attention, so that the way from patch to token to pixels is seen alone; not square."""
    network = awake(ViT(width=16, depth=0, heads=2))
    photos = torch.zeros(2, 3, 64, 96)
    photos[1, :, 16:32, 64:80] = 1
    with torch.inference_mode():
        first, second = network(photos)
    changed = (first != second)[0]
    assert changed[16:32, 64:80].all()
    assert changed.sum() == PATCH * PATCH


def test_positions_on_their_own_grid_stay_as_they_are() -> None:
    positions = torch.randn(1, 16, 8)
    assert torch.equal(stretch(positions, 4, 4), positions)


def test_positions_are_stretched_row_by_row() -> None:
    """Positions that count rows go on counting rows on a grid that is not square."""
    rows = torch.arange(4.0).repeat_interleave(4).view(1, 16, 1)
    stretched = stretch(rows, 8, 4).view(8, 4)
    assert torch.equal(stretched, stretched[:, :1].expand(8, 4))
    assert (stretched.diff(dim=0) >= 0).all()


def test_the_vit_has_no_class_token() -> None:
    assert shape_inside(build_model("vit-tiny"), "norm", 64, 96) == (1, 24, 192)


def test_segformer_s_files_have_the_published_names(tmp_path: object) -> None:
    ours = TINY["segformer"]()
    same = SegformerForSemanticSegmentation(
        SegformerConfig(num_labels=1, hidden_sizes=[8, 16, 20, 32], depths=[1, 1, 1, 1], decoder_hidden_size=16)
    )
    same.save_pretrained(tmp_path)
    from safetensors.torch import load_file

    published = load_file(tmp_path / "model.safetensors")
    counters = {name for name in ours.state_dict() if name.endswith("num_batches_tracked")}
    assert {f"network.{name}" for name in published} | counters == set(ours.state_dict())
    assert "network.segformer.encoder.block.0.0.attention.self.query.weight" in ours.state_dict()


def test_segformer_s_weights_survive_the_way_through_a_file_also_inside_of_another_module() -> None:
    first, second = awake(TINY["segformer"](), seed=1), awake(TINY["segformer"](), seed=2)
    photos = torch.randn(1, 3, 64, 96)
    assert not torch.allclose(first(photos), second(photos))
    AveragedModel(second).load_state_dict(AveragedModel(first).state_dict())
    inside = AveragedModel(second)
    inside.load_state_dict(AveragedModel(first).state_dict())
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(photos), second(photos))
    assert torch.equal(first(photos), inside(photos))


def test_segformer_reads_what_was_saved_with_the_names_of_transformers() -> None:
    """As runs did before the published names were kept."""
    first, second = awake(TINY["segformer"](), seed=1), awake(TINY["segformer"](), seed=2)
    named = {**dict(first.named_parameters()), **dict(first.named_buffers())}
    assert "network.segformer.stages.0.blocks.0.attention.q_proj.weight" in named
    second.load_state_dict(named)
    photos = torch.randn(1, 3, 64, 96)
    assert torch.equal(first(photos), second(photos))
    assert isinstance(first, SegFormer)
