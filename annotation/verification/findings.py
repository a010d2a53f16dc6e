"""What a verification finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

MOST_KEPT = 1000
"""Of each kind; all are counted."""

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or looks as if it were."""

    level: Level
    what: str
    """Its kind in a word or two; findings of one kind are told together."""
    words: str
    """What exactly is the matter."""
    path: str = ""
    """Of the shard or file; "" if it is about the whole dataset."""
    row: str = ""
    """The row's id; "" if it is not about one."""

    @property
    def where(self) -> str:
        """The path, and the row in it."""
        return " ".join(filter(None, (self.path, self.row and f"row {self.row}")))


class Findings:
    """Findings, counted, of which not more are kept than a person would read."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Level, str], list[Finding]] = {}
        self._counts: Counter[tuple[Level, str]] = Counter()

    def add(self, found: Iterable[Finding]) -> None:
        """Count these, and keep the first ones of each kind."""
        for finding in found:
            kind = (finding.level, finding.what)
            self._counts[kind] += 1
            kept = self._kept.setdefault(kind, [])
            if len(kept) < MOST_KEPT:
                kept.append(finding)

    @property
    def kinds(self) -> dict[tuple[Level, str], int]:
        """How many there are of each level and kind: errors first, then the most frequent."""
        return dict(sorted(self._counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])))

    def of(self, level: Level, what: str) -> list[Finding]:
        """The kept ones of a kind."""
        return self._kept.get((level, what), [])

    def has(self, *what: str) -> bool:
        """Whether there is one of these kinds."""
        return any(kind in what for _, kind in self._counts)

    def count(self, level: Level) -> int:
        """How many errors or warnings there are."""
        return sum(count for (found, _), count in self._counts.items() if found == level)

    def told(self, examples: int) -> list[str]:
        """Lines for people, with at most so many examples of each kind."""
        lines = []
        for (level, what), count in self.kinds.items():
            lines.append(f"{level}: {what} ({count})")
            lines += [f"    {finding.where}: {finding.words}" for finding in self.of(level, what)[:examples]]
            if count > examples:
                lines.append(f"    and {count - examples} more")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Counts and kept findings, for programs."""
        return {
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "kinds": [{"level": level, "what": what, "count": count} for (level, what), count in self.kinds.items()],
            "findings": [asdict(finding) for kind in self.kinds for finding in self.of(*kind)],
        }
