"""The README of a repository on the Hub: people own it, and handseg keeps some keys of its head and a part of it true.

What handseg writes is between two marks; all else stays as people wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

README = "README.md"

# Lines may end as Windows ends them.
_FRONT = re.compile(r"(---\r?\n)((?:.*\n)*?)(---(?:\r?\n|\Z))")


@dataclass(frozen=True)
class Part:
    """What is between two marks."""

    begin: str
    end: str

    def find(self, readme: str) -> re.Match[str] | None:
        """The part with its marks; its first group is what is between them."""
        # From the last beginning before an end, so that nothing is lost between marks whose partners somebody deleted.
        inside = f"((?:(?!{re.escape(self.begin)}).)*?)"
        return re.search(f"{re.escape(self.begin)}{inside}{re.escape(self.end)}", readme, re.DOTALL)

    def marked(self, text: str) -> str:
        """The text between the marks."""
        return f"{self.begin}{text}{self.end}"

    def put(self, readme: str, text: str) -> str:
        """The README with this text between the marks, at its end if it has none."""
        if found := self.find(readme):
            return readme[: found.start()] + self.marked(text) + readme[found.end() :]
        return f"{readme.rstrip()}\n\n{self.marked(text)}\n"


def with_key(readme: str, key: str, value: Any) -> str:
    """The README whose head has `key`, or has it no more for None; other lines stay, comments and order, too."""
    match = _FRONT.match(readme)
    begin, front, end = match.groups() if match else ("---\n", "", "---\n")
    # On one line each, as a folded text could have a line that looks like the next key.
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": float("inf")}
    written = "" if value is None else yaml.safe_dump({key: value}, **options)
    block = re.compile(rf"^{re.escape(key)}:.*\n(?:[ \t-].*\n)*", re.MULTILINE)
    front = block.sub(lambda _: written, front, count=1) if block.search(front) else front + written
    return f"{begin}{front}{end}{readme[match.end() :] if match else readme}"


def table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """The lines of a table, and an empty one."""
    lines = [" | ".join(" ".join(str(cell).replace("|", "\\|").split()) for cell in row) for row in rows]
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {line} |" for line in lines), ""]
