"""Networks that are exported once for all tests, under names that only these tests know."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator

import pytest
import torch
from filelock import FileLock
from torch import nn

from handseg.models import ARCHITECTURES
from handseg.weights import Card, Weights
from tests.models.tiny import TINY, awake
from training.export import export

Exported = Callable[[str], Weights]


class Reddish(nn.Module):
    """Calls red a hand, surely or not at all; three convolutions add something else."""

    def __init__(self, sureness: float) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.between = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 1, 1)
        self.sureness = sureness

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        something = self.head(torch.relu(self.between(torch.relu(self.first(photos)))))
        return something + self.sureness * photos[:, :1]


class NotFinite(nn.Module):
    """What some networks become when training goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.only = nn.Conv2d(3, 1, 1)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return self.only(photos).log().sqrt()


NETWORKS = {**TINY, "sure": lambda: Reddish(20), "unsure": lambda: Reddish(0), "not-finite": NotFinite}


def made(name: str) -> nn.Module:
    return NETWORKS[name]()


def card(architecture: str) -> Card:
    return Card("mine", architecture, 64, (0.5,) * 3, (0.25,) * 3, 0.5, "Apache-2.0", {}, zoom=False)


@pytest.fixture(autouse=True, scope="package")
def tiny_architectures() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for name in NETWORKS:
            patch.setitem(ARCHITECTURES, name, (f"{__name__}.{made.__name__}", {"name": name}))
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="package")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The weights folder of a family, with all files, which whichever worker comes first makes; not to be changed."""
    shared = tmp_path_factory.getbasetemp().parent
    root = shared if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.mktemp("run")

    @functools.cache
    def make(family: str) -> Weights:
        folder = root / "exported" / family
        with FileLock(root / f"{family}.lock"), torch.random.fork_rng():
            if folder.exists():
                return Weights.open(folder)
            torch.manual_seed(0)
            return export(awake(NETWORKS[family]()), card(family), folder, program=True)

    return make
