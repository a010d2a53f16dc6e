"""What many sessions come to, as numbers for a file and as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from training.clicks.session import MOST_CLICKS, Session

TARGETS = (80, 85, 90)
"""IoU in percent."""
AFTER = (1, 3, 5)
DIGITS = 4

_COLUMNS = {
    **{f"noc@{target}": f"NoC@{target}" for target in TARGETS},
    **{f"failures@{target}": f"fail@{target}" for target in TARGETS},
    "iou@0": "IoU@0",
    **{f"iou@{clicks}": f"IoU@{clicks}" for clicks in AFTER},
    "change_after_first_click": "1st click",
    "encode_seconds": "encode s",
    "click_seconds": "click s",
    "click_seconds_p90": "click p90",
}


def summary(sessions: Sequence[Session], most: int = MOST_CLICKS) -> dict[str, Any]:
    """Everything that is told of sessions, of which there is at least one.

    `noc@T`: the mean number of clicks to an IoU of T percent, where a session that never reaches it counts `most`.
    `failures@T`: the share of those. `iou@K`: the mean IoU after K clicks. `change_after_first_click`: the mean change
    of IoU that the first click brings, where one was needed. Seconds: the median, and the 90 % quantile as `..._p90`.
    """
    clicks = [seconds for each in sessions for seconds in each.click_seconds]
    encodes = [each.encode_seconds for each in sessions]
    changes = [each.ious[1] - each.ious[0] for each in sessions if len(each.ious) > 1]
    return {
        **{f"noc@{target}": _mean(_clicks_to(each, target, most) for each in sessions) for target in TARGETS},
        **{f"failures@{target}": _mean(_fails(each, target) for each in sessions) for target in TARGETS},
        **{f"iou@{number}": _mean(each.iou_after(number) for each in sessions) for number in (0, *AFTER)},
        "change_after_first_click": _mean(changes) if changes else None,
        "worst_change_after_first_click": round(min(changes), DIGITS) if changes else None,
        **_times("encode_seconds", encodes),
        **(_times("click_seconds", clicks) if clicks else {}),
        "photos": len(sessions),
    }


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Summaries by their names, one in each row, as aligned text."""
    cells = [["", *_COLUMNS.values()]]
    cells += [[name, *(_cell(told.get(key)) for key in _COLUMNS)] for name, told in rows.items()]
    first, *others = (max(map(len, column)) for column in zip(*cells, strict=True))
    return "\n".join(
        "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(row, others, strict=True))])
        for name, *row in cells
    )


def _clicks_to(session: Session, target: int, most: int) -> int:
    found = session.clicks_to(target / 100)
    return most if found is None else found


def _fails(session: Session, target: int) -> bool:
    return session.clicks_to(target / 100) is None


def _times(name: str, seconds: Sequence[float]) -> dict[str, float]:
    return {
        name: round(float(np.median(seconds)), DIGITS),
        f"{name}_p90": round(float(np.quantile(seconds, 0.9)), DIGITS),
    }


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), DIGITS)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
