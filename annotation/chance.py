"""Chance that can be repeated: the same photo always draws the same number for the same purpose."""

from __future__ import annotations

import hashlib


def chance(purpose: str, photo_id: str) -> float:
    """A number in [0, 1), uniform over photos and independent between purposes.

    >>> chance("ask again", "ab" * 32) == chance("ask again", "ab" * 32) != chance("at random", "ab" * 32)
    True
    """
    digest = hashlib.sha256(f"{purpose} {photo_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
