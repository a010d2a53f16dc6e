"""The moving average of the weights, which is what a run gives out.

B. Polyak and A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import nn
from transformers import TrainerCallback, TrainerState, TrainingArguments

from handseg.outputs import write_whole

AVERAGE = "average.safetensors"


class Average(TrainerCallback):
    """Follows the weights and buffers of a network, step by step; a decay of 0 is the network itself.

    It looks back over at most a ninth of the run, so that its start is forgotten. Without that, batch normalisation
    would keep a trace of its initial variance of 1, thousands of times too large.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network, self._decay = network, decay
        self._values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def on_step_end(self, _args: TrainingArguments, state: TrainerState, _control: object, **_: object) -> None:
        """Follow one step."""
        count = state.global_step - 1
        keep = min(self._decay, (1 + count) / (10 + count))
        for name, value in self._network.state_dict().items():
            average = self._values[name]
            if average.device != value.device:
                average = self._values[name] = average.to(value.device)
            if average.is_floating_point():
                average.lerp_(value, 1 - keep)
            else:
                average.copy_(value)

    def save(self, folder: Path, about: Mapping[str, str] | None = None) -> None:
        """Write the average, with texts `about` it, into a folder, whole or not at all. Its inverse is `load`."""
        values = {name: value.contiguous().clone() for name, value in self._values.items()}
        write_whole(folder / AVERAGE, safetensors.torch.save(values, metadata=dict(about or {})))

    def load(self, folder: Path) -> None:
        """Take the average up from a checkpoint."""
        self._values = dict(safetensors.torch.load_file(folder / AVERAGE))

    @contextlib.contextmanager
    def in_place(self) -> Iterator[nn.Module]:
        """The network with the averaged weights, in evaluation mode, for as long as this lasts."""
        own = {name: value.detach().clone() for name, value in self._network.state_dict().items()}
        was_training = self._network.training
        self._network.load_state_dict(self._values)
        self._network.eval()
        try:
            yield self._network
        finally:
            self._network.load_state_dict(own)
            self._network.train(was_training)
