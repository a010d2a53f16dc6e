"""What every registered architecture promises."""

from __future__ import annotations

import functools
import subprocess
import sys

import pytest
import torch
from torch import nn

from handseg.errors import UnknownNameError
from handseg.models import ARCHITECTURES, build_model
from tests.models.tiny import TINY, awake

PARAMETERS = {
    "hgrnet": 277_585,
    "aspp-resnet50": 39_043_137,
    "vit-tiny": 5_584_960,
    "vit-small": 21_786_496,
    "segformer-b0": 3_714_401,
    "segformer-b1": 13_677_505,
    "segformer-b2": 27_347_393,
    "unet": 31_037_633,
    "lraspp-mobilenetv3": 3_218_138,
    "unet-mobilenetv3": 3_174_025,
    "unet-efficientnet-lite0": 3_454_681,
    "unet-efficientnet-lite2": 4_892_953,
}
SIZES = ((64, 96), (160, 32), (32, 32))

each_architecture = pytest.mark.parametrize("name", ARCHITECTURES)
each_family = pytest.mark.parametrize("family", TINY)


@functools.cache
def built(name: str) -> nn.Module:
    return build_model(name).eval()


@pytest.fixture
def photos() -> torch.Tensor:
    return torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))


@each_architecture
def test_it_maps_photos_of_any_size_to_logits_of_that_size(name: str) -> None:
    for height, width in SIZES:
        with torch.inference_mode():
            logits = built(name)(torch.zeros(1, 3, height, width))
        assert logits.shape == (1, 1, height, width)
        assert logits.dtype == torch.float32


@each_architecture
def test_it_has_the_parameters_it_is_known_for(name: str) -> None:
    assert sum(each.numel() for each in built(name).parameters()) == PARAMETERS[name]


@each_architecture
def test_its_batch_normalisation_forgets_neither_at_once_nor_never(name: str) -> None:
    norms = [each for each in built(name).modules() if isinstance(each, nn.BatchNorm2d)]
    assert all(0.01 <= each.momentum <= 0.1 and each.track_running_stats for each in norms)


@each_family
def test_every_parameter_learns(family: str, photos: torch.Tensor) -> None:
    torch.manual_seed(0)
    network = TINY[family]().train()
    network(photos).square().mean().backward()
    gradients = {name: value.grad for name, value in network.named_parameters()}
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients.values())
    kernels = {name: gradient for name, gradient in gradients.items() if gradient.ndim > 1}
    assert not [name for name, gradient in kernels.items() if not gradient.any()]


@each_family
def test_one_photo_is_enough_to_learn_from(family: str, photos: torch.Tensor) -> None:
    TINY[family]().train()(photos[:1]).mean().backward()


@each_family
def test_an_answer_is_always_the_same_and_does_not_depend_on_the_other_photos(
    family: str, photos: torch.Tensor
) -> None:
    network = awake(TINY[family]())
    with torch.inference_mode():
        together, again, alone = network(photos), network(photos), network(photos[1:])
    assert torch.equal(together, again)
    torch.testing.assert_close(together[1:], alone, rtol=0, atol=1e-4)


@each_family
def test_another_place_of_channels_in_memory_changes_nothing(family: str, photos: torch.Tensor) -> None:
    network = awake(TINY[family]())
    with torch.inference_mode():
        usual = network(photos).sigmoid()
        other = network.to(memory_format=torch.channels_last)(photos.to(memory_format=torch.channels_last)).sigmoid()
    torch.testing.assert_close(usual, other, rtol=0, atol=1e-4)


@each_family
def test_bfloat16_gives_nearly_the_same_probabilities(family: str, photos: torch.Tensor) -> None:
    network = awake(TINY[family]())
    with torch.inference_mode():
        exact = network(photos).sigmoid()
        with torch.autocast("cpu", torch.bfloat16):
            rough = network(photos).float().sigmoid()
    assert (exact - rough).abs().mean() < 0.02


@each_family
def test_it_learns_in_bfloat16(family: str, photos: torch.Tensor) -> None:
    network = TINY[family]().train()
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(photos)
    logits.float().mean().backward()
    assert all(value.grad.isfinite().all() for value in network.parameters())


def test_an_unknown_architecture_says_which_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"no architecture called 'resnet'.*segformer-b0"):
        build_model("resnet")


def test_naming_the_architectures_does_not_import_torch() -> None:
    code = "import sys, handseg.models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
