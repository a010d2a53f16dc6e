"""A network in training as the product's segmenter uses it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class NetworkEngine:
    """See `handseg.engines.Engine`."""

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self._network, self.device = network, str(device)

    def logits(self, photos: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `handseg.engines.Engine.logits`."""
        with torch.inference_mode():
            return self._network(torch.from_numpy(photos).to(self.device)).float().cpu().numpy()
