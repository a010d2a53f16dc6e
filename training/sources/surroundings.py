"""What is put behind bodies that were rendered without surroundings: photos without hands, or made-up surfaces."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from handseg.photos import Photo
from handseg.records.opening import open_snapshot
from handseg.resizing import shrunk
from training.scenery import furnish, photo_piece, texture
from training.sources.dataset import examples_of
from training.sources.examples import SourceError

SIDE = 640
"""Of a photo that is kept for this, the longer side; longer ones are made smaller."""

_PHOTOS = 0.8
"""Share of pictures that get a photo, if there are some."""


@dataclass(frozen=True)
class Surroundings:
    """Photos without hands; where there are none, surfaces are made up."""

    photos: tuple[Photo, ...] = ()

    @classmethod
    def read(cls, address: str) -> Surroundings:
        """The hand-free photos of a dataset's training split; raises SourceError if there are none."""
        photos = [
            shrunk(each.photo, SIDE) for each in examples_of(open_snapshot(address), ("train",)) if each.hand_free
        ]
        if not photos:
            raise SourceError(f"{address} has no photos without hands; give a dataset that has some, or none")
        return cls(tuple(photos))

    def put_behind(self, picture: Image.Image, name: str) -> bytes:
        """An RGBA picture with something behind it, as a PNG; its `name` decides what, so that it stays the same."""
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        above = np.asarray(picture, np.float32)
        height, width = above.shape[:2]
        side = max(height, width)
        if self.photos and rng.random() < _PHOTOS:
            behind = photo_piece(side, rng, self.photos)
        else:
            behind = furnish(texture(side, rng, ()), rng, ())
        opaque = above[..., 3:] / 255
        laid = above[..., :3] * opaque + behind[:height, :width] * (1 - opaque)
        target = io.BytesIO()
        Image.fromarray(laid.round().astype(np.uint8)).save(target, "PNG")
        return target.getvalue()
