"""What a mask says about a photo, as a record."""

from __future__ import annotations

import uuid

import numpy as np

from annotation.store import Store
from annotation.store.records import Record, Task
from handseg.masks import Mask, to_png
from handseg.metrics import count


def record_of(store: Store, task: Task, annotator: str, mask: Mask, model_mask: Mask) -> Record:
    """A record of its own about an (H, W) mask, which is put on disk, and about nothing that led to it."""
    return Record(
        id=uuid.uuid4().hex,
        photo_id=task.photo_id,
        verdict=verdict_of(mask, model_mask),
        mask=store.masks.put(to_png(mask), ".png"),
        pixels=int(np.count_nonzero(mask)),
        model_mask=task.model_mask,
        model_id=task.model_id,
        iou_model_human=count(model_mask, mask).iou,
        prompts="[]",
        assistant="",
        seconds=0.0,
        annotator=annotator,
    )


def verdict_of(mask: Mask, model_mask: Mask) -> str:
    """What somebody says who was shown the model's mask and left this one."""
    if not mask.any():
        return "no_hand"
    return "accepted" if np.array_equal(mask, model_mask) else "edited"
