"""From the store to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from annotation.exchange import coco, imagefolder, png, yolo
from annotation.exchange.folder import Folder
from annotation.exchange.groups import Groups
from annotation.exchange.outgoing import Chosen, outgoing
from annotation.store import Store

FORMATS = {"png": png, "imagefolder": imagefolder, "coco": coco, "yolo": yolo}


def export(store: Store, pairs: Iterable[Chosen], kind: str, path: Path, reviewed_only: bool = False) -> list[str]:
    """Write photos and masks to the folder `path` in one of `FORMATS`; returns what is to be told, a line each.

    `reviewed_only` tells which dataset of the store an export with splits agrees with.

    Raises:
        ExchangeError: the folder holds something else than an earlier export of this format.
        FileError: a stored file is missing or damaged.
        OutputError: the disk fails. Then, as after a kill, the export can be repeated.
    """
    folder = Folder(path, kind, FORMATS[kind].ABOUT)
    items = outgoing(store, pairs)
    if kind == "yolo":  # the only format that has splits
        report = yolo.write(folder, items, Groups(store.outbox.publishable(reviewed_only)))
    else:
        report = FORMATS[kind].write(folder, items)
    folder.finish()
    return report
