"""One labelled photo, as every source yields it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handseg import photos
from handseg.errors import HandsegError
from handseg.photos import Photo
from training.sources import labels
from training.sources.labels import HAND, IGNORE, Label


class SourceError(HandsegError):
    """A collection, or one of its photos, is not what its published layout says."""


@dataclass(frozen=True)
class Terms:
    """Where photos come from, and under which terms; all of it goes onto the weights card."""

    source: str
    licence: str
    """SPDX identifier; NOASSERTION where the publishers name none."""
    credit: str
    label_policy: str = "wrist"
    """What the published masks call a hand, see `training.sources.policies`; what an example has is always `wrist`."""


@dataclass(frozen=True)
class Example:
    """A photo and its label, both as the bytes of a file: thousands of them fit into memory."""

    name: str
    """Of the photo in its source, which never gives it to another one."""
    image: bytes
    """As published: JPEG, PNG, or whatever else `handseg.photos` reads."""
    mask: bytes
    """PNG of the upright photo's size: 0 background, 127 unknown, 255 hand up to the wrist."""
    hand_free: bool
    """Whether the label says that no pixel is hand, and leaves none open."""
    group: str
    """Photos of one video or person have one; "" where nothing is known about it."""
    terms: Terms

    @classmethod
    def of(cls, name: str, image: bytes, label: Label, group: str, terms: Terms) -> Example:
        """The example with this label, (H, W) uint8; raises SourceError for one of another size than the photo."""
        if label.shape != (size := labels.size_of(image)):
            told, wanted = ("{} x {}".format(*shape) for shape in (label.shape, size))
            raise SourceError(f"the mask is {told} (height x width), and the photo {wanted}; download both again")
        hand_free = not ((label == HAND) | (label == IGNORE)).any()
        return cls(name, image, labels.to_png(label), hand_free, group, terms)

    @property
    def photo(self) -> Photo:
        """(H, W, 3) uint8 RGB, upright; raises PhotoError."""
        return photos.decode(self.image)

    @property
    def label(self) -> Label:
        """(H, W) uint8; raises PhotoError."""
        return labels.from_png(self.mask)

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.terms.source


@dataclass(frozen=True)
class Scene:
    """A decoded photo and its label.

    photo: (H, W, 3) uint8 RGB. label: (H, W) uint8, 0 background, 127 ignore, 255 hand.
    skin: (H, W) bool, the hand with the bare arm, as far as it is known; what a cut-out takes along.
    """

    name: str
    source: str
    photo: Photo
    label: Label
    skin: NDArray[np.bool_]
