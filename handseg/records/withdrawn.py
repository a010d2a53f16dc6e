"""Photos that were taken out of a dataset for good: a list of hashes that keeps every app from putting them in again.

.withdrawn.jsonl, in the dataset beside its card: a line for each photo. Its name begins with a dot, so that `datasets`
takes it for no data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import count

from handseg.errors import HandsegError
from handseg.records.splits import split_of

PATH = ".withdrawn.jsonl"


@dataclass(frozen=True)
class Withdrawn:
    """What remains of a photo: nothing that could be shown, enough to know it and its near-duplicates again."""

    photo_id: str
    group_id: str
    """In place of the photo's own, which may tell something: one that is in the same split."""
    phash: str

    @classmethod
    def of(cls, photo_id: str, group_id: str, phash: str) -> Withdrawn:
        """What remains of a photo that was in this group."""
        names = (f"withdrawn {photo_id[:16]} {number}" for number in count())
        return cls(photo_id, next(name for name in names if split_of(name) == split_of(group_id)), phash)


def to_lines(photos: Iterable[Withdrawn]) -> bytes:
    """The file's content, each photo once. Its inverse is `from_lines`."""
    lines = {json.dumps(asdict(photo), sort_keys=True, ensure_ascii=False) for photo in photos}
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def from_lines(content: bytes) -> list[Withdrawn]:
    """The photos that a file lists, one a line; raises HandsegError for a damaged one."""
    try:
        # Not splitlines(), which cuts at characters that JSON has within a line, too.
        return [Withdrawn(**json.loads(line)) for line in content.decode().split("\n") if line.strip()]
    except (ValueError, TypeError) as error:
        raise HandsegError(f"{PATH} of the dataset is damaged ({error}); restore it from an older revision") from error
