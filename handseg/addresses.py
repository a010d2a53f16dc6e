"""What people call a dataset or a model: the path of a folder, or owner/name on the Hub, and after an @ a revision."""

from __future__ import annotations


def is_repo(address: str) -> bool:
    """Whether a text without a revision has the form of owner/name.

    >>> is_repo("anna/hands"), is_repo("./anna/hands"), is_repo("hands")
    (True, False, False)
    """
    owner, _, name = address.partition("/")
    return bool(owner and name) and "/" not in name and not owner.startswith((".", "~")) and not name.startswith(".")


def split_revision(text: str) -> tuple[str, str]:
    """The address and its revision, "" if there is none.

    >>> split_revision("anna/hands@v1.2.0"), split_revision("anna/hands")
    (('anna/hands', 'v1.2.0'), ('anna/hands', ''))
    """
    address, separator, revision = text.rpartition("@")
    return (address, revision) if separator else (text, "")


def names_repo(text: str) -> bool:
    """Whether a text has the form of owner/name or owner/name@revision.

    >>> names_repo("anna/hands@v1.2.0"), names_repo("accurate")
    (True, False)
    """
    return is_repo(split_revision(text)[0])
