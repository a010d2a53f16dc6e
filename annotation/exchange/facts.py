"""What is known about a photo besides its pixels, as it travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from annotation.exchange.errors import PairError
from annotation.store.records import StoredPhoto
from annotation.terms import Facts, check_licence


def facts_of(photo: StoredPhoto) -> Facts:
    """What is known about a stored photo."""
    return Facts(**{field.name: getattr(photo, field.name) for field in fields(Facts)})


def facts_in(values: Mapping[str, object]) -> Facts:
    """What a line of metadata says, in the keys that our exports write.

    Raises PairError for a value that is no text, and SettingError for a licence that is none.
    """
    said = {field.name: values.get(field.name) or "" for field in fields(Facts)}
    for name, value in said.items():
        if not isinstance(value, str):
            raise PairError(f"the {name} is {value!r:.80}; give a text")
    facts = Facts(**said)
    if facts.licence:
        check_licence(facts.licence)
    return facts
