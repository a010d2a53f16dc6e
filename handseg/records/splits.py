"""Which split a photo belongs to: fixed for ever by a hash of its group, so that no test photo slips into training."""

from __future__ import annotations

import hashlib

SPLITS = ("train", "validation", "test")
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def split_of(group_id: str) -> str:
    """The split of all photos of a group: the same on every machine, today and in years.

    >>> split_of("a film"), split_of("another film")
    ('test', 'train')
    """
    digest = hashlib.sha256(b"handseg split\0" + group_id.encode()).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    if drawn < SHARES["test"]:
        return "test"
    return "validation" if drawn < SHARES["test"] + SHARES["validation"] else "train"
