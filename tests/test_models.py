from __future__ import annotations

import pytest
import torch

from handseg.errors import UnknownNameError
from handseg.models import ARCHITECTURES, build_model

MILLIONS = {"lraspp-mobilenetv3": 3.2, "unet-mobilenetv3": 3.2, "segformer-b0": 3.7}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_maps_a_photo_to_logits_of_its_size(name: str) -> None:
    network = build_model(name).eval()
    with torch.inference_mode():
        logits = network(torch.zeros(2, 3, 64, 96))
    assert logits.shape == (2, 1, 64, 96)
    assert logits.dtype == torch.float32


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_has_the_size_it_is_known_for(name: str) -> None:
    parameters = sum(each.numel() for each in build_model(name).parameters())
    assert parameters / 1e6 == pytest.approx(MILLIONS[name], abs=0.05)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_parameter_learns(name: str) -> None:
    network = build_model(name).train()
    network(torch.randn(2, 3, 64, 96)).square().mean().backward()
    unused = [key for key, value in network.named_parameters() if value.grad is None]
    assert not unused


def test_an_unknown_architecture_says_which_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"no architecture called 'resnet'.*segformer-b0"):
        build_model("resnet")
