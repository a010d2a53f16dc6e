"""What the dataset's page is told: how far publishing is, in numbers and words, and no path but the dataset's own."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

from annotation.publishing.background import EVERY, MOST_AN_HOUR
from annotation.publishing.state import State
from annotation.store.records import now
from handseg.addresses import is_repo

MOST_REASONS = 50
FOLDERS = re.compile(r"(?<![\w:])(?<!:/)(?:/[^/\s'\"]+)+(?=/)")
"""The folders before the name of a file, but no part of a link or of owner/name."""


def told(state: State) -> dict[str, Any]:
    """The state of publishing as JSON, with times in ISO 8601."""
    shown = ("target", "saved", "kept_back", "reviewed_only", "waiting", "published", "busy", "revision")
    return {
        **{name: getattr(state, name) for name in shown},
        "on_hub": is_repo(state.target),
        "held_back": len(state.held_back),
        "reasons": _reasons(state),
        "committed_at": _moment(state.committed_at),
        "next_commit": _moment(state.next_commit),
        "error": without_folders(state.error, state.target),
        "failed_at": _moment(state.failed_at),
        "now": _moment(now()),
        "every_minutes": EVERY.total_seconds() / 60,
        "most_an_hour": MOST_AN_HOUR,
    }


def without_folders(text: str, target: str) -> str:
    """A text without the server's folders, but for those of the dataset itself.

    >>> without_folders("/srv/data/hands has no room; cannot read /srv/data/photos/a.jpg", "/srv/data/hands")
    '/srv/data/hands has no room; cannot read …/a.jpg'
    """
    return target.join(FOLDERS.sub("…", part) for part in text.split(target))


def _reasons(state: State) -> list[dict[str, Any]]:
    """Why records are held back, and how many for each reason, the most frequent first."""
    counted = Counter(without_folders(reason, state.target) for reason in state.held_back.values())
    return [{"reason": reason, "count": count} for reason, count in counted.most_common(MOST_REASONS)]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
