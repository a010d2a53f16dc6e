from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from handseg.errors import WeightsError
from handseg.hub import HubError
from handseg.models import MEAN, STD
from handseg.models.efficient_unet import EfficientUNet
from handseg.models.initial import start_from
from handseg.models.origin import Origin, licence_in
from handseg.models.published import PUBLISHED
from handseg.models.vit import ViT
from handseg.weights import SAFETENSORS
from tests.hub import StandInHub, stand_in_hub
from tests.models import checkpoints
from tests.models.checkpoints import our_folder
from tests.models.tiny import TINY, awake

PHOTOS = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))


def weights_of(network: nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    yield from stand_in_hub(tmp_path / "cache", monkeypatch)


def test_a_resnet_of_torchvision_or_timm(tmp_path: Path) -> None:
    state = checkpoints.resnet()
    network = TINY["aspp-resnet"]()
    origin = start_from(network, "aspp-resnet50", str(checkpoints.write(tmp_path, state)))
    assert all(torch.equal(network.backbone.state_dict()[name], state[name]) for name in network.backbone.state_dict())
    assert (origin.loaded, origin.left_out) == (len(state) - 2, 2)
    assert origin.fresh == len(
        [name for name in network.state_dict() if "backbone" not in name and "num_b" not in name]
    )


@pytest.mark.parametrize("of_pixels", [False, True])
def test_a_segformer_of_transformers(of_pixels: bool, tmp_path: Path) -> None:
    theirs = checkpoints.segformer(of_pixels)
    theirs.save_pretrained(tmp_path)
    network = TINY["segformer"]()
    origin = start_from(network, "segformer-b0", str(tmp_path))
    seen = network.eval().network.segformer(PHOTOS).last_hidden_state
    assert torch.equal(seen, theirs.segformer(PHOTOS).last_hidden_state)
    assert origin.left_out == (16 if of_pixels else 2)
    assert origin.licence == "unknown"


@pytest.mark.parametrize("with_classifier", [True, False])
def test_a_vit_of_transformers(with_classifier: bool, tmp_path: Path) -> None:
    theirs = checkpoints.transformers_vit()
    (theirs if with_classifier else theirs.vit).save_pretrained(tmp_path)
    network = TINY["vit"]().eval()
    start_from(network, "vit-tiny", str(tmp_path))
    tokens = torch.randn(1, 24, 16)
    expected = tokens
    for layer in theirs.vit.layers:
        expected = layer(expected)
    torch.testing.assert_close(network.blocks(tokens), expected)
    assert torch.equal(network.patch_embed.proj.weight, theirs.vit.embeddings.patch_embeddings.projection.weight)


def test_a_vit_of_timm_whose_positions_are_stretched(tmp_path: Path) -> None:
    state = checkpoints.timm_vit()
    rows = torch.arange(14.0).repeat_interleave(14)
    state["pos_embed"][0, 1:] = rows[:, None]
    network = TINY["vit"]()
    origin = start_from(network, "vit-tiny", str(checkpoints.write(tmp_path, state)))
    assert torch.equal(network.blocks[1].attn.qkv.weight, state["blocks.1.attn.qkv.weight"])
    grid = network.pos_embed.detach()[0, :, 0].view(16, 16)
    assert torch.equal(grid, grid[:, :1].expand(16, 16))
    assert (grid.diff(dim=0) >= 0).all()
    assert (origin.left_out, origin.fresh) == (3, 2)


@pytest.mark.parametrize("published", [checkpoints.mobilenet, checkpoints.timm_mobilenet])
def test_a_mobilenet_of_torchvision_or_timm(published: Callable[[], checkpoints.State], tmp_path: Path) -> None:
    folder = checkpoints.write(tmp_path, published())
    theirs = checkpoints.mobilenet()
    for architecture, family, layers in (
        ("lraspp-mobilenetv3", "lraspp", 17),
        ("unet-mobilenetv3", "mobile-unet", 16),
    ):
        network = TINY[family]()
        start_from(network, architecture, str(folder))
        parts = [network.backbone] if layers == 17 else network.down
        ours = [module for part in parts for module in part.children()]
        assert len(ours) == layers
        for number, module in enumerate(ours):
            own = module.state_dict()
            assert all(torch.equal(own[name], theirs[f"features.{number}.{name}"]) for name in own)


@pytest.mark.parametrize("kind", ["timm_tf", "first"])
def test_an_efficientnet_lite_of_either_publisher(kind: str, tmp_path: Path) -> None:
    state = checkpoints.lite(kind)
    network = EfficientUNet().eval()
    origin = start_from(network, "unet-efficientnet-lite0", str(checkpoints.write(tmp_path, state)))
    ours = list(network.down.state_dict().values())
    theirs = list(state.values())[: len(ours)]
    # The first convolution, and the mean of its normalisation, are for other pixels.
    assert [number for number, pair in enumerate(zip(ours, theirs, strict=True)) if not torch.equal(*pair)] == [0, 3]
    assert origin.left_out == len(state) - len(ours)


def test_an_efficientnet_lite_sees_what_its_publishers_showed_it(tmp_path: Path) -> None:
    state = checkpoints.lite("timm_tf")
    network = EfficientUNet().eval()
    start_from(network, "unet-efficientnet-lite0", str(checkpoints.write(tmp_path, state)))
    theirs = EfficientUNet().eval()
    theirs.down.load_state_dict(dict(zip(theirs.down.state_dict(), state.values(), strict=False)))
    pixels = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    seen, expected = network.down[0][0]((pixels - mean) / std), theirs.down[0][0](2 * pixels - 1)
    # What lies beyond the photo is the mean colour here, and was a middle grey there.
    torch.testing.assert_close(seen[..., :-1, :-1], expected[..., :-1, :-1], atol=1e-4, rtol=1e-4)


def test_halves_become_floats(tmp_path: Path) -> None:
    state = {name: value.half() for name, value in checkpoints.timm_vit().items()}
    network = TINY["vit"]()
    start_from(network, "vit-tiny", str(checkpoints.write(tmp_path, state)))
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}


