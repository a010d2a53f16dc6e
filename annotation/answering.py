"""What a mask says about a photo, as a record."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation.store import Store
from annotation.store.records import Record, Task
from handseg.masks import Mask, to_png
from handseg.metrics import count


def record_of(
    store: Store,
    task: Task,
    annotator: str,
    mask: Mask,
    model_mask: Mask,
    acts: Sequence[dict[str, Any]] = (),
    seconds: float = 0.0,
) -> Record:
    """A record of its own about an (H, W) mask, which is put on disk, and about what led to it, act by act."""
    return Record(
        id=uuid.uuid4().hex,
        photo_id=task.photo_id,
        verdict=verdict_of(mask, model_mask),
        mask=store.masks.put(to_png(mask), ".png"),
        pixels=int(np.count_nonzero(mask)),
        model_mask=task.model_mask,
        model_id=task.model_id,
        iou_model_human=count(model_mask, mask).iou,
        prompts=json.dumps(list(acts)),
        assistant=", ".join(sorted(assistants_in(acts))),
        seconds=seconds,
        annotator=annotator,
    )


def assistants_in(acts: Sequence[dict[str, Any]]) -> set[str]:
    """Whose proposals were taken."""
    return {str(act["assistant"]) for act in acts if act.get("assistant")}


def verdict_of(mask: Mask, model_mask: Mask) -> str:
    """What somebody says who was shown the model's mask and left this one."""
    if not mask.any():
        return "no_hand"
    return "accepted" if np.array_equal(mask, model_mask) else "edited"
