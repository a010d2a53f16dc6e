"""What was forgotten here goes from the datasets, too, and from their history as far as that can be done."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.publishing.publisher import Publisher
from annotation.store import Store
from annotation.store.outbox import Withdrawal
from handseg.errors import HandsegError
from handseg.places import Place, PlaceError
from handseg.records.opening import open_place


def withdraw_everywhere(store: Store) -> Iterator[tuple[bool, str]]:
    """Take out of each dataset what was forgotten; tells about each whether it is done, and a line for people.

    What is not done stays noted, and is done when something is published there the next time, or by calling this again.
    """
    for target in store.outbox.targets():
        if store.outbox.withdrawals(target):
            try:
                yield True, _withdraw(store, open_place(target))
            except HandsegError as error:
                yield False, f"{target} still has it ({error}); mend that, then run this again"


def still_to_withdraw(store: Store) -> list[Withdrawal]:
    """What `withdraw_everywhere` would take out, of whichever dataset."""
    return [each for target in store.outbox.targets() for each in store.outbox.withdrawals(target)]


def _withdraw(store: Store, place: Place) -> str:
    if not place.resolve():
        if store.outbox.state(place.address).revision:
            raise PlaceError("it cannot be seen: it was moved or deleted, or needs the token of HF_TOKEN")
        store.outbox.leave(place.address)
        return f"{place.address} never had anything"
    outcome = Publisher(store, place).withdraw()
    return "; ".join([f"{place.address} does not have it any more, as of {outcome.revision[:12]}", *outcome.notes])
