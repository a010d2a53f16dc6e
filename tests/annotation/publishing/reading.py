"""What a dataset has, as those see it who load it with one line; run as a program, that line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from annotation.store import Store
from handseg.records.snapshot import Snapshot

ROOT = Path(__file__).parents[3]
Pictures = dict[str, tuple[str, str]]
"""The sha256 of the bytes of photo and mask, by the record's id."""


def pictures_in(store: Store, ids: Iterable[str] | None = None) -> Pictures:
    """What a store would have in a dataset."""
    wanted = [record.id for record in store.outbox.publishable()] if ids is None else ids
    return {
        record.id: (sha256(store.photos.read(photo.file)), sha256(store.masks.read(record.mask)))
        for record, photo in store.outbox.with_photos(wanted)
    }


def pictures_of(snapshot: Snapshot) -> Pictures:
    """What a revision has; fails if a record is there twice."""
    rows = list(snapshot.rows())
    found = {row.id: (sha256(row.image), sha256(row.mask)) for row in rows}
    assert len(found) == len(rows), "a record is there twice"
    return found


def loaded(address: str, revision: str | None, home: Path, endpoint: str = "") -> Pictures:
    """What `load_dataset` gives, in a process of its own; fails if a record is there twice."""
    environment = {
        **os.environ,
        "HF_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_HUB_OFFLINE": "" if endpoint else "1",
    }
    command = [sys.executable, "-m", "tests.annotation.publishing.reading", address, revision or ""]
    answer = subprocess.run(
        command, env={k: v for k, v in environment.items() if v}, cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    rows = json.loads(answer.stdout)
    assert len({row[0] for row in rows}) == len(rows), "a record is there twice"
    return {row[0]: (row[1], row[2]) for row in rows}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(address: str, revision: str) -> None:
    from datasets import Image, load_dataset

    dataset = load_dataset(address, revision=revision or None)
    features = [split.features for split in dataset.values()]
    assert all(isinstance(each["image"], Image) and each["mask"].mode == "L" for each in features)
    undecoded = dataset.cast_column("image", Image(decode=False)).cast_column("mask", Image(decode=False))
    rows = (row for split in undecoded.values() for row in split)
    print(json.dumps([(row["id"], sha256(row["image"]["bytes"]), sha256(row["mask"]["bytes"])) for row in rows]))


if __name__ == "__main__":
    main(*sys.argv[1:])
