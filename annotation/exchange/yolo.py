"""Ultralytics' layout for segmentation: polygons, by which something may be lost, and how much is measured.

<folder>/
    images/<photo_id>.jpg|png
    labels/<photo_id>.txt       a line for each polygon; none for a photo without hands
    train.txt, validation.txt, test.txt
    data.yaml
"""

from __future__ import annotations

from collections.abc import Iterable

from annotation.exchange.folder import Folder
from annotation.exchange.groups import Groups
from annotation.exchange.outgoing import Outgoing
from annotation.exchange.polygons import from_text, to_text
from handseg.metrics import count
from handseg.records.grouping import StraddleError
from handseg.records.splits import SPLITS, split_of

WORST = 3
"""So many photos are named."""

ABOUT = """
Train with `yolo segment train data=data.yaml`, in this folder. Polygons run through the middles of the pixels along the
edge of the hand; a hole is joined to the edge by a cut. The lists keep photos of one group together, and
near-duplicates.
"""

DATA = """# Paths are below the folder of this file.
train: train.txt
val: validation.txt
test: test.txt
names:
  0: hand
"""


def write(folder: Folder, items: Iterable[Outgoing], groups: Groups) -> list[str]:
    """Write photos, polygons, lists and data.yaml; `groups` tell in which split a photo is.

    Reports how much the polygons lose, photos that would be in two splits at once, and splits without photos.
    """
    lists: dict[str, list[str]] = {split: [] for split in SPLITS}
    overlaps: dict[str, float] = {}
    left_out: list[str] = []
    for item in items:
        try:
            group = groups.of(item.photo)
        except StraddleError as error:
            left_out.append(str(error))
            continue
        mask = item.mask
        text = to_text(mask)
        overlaps[item.photo_id] = count(from_text(text, *mask.shape), mask).iou
        folder.put(f"labels/{item.photo_id}.txt", text.encode())
        folder.put(f"images/{item.image_name}", item.image)
        lists[split_of(group)].append(f"./images/{item.image_name}\n")
    for split, lines in lists.items():
        folder.put(f"{split}.txt", "".join(lines).encode())
    folder.put("data.yaml", DATA.encode())
    return [*_loss(overlaps), *left_out, *(f"no photo is in {split}.txt" for split in SPLITS if not lists[split])]


def _loss(overlaps: dict[str, float]) -> list[str]:
    """How well the polygons agree with the masks, by photo_id, in words."""
    if not overlaps:
        return []
    mean, least = sum(overlaps.values()) / len(overlaps), min(overlaps.values())
    lines = [
        f"drawn again at the photos' size, polygons and masks agree to IoU {mean:.4f} on average, {least:.4f} least"
    ]
    worst = sorted((iou, photo_id) for photo_id, iou in overlaps.items() if iou < 1)[:WORST]
    return lines + [f"  {iou:.4f}  {photo_id}" for iou, photo_id in worst]
