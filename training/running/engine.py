"""A network in training as the product's segmenter, or its assistant, uses it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class NetworkEngine:
    """See `handseg.engines.Engine`, and `handseg.assistants.hand.PromptableEngine` for a network that takes prompts."""

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self._network, self.device = network, str(device)

    def logits(self, photos: NDArray[np.float32], *prompts: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Engine.logits`, or `PromptableEngine.logits`."""
        with torch.inference_mode():
            given = (torch.from_numpy(array).to(self.device) for array in (photos, *prompts))
            return self._network(*given).float().cpu().numpy()