@pytest.fixture
def network() -> nn.Module:
    return awake(TINY["vit"]())


def refused(network: nn.Module, architecture: str, source: Path) -> str:
    before = weights_of(network).clone()
    with pytest.raises(WeightsError) as refusal:
        start_from(network, architecture, str(source))
    assert torch.equal(weights_of(network), before)
    return str(refusal.value)


def test_missing_tensors_are_counted_and_some_named(network: nn.Module, tmp_path: Path) -> None:
    state = {name: value for name, value in checkpoints.timm_vit().items() if "blocks.1." not in name}
    told = refused(network, "vit-tiny", checkpoints.write(tmp_path, state))
    assert "of 29 tensors, 12 are missing (blocks.1.attn.proj.bias, " in told
    assert "Nothing was loaded" in told
    assert "timm/vit_tiny" in told


def test_unknown_tensors_are_refused(network: nn.Module, tmp_path: Path) -> None:
    state = checkpoints.timm_vit(depth=3)
    assert "12 are unknown (blocks.2." in refused(network, "vit-tiny", checkpoints.write(tmp_path, state))


def test_tensors_of_another_shape_are_refused(network: nn.Module, tmp_path: Path) -> None:
    told = refused(network, "vit-tiny", checkpoints.write(tmp_path, checkpoints.timm_vit(width=32)))
    assert "have another shape" in told


def test_the_weights_of_quite_another_network_are_refused(network: nn.Module, tmp_path: Path) -> None:
    told = refused(network, "vit-tiny", checkpoints.write(tmp_path, checkpoints.resnet()))
    assert "29 are missing" in told


def test_a_pickle_is_not_read(network: nn.Module, tmp_path: Path) -> None:
    torch.save(checkpoints.timm_vit(), tmp_path / "pytorch_model.bin")
    told = refused(network, "vit-tiny", tmp_path)
    assert "0 .safetensors files" in told
    assert "can run any code" in told


