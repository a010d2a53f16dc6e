"""What the installed models make of a photo before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annotation.queue.doubt import Doubt, doubt
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.segmenter import Prediction, Segmenter, open_segmenter
from handseg.settings import Settings
from handseg.weights import choose, installed


@dataclass(frozen=True)
class Seen:
    """The mask that is shown to the annotator first, and how doubtful it is."""

    mask: Mask
    model_id: str
    doubt: Doubt


class Look:
    """Looks at photos with a model, with another one if there is one, and at their mirror images."""

    def __init__(self, segmenter: Segmenter, other: Segmenter | None = None) -> None:
        self._segmenter, self._other = segmenter, other

    def __call__(self, photo: Photo) -> Seen:
        """What is seen in a (H, W, 3) photo."""
        prediction = self._segmenter.predict(photo)
        other = self._other and self._other.predict(photo)
        mirrored = _turned_back(self._segmenter.predict(np.ascontiguousarray(photo[:, ::-1])))
        return Seen(prediction.mask(), self._segmenter.card.id, doubt(prediction, other, mirrored))


def open_look(settings: Settings) -> Look:
    """Look with the settings' model, and of the other installed ones with the first by name.

    Raises UnknownNameError, WeightsError or SettingError, each with what to do about it.
    """
    name = choose(settings).card.name
    others = sorted(set(installed(settings)) - {name})
    return Look(open_segmenter(settings, name), open_segmenter(settings, others[0]) if others else None)


def _turned_back(prediction: Prediction) -> Prediction:
    return replace(prediction, probability=np.ascontiguousarray(prediction.probability[:, ::-1]))
