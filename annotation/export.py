"""Records for other programs, as files.

<folder>/
    photos/<sha256>.jpg|png     as they were stored, upright and without metadata
    masks/<sha256>.png          0 background, 255 hand
    records.jsonl               a line for each photo: the record, and what is known about the photo
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from annotation.store import Store
from annotation.store.records import Record
from handseg.outputs import write_whole

RECORDS = "records.jsonl"


def write_records(store: Store, records: Iterable[Record], folder: Path) -> int:
    """Write the records with their photos and masks; returns how many. A rejected photo may have no mask.

    Raises FileError for a stored file that is missing or damaged, OutputError if a file cannot be written.
    """
    lines = []
    for record in records:
        photo = store.photo(record.photo_id)
        write_whole(folder / "photos" / photo.file, store.photos.read(photo.file))
        for name in filter(None, (record.mask, record.model_mask)):
            write_whole(folder / "masks" / name, store.masks.read(name))
        lines.append(json.dumps({**vars(photo), **vars(record)}, default=_text, ensure_ascii=False, sort_keys=True))
    # Last, so that it names only files that are there.
    write_whole(folder / RECORDS, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