def test_a_damaged_file_is_named(network: nn.Module, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    assert f"{tmp_path / 'model.safetensors'} is not a safetensors file" in refused(network, "vit-tiny", tmp_path)


def test_an_architecture_without_published_backbones_says_which_have_one(tmp_path: Path) -> None:
    told = refused(TINY["hgrnet"](), "hgrnet", checkpoints.write(tmp_path, checkpoints.resnet()))
    assert "nobody publishes a backbone for hgrnet" in told
    assert "aspp-resnet50" in told


def test_what_is_neither_a_folder_nor_a_repository_is_told(network: nn.Module) -> None:
    assert "neither a folder nor owner/name" in refused(network, "vit-tiny", Path("no/such/folder"))


def test_the_whole_network_is_taken(tmp_path: Path) -> None:
    trained, network = awake(TINY["hgrnet"]()), TINY["hgrnet"]().eval()
    origin = start_from(network, "hgrnet", str(our_folder(tmp_path, trained, "hgrnet")))
    assert torch.equal(network(PHOTOS), trained(PHOTOS))
    assert (origin.fresh, origin.left_out, origin.licence, origin.warning) == (0, 0, "Apache-2.0", "")
    assert (origin.training_data, origin.dataset_revision) == ([{"source": "ego"}], "ego@1")


def test_initial_weights_are_known_by_their_content_and_not_by_their_place(tmp_path: Path) -> None:
    ours = our_folder(tmp_path, TINY["hgrnet"](), "hgrnet")
    published = checkpoints.write(tmp_path / "published", checkpoints.timm_vit())
    for family, architecture, folder in (("hgrnet", "hgrnet", ours), ("vit", "vit-tiny", published)):
        origin = start_from(TINY[family](), architecture, str(folder))
        assert origin.sha256 == hashlib.sha256((folder / SAFETENSORS).read_bytes()).hexdigest()


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    folder = our_folder(tmp_path, TINY["hgrnet"](), "hgrnet")
    with pytest.raises(WeightsError, match="weights of hgrnet, not of unet"):
        start_from(TINY["unet"](), "unet", str(folder))


def test_a_narrower_network_under_the_same_name_is_refused(tmp_path: Path) -> None:
    folder = our_folder(tmp_path, ViT(width=32, depth=2, heads=2), "vit-tiny")
    with pytest.raises(WeightsError, match="have another shape"):
        start_from(TINY["vit"](), "vit-tiny", str(folder))


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    folder = our_folder(tmp_path, TINY["hgrnet"](), "hgrnet")
    content = bytearray((folder / SAFETENSORS).read_bytes())
    content[-1] ^= 1
    (folder / SAFETENSORS).write_bytes(content)
    with pytest.raises(WeightsError, match="not the one its card describes"):
        start_from(TINY["hgrnet"](), "hgrnet", str(folder))


def publish(hub: StandInHub, tmp_path: Path, licence: str) -> None:
    folder = checkpoints.write(tmp_path / "published", checkpoints.timm_vit(), licence)
    hub.repos["timm/vit"] = {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_backbone_is_fetched_with_its_commit_and_its_licence(hub: StandInHub, tmp_path: Path) -> None:
    publish(hub, tmp_path, "apache-2.0")
    network = TINY["vit"]()
    origin = start_from(network, "vit-tiny", "timm/vit", endpoint=hub.url)
    published = load_file(tmp_path / "published" / "model.safetensors")
    assert torch.equal(network.norm.weight, published["norm.weight"])
    assert origin.licence == "apache-2.0"
    assert origin.warning == ""
    assert len(origin.revision) == 40
    assert origin.to_card()["source"] == "timm/vit"
    json.dumps(origin.to_card())
    hub.stop()
    assert start_from(network, "vit-tiny", f"timm/vit@{origin.revision}", endpoint=hub.url).licence == "apache-2.0"


@pytest.mark.parametrize(
    ("licence", "warning"),
    [
        ("cc-by-nc-4.0", "NON-COMMERCIAL: the licence of timm/vit is cc-by-nc-4.0"),
        (
            "other\nlicense_name: nvidia\nlicense_link: https://x.y/z",
            "CHECK THE LICENCE: that of timm/vit is other n",
        ),
    ],
)
def test_a_licence_that_may_not_allow_use_at_work_is_told_loudly(
    hub: StandInHub, tmp_path: Path, licence: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    publish(hub, tmp_path, licence)
    with caplog.at_level(logging.WARNING):
        origin = start_from(TINY["vit"](), "vit-tiny", "timm/vit", endpoint=hub.url)
    assert origin.warning.startswith(warning)
    assert origin.warning in caplog.text


def test_a_repository_without_a_card_has_an_unknown_licence(hub: StandInHub, tmp_path: Path) -> None:
    publish(hub, tmp_path, "mit")
    del hub.repos["timm/vit"]["README.md"]
    origin = start_from(TINY["vit"](), "vit-tiny", "timm/vit", endpoint=hub.url)
    assert origin.licence == "unknown"
    assert "CHECK THE LICENCE" in origin.warning


def test_a_hub_that_cannot_be_reached_is_said_in_words(hub: StandInHub) -> None:
    hub.stop()
    with pytest.raises(HubError, match="cannot be reached"):
        start_from(TINY["vit"](), "vit-tiny", "timm/vit", endpoint=hub.url)


@pytest.mark.parametrize(
    ("licence", "beginning"),
    [
        ("apache-2.0", ""),
        ("MIT", ""),
        ("cc-by-nc-sa-4.0", "NON-COMMERCIAL"),
        ("other some-noncommercial-terms", "NON-COMMERCIAL"),
        ("other", "CHECK"),
        ("unknown", "CHECK"),
        ("balance", "CHECK"),
    ],
)
def test_licences_are_told_apart(licence: str, beginning: str) -> None:
    warning = Origin("a/b", "", licence, 1, 1, 1).warning
    assert warning.startswith(beginning)
    assert bool(warning) == bool(beginning)


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ('---\r\ntags:\r\n- x\r\nlicense: "cc-by-nc-4.0"\r\n---\r\n', "cc-by-nc-4.0"),
        ("---\nlicense: other\nlicense_name: nv\nlicense_link: https://a/b\n---\n", "other nv https://a/b"),
        ("# A model\nlicense: mit\n", "unknown"),
        ("---\ntags: x\n---\nlicense: mit\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_licence_is_read_from_the_head_of_the_card(readme: str, licence: str) -> None:
    assert licence_in(readme) == licence


def test_every_architecture_with_published_backbones_is_registered() -> None:
    from handseg.models import ARCHITECTURES

    assert set(PUBLISHED) == set(ARCHITECTURES) - {"hgrnet", "unet"}
