"""What a step of training computes: photos in, loss out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from handseg.models import MEAN, STD
from training.losses import LossWeights, hand_loss


class Normalised(nn.Module):
    """Photos as networks take them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """Photos (B, 3, H, W), float32 in [0, 1] or uint8, with their channels last."""
        if photos.dtype == torch.uint8:  # what travels to a GPU should be small
            photos = photos.float() / 255
        return ((photos - self.mean) / self.std).contiguous(memory_format=torch.channels_last)


class Objective(nn.Module):
    """A network with the loss that it shall minimise."""

    def __init__(self, network: nn.Module, weights: LossWeights) -> None:
        super().__init__()
        self.network, self._normalised, self._weights = network, Normalised(), weights

    def forward(self, photos: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The loss and the logits (B, 1, H, W).

        `photos`: (B, 3, H, W), float32 in [0, 1] or uint8. `labels`: (B, H, W) uint8, 0 background, 127 not known, 255
        hand.
        """
        logits = self.network(self._normalised(photos))
        return {"loss": hand_loss(logits.float(), labels, self._weights), "logits": logits}


def collate(samples: list[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """Samples as a batch, as `Objective` takes it."""
    photos, labels = zip(*samples, strict=True)
    return {"photos": torch.stack(photos), "labels": torch.stack(labels)}
