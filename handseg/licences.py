"""What the texts that people write for a licence mean."""

from __future__ import annotations

import re

UNKNOWN = "unknown"

_NON_COMMERCIAL = re.compile(r"(^|[^a-z])nc([^a-z]|$)|non[- ]?commercial")
_UNTOLD = ("", UNKNOWN, "noassertion", "none")
_HUB = {
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "unlicense", "pddl", "odc-by", "odbl", "cc0-1.0"),
    *("cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nd-4.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0"),
    *("cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-2.0"),
}


def is_non_commercial(licence: str) -> bool:
    """Whether a licence forbids use at work.

    >>> is_non_commercial("CC BY-NC 4.0"), is_non_commercial("CC BY-SA 4.0")
    (True, False)
    """
    return _NON_COMMERCIAL.search(licence.lower()) is not None


def is_untold(licence: str) -> bool:
    """Whether nobody said under which terms something is.

    >>> is_untold("NOASSERTION"), is_untold("MIT")
    (True, False)
    """
    return licence.strip().lower() in _UNTOLD


def hub_name(licence: str) -> str:
    """What the Hub calls a licence; it refuses cards with others than it knows, and "other" stands for these.

    >>> hub_name("CC BY-SA 4.0"), hub_name("Apache-2.0"), hub_name("our own")
    ('cc-by-sa-4.0', 'apache-2.0', 'other')
    """
    name = licence.strip().lower().replace(" ", "-")
    return name if name in _HUB else "other"
