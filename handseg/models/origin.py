"""Whose initial weights are, and under which terms."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from handseg.licences import UNKNOWN, is_non_commercial

FREE = frozenset(("apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "cc-by-4.0"))
"""Licences, as the Hub writes them, under which what was learned may be used at work."""

_FRONT = re.compile(r"---\r?\n(.*?)\r?\n---", re.DOTALL)
_LICENCE = re.compile(r"^(license|license_name|license_link):\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Origin:
    """Where initial weights came from, for the weights card."""

    source: str
    revision: str
    """The Hub's commit; "" for a folder."""
    licence: str
    """As its card says, with the name and address of one that is its own; or `unknown`."""
    loaded: int
    """Tensors that were taken."""
    fresh: int
    """Tensors of our network that start at random."""
    left_out: int
    """Tensors of the source that served another task."""
    training_data: list[dict[str, Any]] = field(default_factory=list)
    """What the source learned from, if a card of ours tells: so did all that is trained from it."""
    dataset_revision: str = ""
    sha256: str = ""
    """Of the file with the weights, wherever it is; "" in what earlier versions wrote."""

    @property
    def warning(self) -> str:
        """What to know before using the result at work; "" for a licence that allows it."""
        if self.licence.lower() in FREE:
            return ""
        if is_non_commercial(self.licence):
            return f"NON-COMMERCIAL: the licence of {self.source} is {self.licence}; so is that of all trained from it"
        return (
            f"CHECK THE LICENCE: that of {self.source} is {self.licence} and may not allow use at work; the same then "
            "holds for all trained from it"
        )

    def __str__(self) -> str:
        """In a line, for people."""
        return (
            f"{self.loaded} tensors from {self.source} (licence: {self.licence}); {self.fresh} start at random, and "
            f"{self.left_out} of the source were left out as they serve another task"
        )

    def to_card(self) -> dict[str, object]:
        """As a run keeps it, and as the weights card's `initial`."""
        return dataclasses.asdict(self)


def licence_in(readme: str) -> str:
    """What the head of a repository's card says about the licence, or `unknown`.

    >>> licence_in("---\\nlicense: mit\\n---\\nSome weights")
    'mit'
    """
    front = _FRONT.match(readme)
    told = dict(_LICENCE.findall(front[1])) if front else {}
    return " ".join(told[key] for key in ("license", "license_name", "license_link") if key in told) or UNKNOWN
