"""What people say about photos that they bring: where they come from, the licence, and which belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from handseg.errors import SettingError

Job = tuple[Path, str]
"""A photo, and its path below the folder that was given or its group."""

# The form of an SPDX licence identifier, or of several in an expression.
_SPDX_ID = r"(?=[0-9.+-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9.+-]*"
_SPDX = re.compile(f"{_SPDX_ID}(?: (?:AND|OR|WITH) {_SPDX_ID})*")
_MOST_LISTED = 10


@dataclass(frozen=True)
class Facts:
    """What is said about a photo; each is "" where nothing is said. See `StoredPhoto`."""

    group_id: str = ""
    source: str = ""
    licence: str = ""
    consent: str = ""

    def or_else(self, others: Facts) -> Facts:
        """These facts, and the others where they say nothing."""
        return Facts(**{name: value or getattr(others, name) for name, value in vars(self).items()})


def check_licence(licence: str) -> None:
    """Refuse, with SettingError, what is not an SPDX identifier of a licence."""
    if not _SPDX.fullmatch(licence):
        raise SettingError(
            f"{licence!r} is not an SPDX licence identifier; give one such as CC-BY-4.0, or LicenseRef-name for "
            "terms of your own"
        )


def with_groups(jobs: list[Job], pattern: str | None, source: str) -> list[Job]:
    """Each photo with the group_id that the regular expression finds in its path; "" for all without a pattern.

    Raises SettingError for no regular expression, and for one that finds nothing in some path.
    """
    if pattern is None:
        return [(path, "") for path, _ in jobs]
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise SettingError(f"--group {pattern!r} is not a regular expression ({error})") from error
    found = {path: wanted.search(inner) for path, inner in jobs}
    groups = {path: match[min(1, wanted.groups)] for path, match in found.items() if match}
    if lacking := [str(path) for path, _ in jobs if not groups.get(path)]:
        raise SettingError(
            f"--group {pattern!r} finds no group in the path of {len(lacking)} photos, and nothing was added: "
            f"{', '.join(lacking[:_MOST_LISTED])}{' and others' if len(lacking) > _MOST_LISTED else ''}"
        )
    return [(path, f"{source}/{groups[path]}") for path, _ in jobs]
