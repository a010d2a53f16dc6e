"""handseg finds the hand in a photo and makes it disappear.

    from handseg import read, open_segmenter, remove, Removal

    photo = read(Path("photo.jpg"))
    prediction = open_segmenter().predict(photo)
    cutout = remove(photo, prediction.mask(), Removal(mode="cutout"))

Importing this package, and predicting on a CPU, does not import torch.
"""

from handseg.photos import read
from handseg.removal import Removal, remove
from handseg.segmenter import Prediction, Segmenter, open_segmenter

__all__ = ["Prediction", "Removal", "Segmenter", "open_segmenter", "read", "remove"]
