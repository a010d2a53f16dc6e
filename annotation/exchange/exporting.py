"""From the store to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from annotation.exchange import coco, imagefolder, png, yolo
from annotation.exchange.folder import Folder
from annotation.exchange.outgoing import Chosen, outgoing
from annotation.store import Store

FORMATS = {"png": png, "imagefolder": imagefolder, "coco": coco, "yolo": yolo}


def export(store: Store, pairs: Iterable[Chosen], kind: str, path: Path) -> list[str]:
    """Write photos and masks to the folder `path` in one of `FORMATS`; returns what is to be told, a line each.

    Raises:
        ExchangeError: the folder holds something else than an earlier export of this format.
        FileError: a stored file is missing or damaged.
        OutputError: the disk fails. Then, as after a kill, the export can be repeated.
    """
    folder = Folder(path, kind, FORMATS[kind].ABOUT)
    report = FORMATS[kind].write(folder, outgoing(store, pairs))
    folder.finish()
    return report
